"""Search: one page of the rows that match, each of them visible to the caller.

Whatever a caller may not see takes no part: not in the rows, the total, the order, the pages, nor
on the way through a chain.

Spec: https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Sequence
from datetime import datetime

from app.fhir.search_query import Query
from app.store.database import Fetch, Record
from app.store.found import Found, FoundRow
from app.store.page_token import KeyValue, Place, seal, unseal
from app.store.permit import Permit
from app.store.search_condition import condition
from app.store.search_include import include
from app.store.search_person import in_compartment, lies_with, people_bound
from app.store.search_scope import Scope, all_of, is_bounded, standing
from app.store.search_sort import ordering, stretches
from app.store.statement import Statement

_ROW = "r.person_id, r.type, r.id, r.version, r.updated, r.body"
_AUDIT_ROW = "r.person_id, 'AuditEvent', r.id, 1, r.updated, r.body"
_ROW_COLUMNS = 6


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
    where = _where(scope, query, people)
    total = await _total(fetch, scope, where) if counted else None
    if total_alone:
        return Found([], [], total, None)
    rows = await _page(fetch, scope, query, where, place.keys, page_size + 1)
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


def _where(scope: Scope, query: Query, people: tuple[str, ...] | None) -> str:
    conditions = [standing(scope)]
    if people is not None:
        conditions.append(lies_with(scope, people))
    if query.compartment is not None:
        conditions.append(in_compartment(scope, query.compartment))
    conditions += [condition(scope, clause) for clause in query.clauses]
    return all_of(conditions)


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
    after: Sequence[KeyValue],
    most: int,
) -> list[Record]:
    """The first rows after the place, in order: the row, its sort keys, and its tokens when what
    they lead to is to be included."""
    bound = tuple(scope.statement.arguments)
    count = stretches(scope, query.sorts)
    first = 1 if count > 1 and after and after[0] is None else 0
    rows: list[Record] = []
    for stretch in range(first, count):
        scope.statement.arguments[:] = bound
        here = after if stretch == first else ()
        sql = _select(scope, query, where, here, (stretch, most - len(rows)))
        rows += await fetch(sql, scope.statement.arguments)
        if len(rows) >= most:
            break
    return rows


def _select(
    scope: Scope,
    query: Query,
    where: str,
    after: Sequence[KeyValue],
    limits: tuple[int, int],
) -> str:
    stretch, most = limits
    order = ordering(scope, query.sorts, stretch)
    conditions = [text for text in (order.condition, where) if text]
    if after:
        conditions.append(order.after(scope.statement, after))
    columns = (_AUDIT_ROW if scope.audit else _ROW) + order.columns
    if query.includes:
        columns += ", r.tokens"
    return (
        f"select {columns} from {order.source} where {all_of(conditions)}"
        f" order by {order.order_by} limit {scope.statement.bind(most, 'int')}"
    )


def _keys(row: Record, query: Query, scope: Scope) -> tuple[KeyValue, ...]:
    """The row's place in the order: its sort keys, then what breaks ties."""
    sort_keys = tuple(row[_ROW_COLUMNS : _ROW_COLUMNS + len(query.sorts)])
    tie = (row[0], row[2]) if len(scope.types) == 1 else (row[1], row[0], row[2])
    return (*sort_keys, *tie)
