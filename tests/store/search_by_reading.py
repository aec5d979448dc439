"""What a query should find, worked out by reading every row."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from app.fhir.compartment import parameters_of as compartment_parameters
from app.fhir.indexed import DateRow, NumberRow, StringRow
from app.fhir.resource_types import DIRECTORY
from app.fhir.search_parameters import SearchParameter, parameter, parameters_of
from app.fhir.search_query import (
    Chain,
    Clause,
    CompositeValue,
    DateValue,
    Has,
    Include,
    InList,
    Match,
    MissingValue,
    NumberValue,
    Query,
    ReferenceValue,
    Sort,
    TokenValue,
    UriValue,
)
from app.store.permit import Permit
from tests.store.search_world import NOW, Stored


class Reading:
    """A world as one caller may see it."""

    def __init__(self, rows: Iterable[Stored], permit: Permit, now: datetime = NOW) -> None:
        self.now = now
        self.rows = [row for row in rows if is_visible(permit, row) and not row.deleted]

    def expected(self, query: Query) -> list[Stored]:
        """The rows that match, in order."""
        found = [row for row in self.rows if row.type in query.types and self.matches(row, query)]
        return in_order(found, query.sorts)

    def brought_along(self, includes: Sequence[Include], matched: Sequence[Stored]) -> list[Stored]:
        """What the rows bring along, round by round."""
        brought: list[Stored] = []
        rows = list(matched)
        for turn in range(5):
            active = [one for one in includes if turn == 0 or one.iterate]
            rows = [
                other
                for other in self.rows
                if other not in matched and other not in brought
                if any(linked(row, other, one) for row in rows for one in active)
            ]
            brought += rows
        return brought

    def matches(self, row: Stored, query: Query) -> bool:
        if query.compartment is not None and not in_compartment(row, query.compartment):
            return False
        return all(self.holds(row, clause) for clause in query.clauses)

    def holds(self, row: Stored, clause: Clause) -> bool:
        if isinstance(clause, Match):
            found = any(self.value_holds(row, clause, value) for value in clause.values)
            return not found if clause.modifier in ("not", "not-in") else found
        if isinstance(clause, Chain):
            return any(
                f"{clause.parameter.code}={other.name}" in row.tokens and self.holds(other, within)
                for type_name, within in clause.inner_by_type
                for other in self.rows
                if other.type == type_name
            )
        if isinstance(clause, Has):
            return any(
                f"{clause.parameter.code}={row.name}" in other.tokens
                and self.holds(other, clause.inner)
                for other in self.rows
                if other.type == clause.type
            )
        assert isinstance(clause, InList)
        return any(
            other.type == "List"
            and other.id == clause.list_id
            and f"item={row.name}" in other.tokens
            for other in self.rows
        )

    def value_holds(self, row: Stored, match: Match, value: Any) -> bool:
        searched, modifier = match.parameter, match.modifier
        if isinstance(value, MissingValue):
            return value.missing != is_present(row, searched)
        if searched.code == "_id":
            return bool(row.id == value.code)
        if searched.code == "_lastUpdated" or (row.type, searched.code) == ("AuditEvent", "date"):
            return date_holds(row.updated, row.updated, value, self.now)
        return self.part_holds(row, searched, modifier, value)

    def part_holds(
        self, row: Stored, searched: SearchParameter, modifier: str | None, value: Any
    ) -> bool:
        code = searched.code
        if isinstance(value, CompositeValue):
            return self.composite_holds(row, searched, value)
        if isinstance(value, TokenValue):
            return any(f"{code}{suffix}" in row.tokens for suffix in token_texts(modifier, value))
        if isinstance(value, ReferenceValue):
            types = [value.type] if value.type else searched.targets
            texts = [value.url] if value.url else [f"{type_name}/{value.id}" for type_name in types]
            return any(f"{code}={text}" in row.tokens for text in texts)
        if isinstance(value, UriValue):
            return uri_holds(row, code, modifier, value.uri)
        rows: Sequence[Any] = index_rows(row, value)
        if modifier == "text":
            code = f"{code}:text"
        return any(self.row_holds(one, modifier, value) for one in rows if one.parameter == code)

    def row_holds(self, one: Any, modifier: str | None, value: Any) -> bool:
        if isinstance(value, DateValue):
            return date_holds(one.low, one.high, value, self.now)
        if isinstance(value, NumberValue):
            return number_holds(one, value)
        if modifier == "contains":
            return value.normalised in one.normalised
        if modifier == "exact":
            return bool(value.exact == one.exact)
        return bool(one.normalised.startswith(value.normalised))

    def composite_holds(
        self, row: Stored, searched: SearchParameter, value: CompositeValue
    ) -> bool:
        roots = [root.strip() for root in searched.expression.split("|")]
        if searched.base in roots and all(
            self.part_holds(row, component(searched, n), None, part)
            for n, part in enumerate(value.parts)
        ):
            return True
        if roots == [searched.base]:
            return False
        left, right = value.parts
        assert isinstance(left, TokenValue)
        [form] = token_texts(None, left)
        if isinstance(right, TokenValue):
            [other] = token_texts(None, right)
            return f"{searched.code}{form}${other[1:]}" in row.tokens
        return any(
            self.row_holds(one, None, right)
            for one in index_rows(row, right)
            if one.parameter == searched.code and one.pair == form[1:]
        )


def linked(row: Stored, other: Stored, one: Include) -> bool:
    """Whether a row brings another along."""
    source, target = (other, row) if one.reverse else (row, other)
    if source.type != one.source or one.target not in (None, target.type):
        return False
    every = parameters_of(one.source).values()
    searched = [one.parameter] if one.parameter else [p for p in every if p.type == "reference"]
    return any(f"{p.code}={target.name}" in source.tokens for p in searched)


def is_visible(permit: Permit, row: Stored) -> bool:
    if row.type not in permit.types:
        return False
    if row.type == "AuditEvent":
        return {
            "none": False,
            "own": row.agent == permit.agent,
            "about": row.person_id in (permit.people or ()),
            "all": True,
        }[permit.audit]
    if row.person_id == DIRECTORY:
        if row.type not in permit.directory_types and row.author != permit.agent:
            return False
    elif permit.people is not None and row.person_id not in permit.people:
        return False
    return all(
        row.type != type_name or any(set(some) <= set(row.tokens) for some in alternatives)
        for type_name, alternatives in permit.constraints
    )


def in_compartment(row: Stored, patient: str) -> bool:
    return row.name == f"Patient/{patient}" or any(
        f"{code}=Patient/{patient}" in row.tokens for code in compartment_parameters(row.type)
    )


def component(searched: SearchParameter, n: int) -> SearchParameter:
    found = parameter(searched.base, searched.components[n][0])
    assert found is not None
    return found


def index_rows(row: Stored, value: Any) -> Sequence[Any]:
    if isinstance(value, DateValue):
        return row.index.dates
    return row.index.numbers if isinstance(value, NumberValue) else row.index.strings


def is_present(row: Stored, searched: SearchParameter) -> bool:
    code = searched.code
    if code in ("_id", "_lastUpdated") or (row.type, code) == ("AuditEvent", "date"):
        return True
    if searched.type == "composite":
        roots = [root.strip() for root in searched.expression.split("|")]
        alone = searched.base in roots and all(
            is_present(row, component(searched, n)) for n in range(len(searched.components))
        )
        return alone or (roots != [searched.base] and has_any(row, code))
    names = [code, f"{code}:text", f"{code}:identifier"]
    return any(has_any(row, name) for name in names)


def has_any(row: Stored, code: str) -> bool:
    every: list[DateRow | NumberRow | StringRow] = [
        *row.index.dates,
        *(one for one in row.index.numbers),
        *row.index.strings,
    ]
    return any(token.startswith(f"{code}=") for token in row.tokens) or any(
        one.parameter == code for one in every
    )


def token_texts(modifier: str | None, value: TokenValue) -> list[str]:
    if modifier == "of-type":
        return [f":of-type={value.system}|{value.type_code}|{value.code}"]
    system = "" if value.system is None else f"{value.system}|"
    under = ":identifier" if modifier == "identifier" else ""
    return [f"{under}={system}{value.code or ''}"]


def uri_holds(row: Stored, code: str, modifier: str | None, uri: str) -> bool:
    if modifier is None:
        return f"{code}={uri}" in row.tokens
    texts = [one.exact for one in row.index.strings if one.parameter == code]
    if modifier == "below":
        return any(text.startswith(uri) for text in texts)
    return any(uri.startswith(text) for text in texts)


def date_holds(low: datetime, high: datetime, value: DateValue, now: datetime) -> bool:
    first, last = value.low, value.high
    within = first <= low and high <= last
    tenth = max(first - now, now - last, timedelta()) / 10
    return {
        "eq": within,
        "ne": not within,
        "gt": high > last,
        "lt": low < first,
        "ge": high > last or within,
        "le": low < first or within,
        "sa": low > last,
        "eb": high < first,
        "ap": low <= last + tenth and high >= first - tenth,
    }[value.prefix]


def number_holds(one: NumberRow, value: NumberValue) -> bool:
    infinite = Decimal("Infinity")
    low = -infinite if one.low is None else one.low
    high = infinite if one.high is None else one.high
    exact, tenth = value.value, abs(value.value) / 10
    within = value.low <= low and high < value.high
    holds = {
        "eq": within,
        "ne": not within,
        "gt": high > exact,
        "lt": low < exact,
        "ge": high >= exact,
        "le": low <= exact,
        "sa": low > exact,
        "eb": high < exact,
        "ap": low <= max(value.high, exact + tenth) and high >= min(value.low, exact - tenth),
    }[value.prefix]
    if value.system:
        return holds and one.system == value.system and value.code in (None, one.code)
    return holds and (value.code is None or value.code in (one.code, one.unit))


def in_order(rows: Sequence[Stored], sorts: Sequence[Sort]) -> list[Stored]:
    def compare(left: Stored, right: Stored) -> int:
        for sort in sorts:
            a, b = sort_value(left, sort), sort_value(right, sort)
            if a == b:
                continue
            if a is None or b is None:
                return 1 if a is None else -1
            return (1 if a > b else -1) * (-1 if sort.descending else 1)
        a, b = tie(left), tie(right)
        return 1 if a > b else -1 if a < b else 0

    return sorted(rows, key=cmp_to_key(compare))


def tie(row: Stored) -> Any:
    return (row.type, row.id, row.person_id)


def sort_value(row: Stored, sort: Sort) -> Any:
    code = sort.parameter.code
    if code == "_id":
        return row.id
    if code == "_lastUpdated" or (row.type, code) == ("AuditEvent", "date"):
        return row.updated
    pick: Callable[[Any], Any] = max if sort.descending else min
    if sort.parameter.type == "date":
        side = "high" if sort.descending else "low"
        values = [getattr(one, side) for one in row.index.dates if one.parameter == code]
    elif sort.parameter.type in ("number", "quantity"):
        numbers = [one.low for one in row.index.numbers if one.parameter == code]
        values = [number for number in numbers if number is not None]
    elif sort.parameter.type == "string":
        values = [one.normalised for one in row.index.strings if one.parameter == code]
    else:
        texts = [t.partition("=")[2] for t in row.tokens if t.startswith(f"{code}=")]
        values = [text for text in texts if "|" not in text and "/_history/" not in text]
    return pick(values) if values else None
