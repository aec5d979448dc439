"""Search by number and by quantity: each prefix as a comparison of two ranges, and the unit.

Spec: https://hl7.org/fhir/R4/search.html#number, https://hl7.org/fhir/R4/search.html#quantity
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from app.fhir.search_query import Match, NumberValue
from app.store.search_scope import Scope, any_of, has_row, has_rows
from app.store.statement import Statement

_Comparison: TypeAlias = Callable[[Statement, NumberValue], str]

_TENTH = Decimal("0.1")


def number_matches(scope: Scope, match: Match) -> str:
    """Any of the values."""
    return number_rows(scope, match.parameter.code, _numbers(match))


def number_rows(
    scope: Scope, code: str, values: Sequence[NumberValue], pair: str | None = None
) -> str:
    """Rows with a number or quantity of one of the values; `pair` as in app/fhir/indexed.py."""
    if scope.audit or not values:
        return "false"
    condition = _any_range(scope, values)
    if pair is not None:
        condition = f"i.pair = {scope.statement.bind(pair)} and {condition}"
    return has_row(scope, "index_numbers", code, condition)


def all_numbers_match(scope: Scope, matches: Sequence[Match]) -> str:
    """Each of the matches, all of one indexed parameter: `length=gt4&length=lt6`."""
    conditions = [_any_range(scope, _numbers(match)) for match in matches]
    return has_rows(scope, "index_numbers", matches[0].parameter.code, conditions)


def _numbers(match: Match) -> list[NumberValue]:
    return [value for value in match.values if isinstance(value, NumberValue)]


def _any_range(scope: Scope, values: Sequence[NumberValue]) -> str:
    return any_of([_condition(scope.statement, value) for value in values])


def _condition(statement: Statement, value: NumberValue) -> str:
    condition = _COMPARISONS[value.prefix](statement, value)
    return f"({condition}{_measure(statement, value)})"


def _measure(statement: Statement, value: NumberValue) -> str:
    """A unit without a system is either the code or the unit that people read."""
    if value.system:
        text = f" and i.system = {statement.bind(value.system)}"
        return f"{text} and i.code = {statement.bind(value.code)}" if value.code else text
    if value.code:
        unit = statement.bind(value.code)
        return f" and (i.code = {unit} or i.unit = {unit})"
    return ""


def _equal(statement: Statement, value: NumberValue) -> str:
    low, high = statement.bind(value.low, "numeric"), statement.bind(value.high, "numeric")
    # The implied range ends just before its upper end: 100 is 99.5 or more, and less than 100.5.
    below = "<" if value.low < value.high else "<="
    return f"i.low >= {low} and i.low {below} {high} and i.high {below} {high}"


def _not_equal(statement: Statement, value: NumberValue) -> str:
    return f"({_equal(statement, value)}) is not true"


# Comparisons take the number as exact (R4 3.1.1.4.4); an open side is without end.
def _above(statement: Statement, value: NumberValue) -> str:
    return f"(i.high > {statement.bind(value.value, 'numeric')} or i.high is null)"


def _below(statement: Statement, value: NumberValue) -> str:
    return f"(i.low < {statement.bind(value.value, 'numeric')} or i.low is null)"


def _at_least(statement: Statement, value: NumberValue) -> str:
    return f"(i.high >= {statement.bind(value.value, 'numeric')} or i.high is null)"


def _at_most(statement: Statement, value: NumberValue) -> str:
    return f"(i.low <= {statement.bind(value.value, 'numeric')} or i.low is null)"


def _starts_above(statement: Statement, value: NumberValue) -> str:
    return f"i.low > {statement.bind(value.value, 'numeric')}"


def _ends_below(statement: Statement, value: NumberValue) -> str:
    return f"i.high < {statement.bind(value.value, 'numeric')}"


def _near(statement: Statement, value: NumberValue) -> str:
    tenth = abs(value.value) * _TENTH
    low = statement.bind(min(value.low, value.value - tenth), "numeric")
    high = statement.bind(max(value.high, value.value + tenth), "numeric")
    return f"(i.low <= {high} or i.low is null) and (i.high >= {low} or i.high is null)"


_COMPARISONS: Mapping[str, _Comparison] = {
    "eq": _equal,
    "ne": _not_equal,
    "gt": _above,
    "lt": _below,
    "ge": _at_least,
    "le": _at_most,
    "sa": _starts_above,
    "eb": _ends_below,
    "ap": _near,
}
