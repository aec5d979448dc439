"""Search by composite: parts that hold together, on the resource or within one repeating element.

Parts at the resource itself are matched each on its own; those of a repeating element by the rows
that carry a `pair` (app/fhir/indexed.py).

Spec: https://hl7.org/fhir/R4/search.html#composite
"""

from app.fhir.search_parameters import SearchParameter
from app.fhir.search_query import (
    CompositeValue,
    DateValue,
    Match,
    NumberValue,
    StringValue,
    TokenValue,
    Value,
)
from app.fhir.search_text import entry
from app.store.search_date import date_rows
from app.store.search_number import number_rows
from app.store.search_scope import Scope, all_of, any_of, holds_any
from app.store.search_string import string_rows
from app.store.search_token import token_entries, token_form


def composite_matches(scope: Scope, match: Match) -> str:
    """Any of the values, each at any place where the parts may stand together."""
    composite = match.parameter
    ways = []
    for value in match.values:
        if not isinstance(value, CompositeValue):
            continue
        if parts_stand_alone(composite):
            ways.append(_each_part(scope, composite, value.parts))
        if repeating_roots(composite):
            ways.append(_paired(scope, composite.code, value.parts))
    return any_of(ways)


def parts_stand_alone(composite: SearchParameter) -> bool:
    """Whether the parts may be elements of the resource itself."""
    return composite.base in _roots(composite)


def repeating_roots(composite: SearchParameter) -> list[str]:
    """The repeating elements within which the parts may stand together."""
    return [root for root in _roots(composite) if root != composite.base]


def _roots(composite: SearchParameter) -> list[str]:
    return [root.strip() for root in composite.expression.split("|")]


def _each_part(scope: Scope, composite: SearchParameter, parts: tuple[Value, ...]) -> str:
    components = zip(composite.components, parts, strict=True)
    found = [_part(scope, code, value) for (code, _), value in components]
    return f"({all_of(found)})"


def _part(scope: Scope, code: str, value: Value, pair: str | None = None) -> str:
    if isinstance(value, NumberValue):
        return number_rows(scope, code, [value], pair)
    if isinstance(value, DateValue):
        return date_rows(scope, code, [value], pair)
    if isinstance(value, StringValue):
        return string_rows(scope, code, [value], None, pair)
    return holds_any(scope, token_entries(code, None, [value]))


def _paired(scope: Scope, code: str, parts: tuple[Value, ...]) -> str:
    left, right = parts
    if not isinstance(left, TokenValue):
        return "false"
    form = token_form(left)
    if isinstance(right, TokenValue):
        return holds_any(scope, [entry(code, f"{form}${token_form(right)}")])
    return _part(scope, code, right, form)
