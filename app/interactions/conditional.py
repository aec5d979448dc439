"""The one match of a condition, found so that no two callers both find nothing.

Spec: https://hl7.org/fhir/R4/http.html#ccreate
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from app.access.acts import Act
from app.access.decision import decide
from app.errors import Malformed, PreconditionFailed
from app.fhir.query_string import NOT_SEARCHED, split
from app.fhir.search_query import Query
from app.interactions.searching import read_query
from app.interactions.visit import Visit
from app.store.found import FoundRow
from app.store.locks import one_at_a_time
from app.store.search import search
from app.store.search_person import people_named

_WHICH = "Say which one is meant: by its id in the address, or by a condition such as identifier=…"
SEVERAL = "More than one entry meets the condition. Make it more exact."


def of_create(query: str, if_none_exist: str | None) -> str | None:
    """The condition of a create: If-None-Exist, or else the search that stands in its address.

    Some clients put it there; passed over, it would make a second one of what is there already.
    """
    if if_none_exist is None and any(name not in NOT_SEARCHED for name, _ in split(query)):
        return query
    return if_none_exist


@asynccontextmanager
async def alone(visit: Visit, type: str) -> AsyncIterator[None]:
    """Nobody else's condition on this type is looked at until what happens inside has been
    committed."""
    if visit.unit.in_transaction:
        await one_at_a_time(visit.unit.session, f"conditional {type}")
        yield
        return
    async with visit.unit.transaction():
        await one_at_a_time(visit.unit.session, f"conditional {type}")
        yield


async def only_match(
    visit: Visit, type: str, condition: str, *, apart_from: Collection[str] = ()
) -> FoundRow | None:
    """The one resource that meets the condition, or None. apart_from: ids that do not count.

    Raises PreconditionFailed when several do, Malformed when the condition says nothing, Forbidden
    when the caller may not search this type.
    """
    query = read_condition(visit, type, condition)
    permit = decide(visit.caller, Act.SEARCH_TYPE, type)
    found = await search(
        visit.unit.fetch,
        permit,
        query,
        page_size=2 + len(apart_from),
        now=visit.now,
        page_key=visit.record.page_key,
        fetch_planned=visit.unit.fetch_planned,
    )
    visit.asked_about.extend(people_named(query.types, query.clauses))
    visit.asked_about.extend(row.person_id for row in found.rows)
    rows = [row for row in found.rows if row.id not in apart_from]
    if len(rows) > 1:
        raise PreconditionFailed(SEVERAL)
    return rows[0] if rows else None


def read_condition(visit: Visit, type: str, condition: str) -> Query:
    """The condition as a query; some clients write the address to search before it. Raises
    Malformed when it says nothing."""
    for start in (f"{visit.record.fhir_base}/{type}?", f"{type}?", "?"):
        if condition.startswith(start):
            condition = condition.removeprefix(start)
            break
    asked = read_query(visit.record, type, condition)
    if not asked.clauses:
        raise Malformed(_WHICH)
    # What is said of an answer's form (_count=0, _summary=count) must not hide a match.
    return Query(types=asked.types, clauses=asked.clauses)
