"""Search by token: system and code, `:not`, `:text`, `:in`, `:of-type`.

Spec: https://hl7.org/fhir/R4/search.html#token
"""

from collections.abc import Sequence

from app.fhir.search_query import Match, StringValue, TokenValue
from app.fhir.search_text import entry
from app.store.search_scope import Scope, holds_any
from app.store.search_string import string_rows


def token_matches(scope: Scope, match: Match) -> str:
    """Any of the values; `:not` and `:not-in` are for the caller to negate."""
    code = match.parameter.code
    if match.modifier == "text":
        texts = [value for value in match.values if isinstance(value, StringValue)]
        return string_rows(scope, f"{code}:text", texts)
    return holds_any(scope, token_entries(code, match.modifier, match.values))


def token_entries(code: str, modifier: str | None, values: Sequence[object]) -> list[str]:
    """The index entries that the token values among these stand for."""
    tokens = [value for value in values if isinstance(value, TokenValue)]
    if modifier == "of-type":
        return [
            entry(f"{code}:of-type", f"{value.system or ''}|{value.type_code}|{value.code}")
            for value in tokens
        ]
    under = f"{code}:identifier" if modifier == "identifier" else code
    return [entry(under, token_form(value)) for value in tokens]


def token_form(value: TokenValue) -> str:
    """`system|code`, `|code`, `system|` or `code`, as the index holds it."""
    if value.system is None:
        return value.code or ""
    return f"{value.system}|{value.code or ''}"
