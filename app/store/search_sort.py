"""The order of a search's rows: `_sort`, and the place in that order where a page goes on.

Rows without a value come last in either direction. Ties are broken by (type, id, person_id), which
never changes, so that pages stay stable while others write.

Spec: https://hl7.org/fhir/R4/search.html#sort
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from app.fhir.search_query import Sort
from app.store.page_token import KeyValue
from app.store.search_scope import Scope, same_row
from app.store.statement import Statement


class _Direction(NamedTuple):
    """How a column sorts. after: the comparison that finds what comes later."""

    order: str
    before: str
    after: str
    from_on: str


_UP = _Direction("asc", "<", ">", ">=")
_DOWN = _Direction("desc", ">", "<", "<=")
# Text sorts by code point, as in the index over strings, whatever the database's language.
_TEXT_UP = _Direction("using ~<~", "~<~", "~>~", "~>=~")
_TEXT_DOWN = _Direction("using ~>~", "~>~", "~<~", "~<=~")


class _Column(NamedTuple):
    table: str
    name: str
    cast: str
    direction: _Direction


_COLUMNS = {
    ("date", False): _Column("index_dates", "low", "timestamptz", _UP),
    ("date", True): _Column("index_dates", "high", "timestamptz", _DOWN),
    ("number", False): _Column("index_numbers", "low", "numeric", _UP),
    ("number", True): _Column("index_numbers", "low", "numeric", _DOWN),
    ("string", False): _Column("index_strings", "normalised", "text", _TEXT_UP),
    ("string", True): _Column("index_strings", "normalised", "text", _TEXT_DOWN),
}


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key as SQL. nullable: rows may lack it."""

    expression: str
    cast: str
    direction: _Direction
    nullable: bool

    @property
    def order(self) -> str:
        """As it stands in `order by`."""
        text = f"{self.expression} {self.direction.order}"
        return f"{text} nulls last" if self.nullable else text


@dataclass(frozen=True, slots=True)
class Ordering:
    """How rows `r` are sorted.

    source: what stands after `from`, with the rows as `r`. condition: what stands after `where`.
    keys: the values that order them. tie: the columns that break ties.
    """

    source: str
    condition: str
    keys: tuple[Key, ...]
    tie: tuple[str, ...]

    @property
    def columns(self) -> str:
        """The key values, to be selected after the rows' own columns."""
        return "".join(f", {key.expression}" for key in self.keys)

    @property
    def order_by(self) -> str:
        """What stands after `order by`."""
        return ", ".join([*(key.order for key in self.keys), *self.tie])

    def after(self, statement: Statement, place: Sequence[KeyValue]) -> str:
        """Rows that come after the place: a value for each key, then for each column of the tie."""
        values, tied = place[: len(self.keys)], place[len(self.keys) :]
        text = f"({', '.join(self.tie)}) > ({', '.join(statement.bind(v) for v in tied)})"
        for key, value in zip(reversed(self.keys), reversed(values), strict=True):
            text = _after(statement, key, value, text)
        if self.keys and not self.keys[0].nullable:
            # Follows from the rest; said so that an index over the first key starts there.
            first = self.keys[0]
            bound = statement.bind(values[0], first.cast)
            text = f"{first.expression} {first.direction.from_on} {bound} and {text}"
        return text


def _after(statement: Statement, key: Key, value: KeyValue, then: str) -> str:
    if value is None:
        return f"({key.expression} is null and {then})"
    bound = statement.bind(value, key.cast)
    later = f"{key.expression} {key.direction.after} {bound}"
    if key.nullable:
        later = f"{later} or {key.expression} is null"
    return f"({later} or {key.expression} = {bound} and {then})"


def may_be_led(scope: Scope, sorts: Sequence[Sort]) -> bool:
    """Whether an index holds the rows of this scope in the order of the first key."""
    alone = len(scope.types) == 1 and not scope.bounded
    return alone and bool(sorts) and _column(scope, sorts[0]) is not None


def ordering(scope: Scope, sorts: Sequence[Sort], where: str) -> Ordering:
    """The order of rows that are few enough to be found first, and then sorted."""
    keys, lateral = _keys(scope, sorts)
    return Ordering(f"{scope.table} r{lateral}", where, keys, _tie(scope))


def led_ordering(scope: Scope, sorts: Sequence[Sort], where: str, *, valued: bool) -> Ordering:
    """The order of rows that are many: those with a value are read off the index over the first
    key, in its order, until the page is full; those without a value come after, unless `valued`."""
    column = _column(scope, sorts[0])
    if column is None:
        raise ValueError("no index leads this order")
    code = scope.statement.bind(sorts[0].parameter.code)
    rest, lateral = _keys(scope, sorts[1:])
    if not valued:
        none = Key(f"null::{column.cast}", column.cast, column.direction, nullable=True)
        missing = f"not exists (select from {_values('i', 'r', column, code)})"
        return Ordering(
            f"resources r{lateral}", f"{missing} and {where}", (none, *rest), _tie(scope)
        )
    # One value for each row: the one that comes first. `offset 0` keeps the join in this order:
    # the planner multiplies the odds of each key column, expects one row, and would start at the
    # other end.
    row = (
        f"select r.* from resources r where {same_row('s', 'r')} and s.n = (select i.n"
        f" from {_values('i', 's', column, code)}"
        f" order by i.{column.name} {column.direction.order}, i.n limit 1) and {where} offset 0"
    )
    type_name = scope.statement.bind(scope.types[0])
    led = Key(f"s.{column.name}", column.cast, column.direction, nullable=False)
    there = f"s.type = {type_name} and s.parameter = {code} and s.{column.name} is not null"
    source = f"{column.table} s cross join lateral ({row}) r{lateral}"
    return Ordering(source, there, (led, *rest), _tie(scope))


def _tie(scope: Scope) -> tuple[str, ...]:
    return ("r.id", "r.person_id") if len(scope.types) == 1 else ("r.type", "r.id", "r.person_id")


def _values(index: str, row: str, column: _Column, code: str) -> str:
    return (
        f"{column.table} {index} where {same_row(index, row)}"
        f" and {index}.parameter = {code} and {index}.{column.name} is not null"
    )


def _column(scope: Scope, sort: Sort) -> _Column | None:
    """The indexed column that holds the values, or None when they lie in the row itself."""
    if sort.parameter.code == "_lastUpdated" or scope.audit:
        return None
    kind = "number" if sort.parameter.type == "quantity" else sort.parameter.type
    return _COLUMNS.get((kind, sort.descending))


def _keys(scope: Scope, sorts: Sequence[Sort]) -> tuple[tuple[Key, ...], str]:
    """The keys, and the join that computes those that are no columns of the row."""
    keys: list[Key] = []
    computed: list[str] = []
    for sort in sorts:
        key = _of_row(scope, sort)
        if key.nullable:
            name = f"k{len(computed)}"
            computed.append(f"{key.expression} as {name}")
            key = replace(key, expression=f"k.{name}")
        keys.append(key)
    lateral = f" cross join lateral (select {', '.join(computed)}) k" if computed else ""
    return tuple(keys), lateral


def _of_row(scope: Scope, sort: Sort) -> Key:
    code = sort.parameter.code
    time, text = (_DOWN, _TEXT_DOWN) if sort.descending else (_UP, _TEXT_UP)
    if code == "_id":
        return Key("r.id", "text", time, nullable=False)
    if code == "_lastUpdated" or (scope.audit and code == "date"):
        return Key("r.updated", "timestamptz", time, nullable=False)
    column = _column(scope, sort)
    if column is not None:
        return Key(_first_value(scope, column, code), column.cast, column.direction, nullable=True)
    return Key(_first_entry(scope, code, text), "text", text, nullable=True)


def _first_value(scope: Scope, column: _Column, code: str) -> str:
    # By the row's key: without statistics the index over values seems as good, and would then
    # be walked from end to end for each row. It cannot serve an expression.
    return (
        f"(select i.{column.name} from {column.table} i where {same_row('i', 'r')}"
        f" and i.parameter || '' = {scope.statement.bind(code)} and i.{column.name} is not null"
        f" order by i.{column.name} {column.direction.order} limit 1)"
    )


def _first_entry(scope: Scope, code: str, direction: _Direction) -> str:
    """Of a token its code, of a reference `Type/id`, of a uri itself: entries without `|`, without
    a version."""
    statement = scope.statement
    value, start = f"substr(t, {statement.bind(len(code) + 2, 'int')})", statement.bind(f"{code}=")
    return (
        f"(select {value} from unnest(r.tokens) t where starts_with(t, {start})"
        f" and strpos(t, '|') = 0 and strpos(t, '/_history/') = 0"
        f" order by {value} {direction.order} limit 1)"
    )
