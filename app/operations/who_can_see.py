"""$who-can-see: which organisations and supporters would see an entry, or how much of a record.

What answers is the clause that every read is kept by, asked once for each of them.
Source: fhir_profiles/OperationDefinition/who-can-see.json
"""

from typing import Any

from app.access.caller import Role
from app.access.decision import permit_of_party, reach
from app.errors import Forbidden, Malformed, NotFound, NotSupported
from app.fhir.json_guard import encode, parse
from app.fhir.resource_types import DIRECTORY, RESOURCE_TYPES, Json
from app.fhir.terminology import expansion
from app.interactions.parameters import asked_of
from app.interactions.placing import wanted
from app.interactions.read import NOT_HERE
from app.interactions.visit import Answer, Touched, Visit
from app.store.who_can_see import parties
from app.store.who_can_see import who_can_see as how_many_seen
from app.what_matters.naming import name_of

_MAY_ASK = frozenset((Role.PERSON, Role.ADMIN))
_USES = "https://whatmatters.example/fhir/ValueSet/sharing-purpose"


async def who_can_see(visit: Visit) -> Answer:
    """A Parameters with one `party` for each organisation and supporter. Raises NotFound for what
    is not there, Forbidden for who is not the person."""
    ask = visit.ask
    if ask.type is None or ask.id is None or not RESOURCE_TYPES[ask.type].person:
        raise NotSupported(
            "$who-can-see is asked of one entry of a person: Goal/[id]/$who-can-see."
        )
    if asked_of(ask):
        raise Malformed("$who-can-see takes no parameters.")
    row = await visit.unit.read(visit.permit, wanted(ask.type, ask.id))
    if row is None or row.deleted or row.person_id == DIRECTORY:
        raise NotFound(NOT_HERE)
    if visit.caller.role not in _MAY_ASK:
        raise Forbidden("Who can see what is for the person to know: ask with their own token.")
    whole = ask.type == "Patient"
    uses = ["", *(one.code for one in expansion(_USES) or ())]
    records = await visit.unit.records_of(row.person_id)
    asker = reach(visit.caller)
    found = await parties(visit.unit.fetch, asker, records)
    permits = [permit_of_party(name, records, purpose) for name, _ in found for purpose in uses]
    seen = await how_many_seen(
        visit.unit.fetch,
        asker,
        permits,
        records if whole else (row.person_id,),
        *((None, None) if whole else (row.type, row.id)),
    )
    told = []
    for n, (name, body) in enumerate(found):
        counts = dict(zip(uses, seen[n * len(uses) :], strict=False))
        told.append(_party(name, parse(body), counts, whole=whole))
    body = encode({"resourceType": "Parameters", "parameter": told})
    touched = Touched(row.person_id, row.type, row.id, row.version, row.labels)
    return Answer(200, body, touched=(touched,))


def _party(name: str, body: Json, seen_by_use: dict[str, int], *, whole: bool) -> Json:
    """What one of them would see without saying what for, and the uses for which it is more."""
    plainly = seen_by_use[""]
    parts: list[dict[str, Any]] = [
        {"name": "who", "valueReference": {"reference": name, "display": _named(body)}},
        {"name": "sees", "valueBoolean": plainly > 0},
    ]
    if whole:
        parts.append({"name": "entries", "valueInteger": plainly})
    parts += [
        {"name": "also-for", "valueCode": use}
        for use, count in seen_by_use.items()
        if count > plainly
    ]
    return {"name": "party", "part": parts}


def _named(body: Json) -> str:
    is_organisation = body["resourceType"] == "Organization"
    return name_of(body) or ("An organisation" if is_organisation else "A supporter")
