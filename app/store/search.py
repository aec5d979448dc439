"""Search: one page of the rows that match, each of them visible to the caller.

Whatever a caller may not see takes no part: not in the rows, the total, the order, the pages, nor
on the way through a chain.

Spec: https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.fhir.search_query import Clause, Match, Query
from app.store.database import Fetch, Record
from app.store.found import ROW_COLUMNS, Found, found_row
from app.store.page_bytes import ROOM, Room, is_full
from app.store.page_token import KeyValue, Place, seal, unseal
from app.store.permit import Permit
from app.store.search_chain import on_the_way
from app.store.search_condition import condition, conditions, date_ranges
from app.store.search_date import rows_of_all
from app.store.search_include import include
from app.store.search_linked import Linked, Spread, nobody, spread
from app.store.search_page import Wanted, are_many, count, counted_people, page
from app.store.search_person import in_compartment, lies_with, people_bound
from app.store.search_scope import Scope, all_of, is_bounded, standing
from app.store.statement import Statement


async def search(
    fetch: Fetch,
    permit: Permit,
    query: Query,
    *,
    page_size: int,
    now: datetime,
    page_key: bytes,
    fetch_planned: Fetch | None = None,
    room: Room = ROOM,
    linked: Linked = nobody,
) -> Found:
    """Run a search.

    page_size: rows on this page at most; 0, as `_summary=count` and `_count=0` do, asks for the
    total alone. page_key: the secret that seals page tokens.
    fetch_planned: runs a statement with a plan made for its arguments, never a general one, for
    searches that are not bound to few people; without it `fetch` serves them too. linked: who has
    more than one record, so that a search which names one finds what is in each.
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
    asked = Scope(Statement(), permit, place.asked, types)
    wide = await spread(fetch, linked, asked, replace(query, types=types))
    people = people_bound(types, wide.query.clauses, wide.compartment)
    bounded = people is not None or is_bounded(permit, types)
    if fetch_planned is not None and not bounded:
        fetch = fetch_planned
    scope = Scope(Statement(), permit, place.asked, types, bounded=bounded)
    where = await _where(fetch, scope, wide, people)
    # An estimate would come from statistics over rows the caller may not see: all are counted.
    total = await count(fetch, scope, where) if counted else None
    people_counted = await counted_people(fetch, scope, where, total)
    if total_alone:
        return Found([], [], total, None, counted=people_counted)
    rows = await page(fetch, scope, query, where, Wanted(place.keys, page_size + 1, total, room))
    next_page = None
    if len(rows) > page_size or is_full(rows, room):
        rows = rows[:page_size]
        last = Place(place.asked, _keys(rows[-1], query, types))
        next_page = seal(page_key, permit.caller, query, last, now=now)
    found = Found([], [], total, next_page, counted=people_counted)
    return await _found(fetch, permit, query, rows, found, (linked, room))


async def _found(
    fetch: Fetch,
    permit: Permit,
    query: Query,
    rows: Sequence[Record],
    found: Found,
    around: tuple[Linked, Room],
) -> Found:
    linked, room = around
    found = replace(found, rows=[found_row(row) for row in rows])
    if not query.includes or not rows:
        return found
    tokens = ROW_COLUMNS + len(query.sorts)
    matches = [(*row[:ROW_COLUMNS], row[tokens]) for row in rows]
    people = [row[2] for row in matches if row[1] == "Patient"]
    others = await linked(people) if people and any(one.reverse for one in query.includes) else {}
    included, cut = await include(fetch, permit, query.includes, matches, others, room)
    return replace(found, included=included, included_cut=cut)


def _types(permit: Permit, query: Query) -> tuple[str, ...]:
    """The types asked for that the caller may see; AuditEvents only by themselves."""
    several = len(query.types) > 1
    return tuple(
        name
        for name in query.types
        if name in permit.types and not (several and name == "AuditEvent")
    )


async def _where(fetch: Fetch, scope: Scope, asked: Spread, people: tuple[str, ...] | None) -> str:
    if people is not None and len(people) == 1:
        person = scope.statement.bind(people[0])
        texts = [f"{scope.alias}.person_id = {person}", standing(scope, person)]
    else:
        texts = [standing(scope)]
        if people is not None:
            texts.append(lies_with(scope, people))
    if asked.compartment is not None:
        texts.append(in_compartment(scope, asked.compartment))
    texts += asked.conditions_besides(scope)
    clauses = asked.plain
    wide: list[Clause] = [c for c in clauses if await _is_wide(fetch, scope, c)]
    for span in date_ranges(scope, clauses):
        if await are_many(fetch, *rows_of_all(scope, span)):
            wide += span
    texts += conditions(scope, [clause for clause in clauses if clause not in wide])
    texts += conditions(replace(scope, bounded=True), wide)
    return all_of(texts)


async def _is_wide(fetch: Fetch, scope: Scope, clause: Clause) -> bool:
    """Whether a clause about other rows holds for so many of them that it is better asked of each
    row in turn, until the page is full."""
    rows = None if isinstance(clause, Match) else on_the_way(scope, clause, condition)
    return rows is not None and await are_many(fetch, *rows)


def _keys(row: Record, query: Query, types: Sequence[str]) -> tuple[KeyValue, ...]:
    """The row's place in the order: its sort keys, then what breaks ties."""
    sort_keys = tuple(row[ROW_COLUMNS : ROW_COLUMNS + len(query.sorts)])
    tie = (row[2], row[0]) if len(types) == 1 else (row[1], row[2], row[0])
    return (*sort_keys, *tie)
