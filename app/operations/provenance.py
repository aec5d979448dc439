"""$provenance: of every version of an entry, who wrote it and when; and what else was said of where
it comes from.

Source: fhir_profiles/OperationDefinition/provenance.json,
docs/decisions/0019-where-an-entry-comes-from.md
"""

from collections.abc import Mapping
from functools import reduce
from operator import and_
from typing import Any
from urllib.parse import quote

from app.access.acts import Act
from app.access.decision import decide
from app.errors import Forbidden, Malformed, NotFound, NotSupported
from app.fhir.bundle import Entry, bundle
from app.fhir.json_guard import encode, parse
from app.fhir.resource_types import RESOURCE_TYPES, Json
from app.fhir.rule import node_at, nodes, text
from app.interactions.parameters import asked_of
from app.interactions.placing import wanted
from app.interactions.read import NOT_HERE
from app.interactions.searching import read_query
from app.interactions.stamping import instant
from app.interactions.visit import Answer, Touched, Visit
from app.store.found import FoundRow
from app.store.history import Span, history
from app.store.permit import Permit
from app.store.resources import Row
from app.store.search import search
from app.store.writers import writers

_AT_ONCE = 200
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_ACTIVITY_BY_METHOD: Mapping[str, str] = {"POST": "CREATE", "DELETE": "DELETE"}


async def provenance(visit: Visit) -> Answer:
    """A Bundle: a Provenance made for each version, newest first, and then those stored about the
    entry. Raises NotFound where nothing of it may be seen."""
    ask, base = visit.ask, visit.record.fhir_base
    if ask.type is None or ask.id is None or not RESOURCE_TYPES[ask.type].person:
        raise NotSupported("$provenance is asked of one entry of a person: Goal/[id]/$provenance.")
    values = dict(asked_of(ask))
    if not {"_page"}.issuperset(values):
        raise Malformed("$provenance takes no parameters.")
    page = values.get("_page")
    rows, more = await history(
        visit.unit.fetch,
        visit.permit,
        Span((ask.type,), wanted(ask.type, ask.id)),
        page_size=_AT_ONCE,
        page=page,
        now=visit.now,
        page_key=visit.record.page_key,
        room=visit.record.room,
    )
    if not rows:
        raise NotFound(NOT_HERE)
    found = await writers(visit.unit.fetch, _permit(visit, "AuditEvent"), rows)
    entries = [
        Entry(resource=encode(_made(row, *found.get(row.version, ("", None))))) for row in rows
    ]
    where = f"{base}/{ask.type}/{quote(ask.id)}/$provenance"
    links = [("self", f"{where}?_page={page}" if page else where)]
    if more is not None:
        links.append(("next", f"{where}?_page={more}"))
    else:
        entries += [Entry(f"{base}/{one.type}/{one.id}", one.body) for one in await _stored(visit)]
    kept = reduce(and_, (row.labels for row in rows))  # as of a history
    touched = Touched(rows[0].person_id, ask.type, ask.id, None, kept)
    return Answer(200, bundle("collection", entries, links=links), touched=(touched,))


def _permit(visit: Visit, type: str) -> Permit | None:
    try:
        return decide(visit.caller, Act.SEARCH_TYPE, type)
    except Forbidden:
        return None


async def _stored(visit: Visit) -> list[FoundRow]:
    """The stored Provenances about the entry, as far as the caller may search for them."""
    permit = _permit(visit, "Provenance")
    if permit is None:
        return []
    asked = f"target={visit.ask.type}/{visit.ask.id}&_sort=-_lastUpdated"
    rows: list[FoundRow] = []
    page = ""
    while True:
        found = await search(
            visit.unit.fetch,
            permit,
            read_query(visit.record, "Provenance", asked + page),
            page_size=_AT_ONCE,
            now=visit.now,
            page_key=visit.record.page_key,
            fetch_planned=visit.unit.fetch_planned,
        )
        rows += found.rows
        if found.next_page is None:
            return rows
        page = f"&_page={found.next_page}"


def _made(row: Row, agent: str, event: bytes | None) -> Json:
    """What the record itself knows of one version; it has no id, as it is not stored. agent: who
    acted, by the log, or "". When it was said is not known, and not made up."""
    source = text(node_at(parse(row.body), "meta"), "source") if row.body else None
    if source is not None and source.partition("#")[0] != agent:
        agent, event = source.partition("#")[0], None
    code = _ACTIVITY_BY_METHOD.get(row.method, "CREATE" if row.version == 1 else "UPDATE")
    return {
        "resourceType": "Provenance",
        "target": [{"reference": f"{row.type}/{row.id}/_history/{row.version}"}],
        "recorded": instant(row.updated),
        "activity": {"coding": [{"system": f"{_TERMINOLOGY}/v3-DataOperation", "code": code}]},
        "agent": [_enterer(agent, parse(event) if event else {})],
    }


def _enterer(agent: str, event: Json) -> Json:
    """Who wrote it into the record, and for which organisation where a human being did."""
    code = {"system": f"{_TERMINOLOGY}/provenance-participant-type", "code": "enterer"}
    made: dict[str, Any] = {"type": {"coding": [code]}}
    who: Json = {"reference": agent} if "/" in agent else {"display": agent or "Not known"}
    asker = next((one for one in nodes(event, "agent") if one.get("requestor") is True), {})
    human = node_at(asker, "who")
    if "identifier" not in human:
        return {**made, "who": who}
    name = text(asker, "name")
    told = {**human, "display": name} if name else human
    return {**made, "who": told, "onBehalfOf": who}
