"""Patient/$everything: all that is held about one person, and the directory entries it refers to.

Spec: https://hl7.org/fhir/R4/patient-operation-everything.html
"""

from urllib.parse import urlencode

from app.access.acts import Act
from app.access.decision import decide, with_user
from app.errors import Issue, Malformed, NotFound, NotSupported
from app.fhir.bundle import Entry, bundle
from app.fhir.json_guard import parse
from app.fhir.outcome import outcome_bytes
from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_query import Query
from app.interactions.parameters import asked_of, moment_of
from app.interactions.placing import references_in, wanted
from app.interactions.read import NOT_HERE
from app.interactions.visit import Answer, Ask, Touched, Visit
from app.store.everything import everything as rows_about
from app.store.found import FoundRow
from app.store.page_token import Place, seal, unseal

_KNOWN = ("_since", "_type", "_count", "_page")
_PAGE_SIZE = 200
_AT_ONCE = 50
_NO_ROOM = Issue(
    "incomplete",
    "Not every organisation and practitioner that is named is here. Read the others by themselves.",
    severity="warning",
)


async def everything(visit: Visit) -> Answer:
    """A searchset of one person's whole record, as far as the permit sees. Raises NotFound for
    nobody."""
    ask, record = visit.ask, visit.record
    if ask.type != "Patient" or ask.id is None:
        raise NotSupported("$everything is asked of one person: Patient/[id]/$everything.")
    values = _values(ask)
    since = moment_of(values, "_since")
    may_read = decide(visit.caller, Act.READ, "Patient")
    may_read = with_user(may_read, visit.permit.user, visit.permit.opened)
    patient = await visit.unit.read(may_read, wanted("Patient", ask.id))
    if patient is None or patient.deleted:
        raise NotFound(NOT_HERE)
    page_size = min(int(values.get("_count", _PAGE_SIZE)), record.bounds.largest_page)
    types = values["_type"].split(",") if "_type" in values else []
    asked = Query(
        types=("Patient",),
        understood=tuple(
            (name, value)
            for name, value in (("everything", ask.id), *sorted(values.items()))
            if name != "_page"
        ),
    )
    after = None
    if "_page" in values:
        place = unseal(record.page_key, visit.permit.caller, asked, values["_page"], now=visit.now)
        after = (str(place.keys[0]), str(place.keys[1]))
    page, more = await rows_about(
        visit.unit.fetch,
        visit.permit,
        await visit.unit.records_of(ask.id),
        types=types,
        since=since[0] if since else None,
        after=after,
        page_size=page_size,
        room=record.room,
    )
    links = [("self", _url(visit, values))]
    if more:
        last = Place(visit.now, (page[-1].type, page[-1].id))
        token = seal(record.page_key, visit.permit.caller, asked, last, now=visit.now)
        links.append(("next", _url(visit, {**values, "_page": token})))
    entries = [Entry(f"{record.fhir_base}/{row.type}/{row.id}", row.body, "match") for row in page]
    entries += await _referred_to(visit, page)
    return Answer(
        200,
        bundle("searchset", entries, links=links),
        # Whose entries they are reads of it in their own log, also once the two are apart again.
        touched=tuple(
            Touched(one, "Patient", one)
            for one in dict.fromkeys((ask.id, *(row.person_id for row in page)))
        ),
    )


def _values(ask: Ask) -> dict[str, str]:
    """By name; several `_type` are one list."""
    if ask.body and parse(ask.body).get("resourceType") != "Parameters":
        raise Malformed("$everything takes a query, or a Parameters resource as its body.")
    pairs = asked_of(ask)
    values = dict(pairs)
    if any(name not in _KNOWN for name in values) and not ask.lenient:
        raise NotSupported(f"$everything takes {', '.join(_KNOWN[:3])}.")
    values = {name: value for name, value in values.items() if name in _KNOWN}
    if "_type" in values:
        values["_type"] = ",".join(value for name, value in pairs if name == "_type")
        if not RESOURCE_TYPES.keys() >= set(values["_type"].split(",")):
            raise NotSupported("_type names a type that is not served here.")
    count = values.get("_count", "1")
    if not (count.isascii() and count.isdigit() and len(count) < 10 and int(count) > 0):
        raise Malformed("_count is a whole number from 1.")
    return values


async def _referred_to(visit: Visit, page: list[FoundRow]) -> list[Entry]:
    """The directory entries that a page refers to, so that names need not be asked for one by
    one."""
    base = visit.record.fhir_base
    asked: dict[str, tuple[str, str]] = {}
    for row in page:
        for _, parts in references_in(parse(row.body), base):
            known = RESOURCE_TYPES.get(parts.type or "")
            if parts.relative and known is not None and known.directory and parts.id:
                asked[parts.relative] = (known.name, parts.id)
    places = [wanted(t, i) for t, i in asked.values()]
    entries: list[Entry] = []
    left = visit.record.bounds.answer_bytes
    for n in range(0, len(places), _AT_ONCE):
        for one in await visit.unit.read_many(visit.permit, places[n : n + _AT_ONCE]):
            if one is None or one.deleted:
                continue
            if left <= 0:
                return [*entries, Entry(resource=outcome_bytes([_NO_ROOM]), mode="outcome")]
            entries.append(Entry(f"{base}/{one.type}/{one.id}", one.body, "include"))
            left -= len(one.body)
    return entries


def _url(visit: Visit, values: dict[str, str]) -> str:
    path = f"{visit.record.fhir_base}/Patient/{visit.ask.id}/$everything"
    return f"{path}?{urlencode(values, safe=':,')}" if values else path
