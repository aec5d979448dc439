"""Search: one page of the rows that match, each of them visible to the caller.

Whatever a caller may not see takes no part: not in the rows, the total, the order, the pages, nor
on the way through a chain.

Spec: https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.fhir.search_query import Clause, Match, Query
from app.store.database import Fetch, Record
from app.store.found import Found, FoundRow
from app.store.page_token import KeyValue, Place, seal, unseal
from app.store.permit import Permit
from app.store.search_chain import on_the_way
from app.store.search_condition import condition, conditions
from app.store.search_include import include
from app.store.search_person import in_compartment, lies_with, people_bound
from app.store.search_scope import Scope, all_of, is_bounded, standing
from app.store.search_sort import Ordering, led_ordering, may_be_led, ordering
from app.store.statement import Statement

_ROW = "r.person_id, r.type, r.id, r.version, r.updated, r.body"
_AUDIT_ROW = "r.person_id, 'AuditEvent', r.id, 1, r.updated, r.body"
_ROW_COLUMNS = 6

# Up to this many matches are sorted once found; more are read off an index until the page is full.
FEW = 1000


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A page: the place it comes after, the most rows, and how many match, when that is known."""

    after: tuple[KeyValue, ...]
    most: int
    total: int | None


async def search(
    fetch: Fetch,
    permit: Permit,
    query: Query,
    *,
    page_size: int,
    now: datetime,
    page_key: bytes,
) -> Found:
    """Run a search.

    page_size: rows on this page at most; 0, as `_summary=count` and `_count=0` do, asks for the
    total alone. page_key: the secret that seals page tokens.
    Raises Malformed for a page token that is not this caller's for this search, or has expired.
    """
    place = Place(now, ())
    if query.page is not None:
        place = unseal(page_key, permit.caller, query, query.page, now=now)
    total_alone = page_size <= 0 or query.count == 0 or query.summary == "count"
    counted = total_alone or query.total != "none"
    types = _types(permit, query)
    if not types:
        return Found([], [], 0 if counted else None, None)
    statement = Statement()
    people = people_bound(types, query.clauses, query.compartment)
    bounded = people is not None or is_bounded(permit, types)
    scope = Scope(statement, permit, place.asked, types, bounded=bounded)
    wide = [clause for clause in query.clauses if await _is_wide(fetch, scope, clause)]
    where = _where(scope, query, people, wide)
    total = await _total(fetch, scope, where) if counted else None
    if total_alone:
        return Found([], [], total, None)
    wanted = _Wanted(place.keys, page_size + 1, total)
    rows = await _page(fetch, scope, query, where, wanted)
    next_page = None
    if len(rows) > page_size:
        rows = rows[:page_size]
        last = Place(place.asked, _keys(rows[-1], query, scope))
        next_page = seal(page_key, permit.caller, query, last, now=now)
    found = [FoundRow(*row[:_ROW_COLUMNS]) for row in rows]
    if not query.includes or not rows:
        return Found(found, [], total, next_page)
    matches = [(*row[:_ROW_COLUMNS], row[-1]) for row in rows]
    included, cut = await include(fetch, permit, query.includes, matches)
    return Found(found, included, total, next_page, cut)


def _types(permit: Permit, query: Query) -> tuple[str, ...]:
    """The types asked for that the caller may see; AuditEvents only by themselves."""
    several = len(query.types) > 1
    return tuple(
        name
        for name in query.types
        if name in permit.types and not (several and name == "AuditEvent")
    )


async def _is_wide(fetch: Fetch, scope: Scope, clause: Clause) -> bool:
    """Whether a clause about other rows holds for so many of them that it is better asked of each
    row in turn, until the page is full."""
    if isinstance(clause, Match):
        return False
    for rows, text in on_the_way(scope, clause, condition):
        if await _are_many(fetch, rows, text):
            return True
    return False


async def _are_many(fetch: Fetch, scope: Scope, rows: str) -> bool:
    """Whether a query has more than a few rows."""
    sql = f"select count(*) from ({rows} limit {FEW + 1}) few"  # noqa: S608  (values are bound)
    return int((await fetch(sql, scope.statement.arguments))[0][0]) > FEW


def _where(
    scope: Scope, query: Query, people: tuple[str, ...] | None, wide: Sequence[Clause]
) -> str:
    texts = [standing(scope)]
    if people is not None:
        texts.append(lies_with(scope, people))
    if query.compartment is not None:
        texts.append(in_compartment(scope, query.compartment))
    texts += conditions(scope, [clause for clause in query.clauses if clause not in wide])
    texts += conditions(replace(scope, bounded=True), wide)
    return all_of(texts)


async def _total(fetch: Fetch, scope: Scope, where: str) -> int:
    # An estimate would come from statistics over rows the caller may not see, so every total is
    # counted.
    sql = f"select count(*) from {scope.table} r where {where}"
    rows = await fetch(sql, scope.statement.arguments)
    return int(rows[0][0])


async def _page(
    fetch: Fetch,
    scope: Scope,
    query: Query,
    where: str,
    wanted: _Wanted,
) -> list[Record]:
    """The first rows after the place, in order: the row, its sort keys, and its tokens when what
    they lead to is to be included."""
    sorts, bound = query.sorts, tuple(scope.statement.arguments)
    if not may_be_led(scope, sorts) or await _are_few(fetch, scope, query, where, wanted.total):
        order = ordering(scope, sorts, where)
        return await _run(fetch, scope, query, order, wanted)
    rows: list[Record] = []
    if not wanted.after or wanted.after[0] is not None:
        order = led_ordering(scope, sorts, where, valued=True)
        rows = await _run(fetch, scope, query, order, wanted)
        wanted = replace(wanted, after=(), most=wanted.most - len(rows))
    if wanted.most > 0:
        scope.statement.arguments[:] = bound
        order = led_ordering(scope, sorts, where, valued=False)
        rows += await _run(fetch, scope, query, order, wanted)
    return rows


async def _are_few(fetch: Fetch, scope: Scope, query: Query, where: str, total: int | None) -> bool:
    """Whether so few rows match that finding them all and sorting them is the shorter way."""
    if total is not None:
        return total <= FEW
    if not query.clauses and query.compartment is None:
        return False
    return not await _are_many(fetch, scope, f"select from {scope.table} r where {where}")  # noqa: S608  (values are bound)


async def _run(
    fetch: Fetch, scope: Scope, query: Query, order: Ordering, wanted: _Wanted
) -> list[Record]:
    condition = order.condition
    if wanted.after:
        condition += f" and {order.after(scope.statement, wanted.after)}"
    columns = (_AUDIT_ROW if scope.audit else _ROW) + order.columns
    if query.includes:
        columns += ", r.tokens"
    sql = (
        f"select {columns} from {order.source} where {condition}"  # noqa: S608  (values are bound)
        f" order by {order.order_by} limit {scope.statement.bind(wanted.most, 'int')}"
    )
    return await fetch(sql, scope.statement.arguments)


def _keys(row: Record, query: Query, scope: Scope) -> tuple[KeyValue, ...]:
    """The row's place in the order: its sort keys, then what breaks ties."""
    sort_keys = tuple(row[_ROW_COLUMNS : _ROW_COLUMNS + len(query.sorts)])
    tie = (row[2], row[0]) if len(scope.types) == 1 else (row[1], row[2], row[0])
    return (*sort_keys, *tie)
