"""$emergency-access: one practitioner sees one person's record for some hours, for a reason that
they state and that is looked into afterwards.

The right, its history, both notices and the audit are one transaction.
Source: fhir_profiles/OperationDefinition/emergency-access.json
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from app.access.audit import broken_glass
from app.access.decision import reach
from app.access.fresh_sign_in import check_practitioner
from app.errors import Conflict, Forbidden, Invalid, Issue, NotFound, NotSupported
from app.fhir.json_guard import encode, parse
from app.fhir.library import BASE
from app.fhir.resource_types import DIRECTORY, Json
from app.fhir.rule import text
from app.fhir.search_text import entry
from app.fhir.terminology import expansion, lookup
from app.interactions.parameters import in_words, only, parameters_of, place_of
from app.interactions.placing import wanted
from app.interactions.stamping import instant
from app.interactions.visit import Answer, Touched, Visit, audit_rows
from app.store.emergencies import Emergency, begin, people_named, present
from app.store.notices import tell

REASONS = f"{BASE}/CodeSystem/emergency-reason"
LASTS = timedelta(hours=4)
_NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
_NOBODY = "Nobody in this record is known by that. Look at the number and the date of birth again."


async def emergency_access(visit: Visit) -> Answer:
    """A Parameters with the person, until when, and the id of the access. Raises Forbidden for
    anybody but a practitioner who has just signed in, Invalid without a reason."""
    ask, unit = visit.ask, visit.unit
    if ask.type != "Patient" or ask.id is not None:
        raise NotSupported("Send this to Patient/$emergency-access, which names nobody.")
    found = parameters_of(ask, "patient", "nhs-number", "birth-date", "reason", "explanation")
    async with unit.transaction():
        now = await present(unit.session)
        check_practitioner(visit.caller, now)
        reason, words = _reason(found)
        person_id = await _person(visit, found)
        name = visit.caller.name or "A practitioner"
        until = now + LASTS
        one = Emergency(
            person_id,
            secrets.token_hex(16),
            visit.caller.user,
            name,
            visit.caller.agent,
            reason,
            words,
            now,
            until,
            *(None,) * 4,
        )
        await begin(unit.session, one)
        who = f"{name}, of {await _organization(visit)},"
        await tell(unit.session, person_id, one.id, _notices(who, one))
        # The person reads this. What the practitioner wrote is for the review, and may name others.
        purposes = {person_id: broken_glass(REASONS, reason)}
        touched = [Touched(person_id, "Patient", person_id)]
        await unit.audit(
            audit_rows(visit.record, visit.caller, ask, visit.now, touched, 200, purposes=purposes)
        )
    visit.record.emergencies.note(visit.caller, visit.now)
    told: list[dict[str, Any]] = [
        {"name": "patient", "valueReference": {"reference": f"Patient/{person_id}"}},
        {"name": "access", "valueId": one.id},
        {"name": "until", "valueInstant": instant(until)},
    ]
    return Answer(200, encode({"resourceType": "Parameters", "parameter": told}), audited=True)


def _reason(found: dict[str, list[str]]) -> tuple[str, str]:
    """(code, words). Raises Invalid with all that is missing."""
    codes = [one.code for one in expansion(f"{BASE}/ValueSet/emergency-reason") or ()]
    issues = []
    code = only(found, "reason")
    if code not in codes:
        told = f"Say why by a code: {', '.join(codes)}."
        issues.append(Issue("code-invalid" if code else "required", told, place_of("reason")))
    try:
        words = in_words(found, "explanation")
    except Invalid as refusal:
        issues += refusal.issues
    if issues:
        raise Invalid(issues)
    return code, words


async def _person(visit: Visit, found: dict[str, list[str]]) -> str:
    """Whose record. Raises NotFound unless one Patient fits exactly."""
    patient = only(found, "patient").removeprefix("Patient/")
    number, born = only(found, "nhs-number").replace(" ", ""), only(found, "birth-date")
    if bool(patient) == bool(number and born) or bool(number) != bool(born):
        told = "Name the person by patient alone, or by nhs-number and birth-date together."
        raise Invalid([Issue("required", told, "Parameters.parameter")])
    rows = await people_named(
        visit.unit.session,
        id=patient or None,
        token=entry("identifier", f"{_NHS_NUMBER}|{number}") if number else None,
    )
    fitting = [
        row["person_id"]
        for row in rows
        if not born or text(parse(row["body"]), "birthDate") == born
    ]
    if not fitting:
        raise NotFound(_NOBODY)
    if len(fitting) > 1:
        raise Conflict("Several records have this number and date of birth. Name one by patient.")
    person_id: str = fitting[0]
    if visit.permit.people is not None and person_id not in visit.permit.people:
        raise Forbidden("The token is about another person.")
    return person_id


async def _organization(visit: Visit) -> str:
    """What the practitioner's organisation is called."""
    id = visit.caller.organization or ""
    row = await visit.unit.read(reach(visit.caller), wanted("Organization", id))
    body: Json = (
        parse(row.body) if row is not None and row.person_id == DIRECTORY and row.body else {}
    )
    return text(body, "name") or "an organisation"


def _notices(who: str, one: Emergency) -> dict[Any, str]:
    concept = lookup(REASONS, one.reason)
    why = concept.display if concept is not None and concept.display else one.reason
    opened = f"{who} opened {{}} in an emergency on {_told(one.began)}, until {_told(one.until)}."
    return {
        "person": opened.format("your record")
        + f' The reason they chose: "{why}". A privacy officer looks into it.',
        "privacy-officer": opened.format("a record")
        + f' The reason they chose: "{why}". In their words: "{one.words}". Please review it.',
    }


def _told(moment: datetime) -> str:
    return f"{moment:%d %B %Y at %H:%M} UTC".lstrip("0")
