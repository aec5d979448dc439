"""read and vread. Spec: https://hl7.org/fhir/R4/http.html#read"""

from msgspec.structs import replace

from app.errors import NotFound, NotSupported
from app.fhir.search_query import Query
from app.interactions.placing import wanted
from app.interactions.searching import read_query, readable, shown
from app.interactions.visit import Answer, Touched, Visit, stored_answer
from app.store.history import read_version
from app.store.resources import VERSION_READ, Row, Viewing, Wanted
from app.store.search import search

NOT_HERE = "There is nothing here that you may see. It may never have been, or it was deleted."


async def read(visit: Visit) -> Answer:
    """The current version. Raises NotFound, the same for absent, hidden and deleted."""
    ask = visit.ask
    query = _query(visit)
    audited = False
    if ask.type == "AuditEvent":
        row = await _audit_event(visit, ask.id or "")
    else:
        place = wanted(ask.type or "", ask.id or "")
        audited = place.person_id is not None
        row = await (_view(visit, place) if audited else visit.unit.read(visit.permit, place))
    if row is None or row.deleted:
        raise NotFound(NOT_HERE)
    answer = _answer(visit, row, query)
    return replace(answer, touched=(), audited=True) if audited else answer


async def _view(visit: Visit, place: Wanted) -> Row | None:
    """Read and audited in one statement, which can be done where the id tells whose it is."""
    touched = Touched(place.person_id, place.type, place.id, VERSION_READ)
    (audit,) = visit.audit([touched], 200)
    return await visit.unit.view(visit.permit, Viewing(place, audit))


async def vread(visit: Visit) -> Answer:
    """One version, the current or an older one; a version that is a deletion is not found."""
    ask = visit.ask
    query = _query(visit)
    row = await read_version(
        visit.unit.session, visit.permit, wanted(ask.type or "", ask.id or ""), ask.version or 0
    )
    if row is None or row.deleted:
        raise NotFound(NOT_HERE)
    return _answer(visit, row, query)


def _query(visit: Visit) -> Query | None:
    """What the answer is to look like; None as usual, which is whole."""
    ask = visit.ask
    if not ask.query:
        return None
    query = read_query(visit.record, ask.type, ask.query, lenient=ask.lenient)
    if query.summary == "count" or {name for name, _ in query.understood} - {
        "_summary",
        "_elements",
    }:
        raise NotSupported("A read takes _summary (but count), _elements, _format and _pretty.")
    return query


async def _audit_event(visit: Visit, id: str) -> Row | None:
    """AuditEvents lie in a table of their own, where only a search knows whose are seen."""
    record = visit.record
    found = await search(
        visit.unit.fetch,
        visit.permit,
        read_query(record, "AuditEvent", f"_id={id}"),
        page_size=1,
        now=visit.now,
        page_key=record.page_key,
    )
    if not found.rows:
        return None
    one = found.rows[0]
    return Row(
        one.person_id,
        one.type,
        one.id,
        one.version,
        one.updated,
        False,
        readable(visit.permit, one),
    )


def _answer(visit: Visit, row: Row, query: Query | None) -> Answer:
    if _is_known(visit, row):
        return stored_answer(row, 304, b"")
    return stored_answer(row, body=None if query is None else shown(query, row.body))


def _is_known(visit: Visit, row: Row) -> bool:
    """Whether the caller has this version already; If-None-Match wins over If-Modified-Since."""
    ask = visit.ask
    if ask.if_none_match is not None:
        return bool({0, row.version}.intersection(ask.if_none_match))
    if ask.if_modified_since is not None:
        # A header's date has no parts of a second.
        return row.updated.replace(microsecond=0) <= ask.if_modified_since
    return False
