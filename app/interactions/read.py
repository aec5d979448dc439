"""read and vread. Spec: https://hl7.org/fhir/R4/http.html#read"""

from datetime import timedelta

from app.errors import NotFound
from app.interactions.placing import wanted
from app.interactions.visit import Answer, Touched, Visit
from app.store.resources import Row, read_version

NOT_HERE = "There is nothing here that you may see. It may never have been, or it was deleted."


async def read(visit: Visit) -> Answer:
    """The current version. Raises NotFound, the same for absent, hidden and deleted."""
    ask = visit.ask
    row = await visit.unit.read(visit.permit, wanted(ask.type or "", ask.id or ""))
    if row is None or row.deleted:
        raise NotFound(NOT_HERE)
    return _answer(visit, row)


async def vread(visit: Visit) -> Answer:
    """One version, the current or an older one; a version that is a deletion is not found."""
    ask = visit.ask
    row = await read_version(
        visit.unit.session, visit.permit, wanted(ask.type or "", ask.id or ""), ask.version or 0
    )
    if row is None or row.deleted:
        raise NotFound(NOT_HERE)
    return _answer(visit, row)


def _answer(visit: Visit, row: Row) -> Answer:
    unchanged = _is_known(visit, row)
    return Answer(
        304 if unchanged else 200,
        b"" if unchanged else row.body,
        row.type,
        row.id,
        row.version,
        row.updated,
        touched=(Touched(row.person_id, row.type, row.id, row.version),),
    )


def _is_known(visit: Visit, row: Row) -> bool:
    """Whether the caller has this version already; If-None-Match wins over If-Modified-Since."""
    ask = visit.ask
    if ask.if_none_match is not None:
        return ask.if_none_match in (0, row.version)
    if ask.if_modified_since is not None:
        return row.updated < ask.if_modified_since + timedelta(seconds=1)
    return False
