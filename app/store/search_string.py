"""Search by string: the start of the folded text, `:exact`, `:contains`.

Spec: https://hl7.org/fhir/R4/search.html#string
"""

from collections.abc import Sequence

from app.fhir.search_query import Match, StringValue
from app.fhir.search_text import capped
from app.store.search_scope import Scope, any_of, has_row

_LAST_LETTER = 0x10FFFF
_BEFORE_SURROGATES, _AFTER_SURROGATES = 0xD7FF, 0xE000


def string_matches(scope: Scope, match: Match) -> str:
    """Any of the values."""
    texts = [value for value in match.values if isinstance(value, StringValue)]
    return string_rows(scope, match.parameter.code, texts, match.modifier)


def string_rows(
    scope: Scope,
    code: str,
    values: Sequence[StringValue],
    modifier: str | None = None,
    pair: str | None = None,
) -> str:
    """Rows with a string of one of the values; `pair` as in app/fhir/indexed.py."""
    if scope.audit or not values:
        return "false"
    condition = any_of([_condition(scope, value, modifier) for value in values])
    if pair is not None:
        condition = f"i.pair = {scope.statement.bind(pair)} and {condition}"
    return has_row(scope, "index_strings", code, condition)


def _condition(scope: Scope, value: StringValue, modifier: str | None) -> str:
    statement = scope.statement
    folded = capped(value.normalised)
    if modifier == "contains":
        return f"strpos(i.normalised, {statement.bind(folded)}) > 0"
    if modifier == "exact":
        same = f"i.normalised = {statement.bind(folded)}"
        return f"({same} and i.exact = {statement.bind(capped(value.exact))})"
    # The byte-wise operators are those of the index, and need no pattern known when planning.
    start = f"i.normalised ~>=~ {statement.bind(folded)}"
    end = after_prefix(folded)
    return start if end is None else f"({start} and i.normalised ~<~ {statement.bind(end)})"


def after_prefix(prefix: str) -> str | None:
    """The first text, byte by byte, after all that start with the prefix; None when there is none.

    In UTF-8 the order of bytes is the order of code points.
    """
    kept = prefix.rstrip(chr(_LAST_LETTER))
    if not kept:
        return None
    last = ord(kept[-1])
    following = _AFTER_SURROGATES if last == _BEFORE_SURROGATES else last + 1
    return kept[:-1] + chr(following)
