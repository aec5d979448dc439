"""$quarantine and $quarantine-lift: entries that are about somebody else are set apart in one step,
from everyone but reviewers, until a reviewer puts them back. Nothing is lost.

Source: fhir_profiles/OperationDefinition/quarantine.json
"""

from collections.abc import Sequence

from app.access.caller import Role
from app.access.relationship import RIGHTS_TYPES, rights_of
from app.access.reviewer import check_reviewer
from app.errors import Conflict, Forbidden, Invalid, Issue, NotFound, NotSupported
from app.fhir.date_ranges import date_range
from app.fhir.json_guard import encode, parse
from app.fhir.labels import Label
from app.fhir.resource_types import RESOURCE_TYPES
from app.interactions.parameters import in_words, only, parameters_of, place_of
from app.interactions.placing import wanted
from app.interactions.read import NOT_HERE
from app.interactions.visit import Answer, Touched, Visit
from app.operations.freeze import require_professional
from app.store import quarantines
from app.store.notices import Addressee, tell
from app.store.resources import Row
from app.store.rights_again import replace_rights

_MAY = frozenset((Role.SYSTEM, Role.PRACTITIONER, Role.ADMIN))
_MOST = 1_000
_MOST_NAMED = 20
_APART = "Some of this is set apart already."
_TOLD_TO_THE_PERSON = (
    "Something in your record seemed to be about somebody else, and was set apart. A privacy "
    "officer looks into it."
)


async def quarantine(visit: Visit) -> Answer:
    """A Parameters with the id of the step and how many entries it set apart. Raises NotFound for
    what the caller may not see."""
    person_id = visit.ask.id
    if visit.ask.type != "Patient" or person_id is None:
        raise NotSupported("This is asked of one person: Patient/[id]/$quarantine.")
    if visit.caller.role not in _MAY:
        raise Forbidden("Only an organisation that the person has to do with may do this.")
    found = parameters_of(visit.ask, "entry", "organization", "date", "explanation")
    unit = visit.unit
    async with unit.transaction():
        patient = await unit.read(visit.permit, wanted("Patient", person_id))
        if patient is None or patient.deleted:
            raise NotFound(NOT_HERE)
        reason = in_words(found, "explanation")
        rows = await _entries(visit, person_id, found)
        if any(row.author != visit.caller.agent for row in rows):
            await require_professional(visit, person_id)
        by = f"{visit.caller.agent} {visit.caller.user}"
        keys = [(row.type, row.id) for row in rows]
        step = await quarantines.set_apart(unit.session, person_id, keys, by, reason)
        if step is None:
            raise Conflict(_APART)
        await tell(unit.session, person_id, step, _notices(visit, rows, reason))
        touched = [Touched(person_id, row.type, row.id, row.version, row.labels) for row in rows]
        await unit.audit(visit.audit(touched, 200))
    told = [
        {"name": "quarantine", "valueId": step},
        {"name": "entries", "valueInteger": len(rows)},
    ]
    return Answer(200, encode({"resourceType": "Parameters", "parameter": told}), audited=True)


async def quarantine_lift(visit: Visit) -> Answer:
    """Put back what one step set apart."""
    if visit.ask.type != "Patient" or visit.ask.id is not None:
        raise NotSupported("Send this to Patient/$quarantine-lift, which names nobody.")
    check_reviewer(visit.caller)
    found = parameters_of(visit.ask, "quarantine", "explanation")
    reason, unit = in_words(found, "explanation"), visit.unit
    by, base = f"{visit.caller.agent} {visit.caller.user}", visit.record.fhir_base
    async with unit.transaction():
        back = await quarantines.lift(unit.session, only(found, "quarantine"), by, reason)
        if not back:
            raise NotFound("Nothing is set apart by that step.")
        for one in back:
            if one.type in RIGHTS_TYPES and one.body:
                rights = rights_of(parse(one.body), one.author, base)
                await replace_rights(unit.session, one, rights)
        touched = [
            Touched(one.person_id, one.type, one.id, one.version, one.labels) for one in back
        ]
        await unit.audit(visit.audit(touched, 200))
    told = [{"name": "entries", "valueInteger": len(back)}]
    return Answer(200, encode({"resourceType": "Parameters", "parameter": told}), audited=True)


async def _entries(visit: Visit, person_id: str, found: dict[str, list[str]]) -> list[Row]:
    """The entries meant, each once. Raises Invalid for none, NotFound for one not seen here."""
    organization, date = only(found, "organization"), only(found, "date")
    if bool(found["entry"]) == bool(organization and date) or bool(organization) != bool(date):
        told = "Name each entry by entry, or all that one organization wrote on one date."
        raise Invalid([Issue("required", told, "Parameters.parameter")])
    names = found["entry"] or await _written(visit, person_id, organization, date)
    keys = [(type, id) for type, _, id in (one.partition("/") for one in dict.fromkeys(names))]
    if not keys:
        raise NotFound("That organisation wrote nothing here on that day that you may see.")
    if len(keys) > _MOST:
        told = f"This sets {_MOST} entries apart at the most. Name them by several steps."
        raise Invalid([Issue("too-costly", told, "Parameters.parameter")])
    if any(type == "Patient" for type, _ in keys):
        told = "Who the person is cannot be set apart. Set their entries apart instead."
        raise Invalid([Issue("business-rule", told, place_of("entry"))])
    if any(type not in RESOURCE_TYPES for type, _ in keys):
        told = "An entry is named by its type and id, such as Goal/7."
        raise Invalid([Issue("value", told, place_of("entry"))])
    rows = await visit.unit.read_many(visit.permit, [wanted(type, id) for type, id in keys])
    here = [row for row in rows if row is not None and row.person_id == person_id]
    if len(here) != len(keys):
        raise NotFound(NOT_HERE)
    if any(row.labels & Label.QUARANTINED for row in here):
        raise Conflict(_APART)
    return here


async def _written(visit: Visit, person_id: str, organization: str, date: str) -> list[str]:
    span = date_range(date)
    if span is None or len(date) != len("2026-03-01"):
        raise Invalid([Issue("value", "date is one day, such as 2026-03-01.", place_of("date"))])
    author = f"Organization/{organization.removeprefix('Organization/')}"
    session, permit = visit.unit.session, visit.permit
    keys = await quarantines.written_on(session, permit, person_id, author, *span)
    return [f"{type}/{id}" for type, id in keys]


def _notices(visit: Visit, rows: Sequence[Row], reason: str) -> dict[Addressee, str]:
    """A person is not told of what was hidden from them."""
    names = [f"{row.type}/{row.id}" for row in rows]
    named = ", ".join(names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    who = visit.caller.name or visit.caller.agent
    told: dict[Addressee, str] = {
        "privacy-officer": f"{who} set apart {named}{more}, as about somebody else. In their "
        f'words: "{reason}". Please look into it.'
    }
    if not all(row.labels & Label.HIDDEN_FROM_PERSON for row in rows):
        told["person"] = _TOLD_TO_THE_PERSON
    return told
