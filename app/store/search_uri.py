"""Search by uri: exact, `:below` what starts with the value, `:above` what the value starts with.

Spec: https://hl7.org/fhir/R4/search.html#uri
"""

from app.fhir.search_query import Match, UriValue
from app.fhir.search_text import capped, entry
from app.store.search_scope import Scope, any_of, has_row, holds_any


def uri_matches(scope: Scope, match: Match) -> str:
    """Any of the values."""
    code = match.parameter.code
    uris = [value.uri for value in match.values if isinstance(value, UriValue)]
    if match.modifier not in ("below", "above") or not uris:
        return holds_any(scope, [entry(code, uri) for uri in uris])
    if scope.audit:
        return "false"
    condition = any_of([_condition(scope, match.modifier, uri) for uri in uris])
    return has_row(scope, "index_strings", code, condition)


def _condition(scope: Scope, modifier: str, uri: str) -> str:
    # Above needs the value whole: a longer value still starts with what the index keeps.
    if modifier == "above":
        return f"starts_with({scope.statement.bind(uri)}, i.exact)"
    return f"starts_with(i.exact, {scope.statement.bind(capped(uri))})"
