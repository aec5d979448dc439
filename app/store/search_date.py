"""Search by date: each prefix as a comparison of two spans of time.

Spec: https://hl7.org/fhir/R4/search.html#date, https://hl7.org/fhir/R4/search.html#prefix
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from app.fhir.indexed import BEGINNING, END
from app.fhir.search_query import DateValue, Match
from app.store.search_scope import Scope, all_of, any_of, has_row, has_rows
from app.store.statement import Statement

_Comparison: TypeAlias = Callable[[Statement, str, str, datetime, datetime], str]


def date_matches(scope: Scope, match: Match) -> str:
    """Any of the values."""
    dates, code = _dates(match), match.parameter.code
    if code == "_lastUpdated" or (scope.audit and code == "date"):
        updated = f"{scope.alias}.updated"
        return any_of([span_condition(scope, updated, updated, value) for value in dates])
    return date_rows(scope, code, dates)


def date_rows(scope: Scope, code: str, values: Sequence[DateValue], pair: str | None = None) -> str:
    """Rows with a date of one of the values; `pair` as in app/fhir/indexed.py."""
    if scope.audit or not values:
        return "false"
    condition = _any_span(scope, values)
    if pair is not None:
        condition = f"i.pair = {scope.statement.bind(pair)} and {condition}"
    return has_row(scope, "index_dates", code, condition)


def all_dates_match(scope: Scope, matches: Sequence[Match]) -> str:
    """Each of the matches, all of one indexed parameter: `date=ge2026-01&date=le2026-02`."""
    conditions = [_any_span(scope, _dates(match)) for match in matches]
    return has_rows(scope, "index_dates", matches[0].parameter.code, conditions)


def rows_of_all(scope: Scope, matches: Sequence[Match]) -> tuple[Statement, str]:
    """The index rows for which each of the matches holds, as a statement of its own; the latest
    first, where those of a span that ends now are."""
    apart = replace(scope, statement=Statement())
    spans = [_any_span(apart, _dates(match)) for match in matches]
    type_name = apart.statement.bind(scope.types[0])
    code = apart.statement.bind(matches[0].parameter.code)
    return apart.statement, (
        f"select 1 from index_dates i where i.type = {type_name} and i.parameter = {code}"
        f" and {all_of(spans)} order by i.low desc"
    )


def _dates(match: Match) -> list[DateValue]:
    return [value for value in match.values if isinstance(value, DateValue)]


def _any_span(scope: Scope, values: Sequence[DateValue]) -> str:
    return any_of([span_condition(scope, "i.low", "i.high", value) for value in values])


def span_condition(scope: Scope, low: str, high: str, value: DateValue) -> str:
    """The span from low to high, both inclusive, stands to the value as its prefix says."""
    start, end = value.low, value.high
    if value.prefix == "ap":
        start, end = _widened(start, end, scope.now)
    return _COMPARISONS[value.prefix](scope.statement, low, high, start, end)


def _widened(start: datetime, end: datetime, now: datetime) -> tuple[datetime, datetime]:
    """By a tenth of the distance to now."""
    tenth = max(start - now, now - end, timedelta()) / 10
    return (
        start - tenth if start - BEGINNING > tenth else BEGINNING,
        end + tenth if END - end > tenth else END,
    )


def _within(statement: Statement, low: str, high: str, start: datetime, end: datetime) -> str:
    first, last = statement.bind(start, "timestamptz"), statement.bind(end, "timestamptz")
    # `low <= last` follows from the rest; said so that an index over one side is bounded twice.
    return f"({low} >= {first} and {low} <= {last} and {high} <= {last})"


def _not_within(statement: Statement, low: str, high: str, start: datetime, end: datetime) -> str:
    first, last = statement.bind(start, "timestamptz"), statement.bind(end, "timestamptz")
    return f"({low} < {first} or {high} > {last})"


def _above(statement: Statement, _low: str, high: str, _start: datetime, end: datetime) -> str:
    return f"{high} > {statement.bind(end, 'timestamptz')}"


def _below(statement: Statement, low: str, _high: str, start: datetime, _end: datetime) -> str:
    return f"{low} < {statement.bind(start, 'timestamptz')}"


def _from(statement: Statement, low: str, high: str, start: datetime, end: datetime) -> str:
    first, last = statement.bind(start, "timestamptz"), statement.bind(end, "timestamptz")
    return f"({high} >= {first} and ({high} > {last} or {low} >= {first}))"


def _until(statement: Statement, low: str, high: str, start: datetime, end: datetime) -> str:
    first, last = statement.bind(start, "timestamptz"), statement.bind(end, "timestamptz")
    return f"({low} <= {last} and ({low} < {first} or {high} <= {last}))"


def _starts_after(
    statement: Statement, low: str, _high: str, _start: datetime, end: datetime
) -> str:
    return f"{low} > {statement.bind(end, 'timestamptz')}"


def _ends_before(
    statement: Statement, _low: str, high: str, start: datetime, _end: datetime
) -> str:
    return f"{high} < {statement.bind(start, 'timestamptz')}"


def _overlaps(statement: Statement, low: str, high: str, start: datetime, end: datetime) -> str:
    first, last = statement.bind(start, "timestamptz"), statement.bind(end, "timestamptz")
    return f"({low} <= {last} and {high} >= {first})"


_COMPARISONS: Mapping[str, _Comparison] = {
    "eq": _within,
    "ne": _not_within,
    "gt": _above,
    "lt": _below,
    "ge": _from,
    "le": _until,
    "sa": _starts_after,
    "eb": _ends_before,
    "ap": _overlaps,
}
