"""One page of a search's rows, the total, and which way to the page is the shorter.

Spec: https://hl7.org/fhir/R4/search.html#total
"""

from dataclasses import dataclass, replace

from app.fhir.search_query import Match, Query
from app.store.database import Fetch, Record
from app.store.page_bytes import ROOM, Room, bounded, is_full
from app.store.page_token import KeyValue
from app.store.search_condition import condition
from app.store.search_scope import Scope, all_of
from app.store.search_sort import Ordering, led_ordering, may_be_led, ordering
from app.store.statement import Statement

# Up to this many matches are sorted once found; more are read off an index until the page is full.
FEW = 1000

_ROW = "r.person_id, r.type, r.id, r.version, r.updated, r.body"
_AUDIT_ROW = "r.person_id, 'AuditEvent', r.id, 1, r.updated, r.body"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page: the place it comes after, the most rows, and how many match, when that is known.
    room: for their bytes."""

    after: tuple[KeyValue, ...]
    most: int
    total: int | None
    room: Room = ROOM


async def count(fetch: Fetch, scope: Scope, where: str) -> int:
    """How many rows match."""
    sql = f"select count(*) from {scope.table} r where {where}"
    return int((await fetch(sql, scope.statement.arguments))[0][0])


async def counted_people(
    fetch: Fetch, scope: Scope, where: str, total: int | None
) -> tuple[str, ...]:
    """Whose rows have been counted, when they are few."""
    if not total or total > FEW:
        return ()
    sql = f"select distinct r.person_id from {scope.table} r where {where} order by 1"
    return tuple(row[0] for row in await fetch(sql, scope.statement.arguments))


async def are_many(fetch: Fetch, statement: Statement, rows: str) -> bool:
    """Whether a query has more than a few rows."""
    sql = f"select count(*) from ({rows} limit {FEW + 1}) few"
    return int((await fetch(sql, statement.arguments))[0][0]) > FEW


async def page(
    fetch: Fetch, scope: Scope, query: Query, where: str, wanted: Wanted
) -> list[Record]:
    """The first rows after the place, in order: a FoundRow's columns, the sort keys, then the
    tokens, when what they lead to is to be included, and last what tells is_full()."""
    sorts, bound = query.sorts, tuple(scope.statement.arguments)
    if not may_be_led(scope, sorts) or await _are_few(fetch, scope, query, where, wanted.total):
        return await _run(fetch, scope, query, ordering(scope, sorts, where), wanted)
    rows: list[Record] = []
    if not wanted.after or wanted.after[0] is not None:
        order = led_ordering(scope, sorts, where, valued=True)
        order = replace(order, condition=all_of([order.condition, *_of_first_key(scope, query)]))
        rows = await _run(fetch, scope, query, order, wanted)
        if is_full(rows, wanted.room):
            return rows
        wanted = replace(wanted, after=(), most=wanted.most - len(rows))
    if wanted.most > 0:
        scope.statement.arguments[:] = bound
        order = led_ordering(scope, sorts, where, valued=False)
        rows += await _run(fetch, scope, query, order, wanted)
    return rows


def _of_first_key(scope: Scope, query: Query) -> list[str]:
    """What the clauses ask of the first sort key itself, said again of the index that leads, so
    that most rows outside a range are passed over before they are looked at."""
    leads = replace(scope, alias="s", bounded=True)
    code = query.sorts[0].parameter.code
    return [
        f"({condition(leads, clause)}) is true"
        for clause in query.clauses
        if isinstance(clause, Match) and clause.modifier is None and clause.parameter.code == code
    ]


async def _are_few(fetch: Fetch, scope: Scope, query: Query, where: str, total: int | None) -> bool:
    """Whether so few rows match that finding them all and sorting them is the shorter way."""
    if total is not None:
        return total <= FEW
    if not query.clauses and query.compartment is None:
        return False
    rows = f"select 1 from {scope.table} r where {where}"
    return not await are_many(fetch, scope.statement, rows)


async def _run(
    fetch: Fetch, scope: Scope, query: Query, order: Ordering, wanted: Wanted
) -> list[Record]:
    matching = order.condition
    if wanted.after:
        matching += f" and {order.after(scope.statement, wanted.after)}"
    columns = (_AUDIT_ROW if scope.audit else _ROW) + order.columns
    if query.includes:
        columns += ", r.tokens"
    sql = (
        f"select {columns} from {order.source} where {matching}"
        f" order by {order.order_by} limit {scope.statement.bind(wanted.most, 'int')}"
    )
    return await fetch(bounded(sql, wanted.room), scope.statement.arguments)
