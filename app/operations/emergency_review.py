"""What follows an emergency: $emergency-access-list, -end and -review, and $notices.

They are operations beside the one that begins it, so that the person, the practitioner and the
privacy officer come by the same door with the tokens they have.
Source: fhir_profiles/OperationDefinition/emergency-access-list.json and its neighbours
"""

from datetime import datetime
from typing import Any

from app.access.acts import Act
from app.access.caller import Role
from app.access.decision import decide
from app.access.decision import people as records_of
from app.access.reviewer import check_reviewer, is_reviewer
from app.errors import Conflict, Forbidden, Invalid, Issue, Malformed, NotFound, NotSupported
from app.fhir.json_guard import encode
from app.fhir.library import BASE
from app.fhir.terminology import expansion, lookup
from app.interactions.parameters import (
    asked_of,
    in_words,
    moment_of,
    only,
    parameters_of,
    place_of,
)
from app.interactions.stamping import instant
from app.interactions.visit import Answer, Touched, Visit
from app.store import emergencies, notices
from app.store.emergencies import Emergency

_MOST = 500
_OUTCOMES = f"{BASE}/CodeSystem/emergency-outcome"
_NOT_HERE = "There is no such emergency access that you may see."


async def emergency_access_list(visit: Visit) -> Answer:
    """The person's own, with what came of them; the practitioner's own; for a reviewer, those that
    wait for a review."""
    _on_the_type(visit)
    if asked_of(visit.ask):
        raise Malformed("This operation takes no parameters.")
    caller, session = visit.caller, visit.unit.session
    match caller.role:
        case Role.PERSON:
            decide(caller, Act.READ, "Patient")
            found = await emergencies.listed(session, people=records_of(caller) or (), most=_MOST)
        case Role.PRACTITIONER:
            decide(caller, Act.READ, "Patient")
            found = await emergencies.listed(session, actor=caller.user, most=_MOST)
        case _:
            check_reviewer(caller)
            found = await emergencies.listed(session, most=_MOST)
    told = [_emergency(one, whole=caller.role is not Role.PERSON) for one in found]
    people = dict.fromkeys(one.person_id for one in found)
    touched = tuple(Touched(person, "Patient", person) for person in people)
    return _parameters(told, touched or (Touched(caller.person, "Patient", None),))


async def emergency_access_end(visit: Visit) -> Answer:
    """End one before its time: the practitioner, the person, or a reviewer."""
    _on_the_type(visit)
    id = only(parameters_of(visit.ask, "access"), "access")
    caller, unit = visit.caller, visit.unit
    if caller.role in (Role.PERSON, Role.PRACTITIONER):
        decide(caller, Act.READ, "Patient")
    else:
        check_reviewer(caller)
    async with unit.transaction():
        one = await emergencies.find(unit.session, id)
        is_theirs = one is not None and (
            one.person_id in (records_of(caller) or ())
            if caller.role is Role.PERSON
            else is_reviewer(caller) or one.actor == caller.user
        )
        if one is None or not is_theirs:
            raise NotFound(_NOT_HERE)
        if not await emergencies.end(unit.session, one, caller.user):
            raise Conflict("It has ended already.")
        await unit.audit(visit.audit([Touched(one.person_id, "Patient", one.person_id)], 200))
    return _parameters([], None)


async def emergency_access_review(visit: Visit) -> Answer:
    """Keep what a reviewer found, and let the person know."""
    _on_the_type(visit)
    check_reviewer(visit.caller)
    found = parameters_of(visit.ask, "access", "outcome", "explanation")
    codes = [one.code for one in expansion(f"{BASE}/ValueSet/emergency-outcome") or ()]
    outcome, unit = only(found, "outcome"), visit.unit
    if outcome not in codes:
        told = f"Say what you found by a code: {', '.join(codes)}."
        place = place_of("outcome")
        raise Invalid([Issue("code-invalid" if outcome else "required", told, place)])
    words = in_words(found, "explanation")
    async with unit.transaction():
        one = await emergencies.find(unit.session, only(found, "access"))
        if one is None:
            raise NotFound(_NOT_HERE)
        if one.reviewed is not None:
            raise Conflict("It was reviewed already.")
        await emergencies.review(unit.session, one, visit.caller.user, outcome, words)
        concept = lookup(_OUTCOMES, outcome)
        shown = concept.display if concept is not None and concept.display else outcome
        text = f'The emergency access of {one.name} was looked into: "{shown}".'
        await notices.tell(unit.session, one.person_id, one.id, {"person": text})
        await unit.audit(visit.audit([Touched(one.person_id, "Patient", one.person_id)], 200))
    return _parameters([], None)


async def tell_notices(visit: Visit) -> Answer:
    """What the person, or the privacy officer, has to be told, newest first. before: only what is
    older, to read on."""
    _on_the_type(visit)
    values = dict(asked_of(visit.ask))
    if values.keys() - {"before"}:
        raise Malformed("$notices takes before, an instant.")
    moment = moment_of(values, "before")
    before: datetime | None = moment[0] if moment else None
    caller, session = visit.caller, visit.unit.session
    match caller.role:
        case Role.PERSON:
            decide(caller, Act.READ, "Patient")
            found = await notices.read(
                session, "person", people=records_of(caller) or (), before=before, most=_MOST
            )
        case Role.PRIVACY_OFFICER | Role.ADMIN:
            check_reviewer(caller)
            found = await notices.read(
                session, "privacy-officer", people=None, before=before, most=_MOST
            )
        case _:
            raise Forbidden("Notices are for the person and for privacy officers alone.")
    told = [
        _part(
            "notice",
            ("made", "Instant", instant(one.made)),
            ("patient", "Reference", {"reference": f"Patient/{one.person_id}"}),
            ("about", "Id", one.about),
            ("text", "String", one.text),
            ("first-read", "Instant", instant(one.delivered)),
        )
        for one in found
    ]
    people = dict.fromkeys(one.person_id for one in found)
    touched = tuple(Touched(person, "Patient", person) for person in people)
    return _parameters(told, touched or (Touched(caller.person, "Patient", None),))


def _on_the_type(visit: Visit) -> None:
    if visit.ask.type != "Patient" or visit.ask.id is not None:
        raise NotSupported("This operation is asked of Patient as a whole, which names nobody.")


def _emergency(one: Emergency, *, whole: bool) -> dict[str, Any]:
    """whole: with the words of the practitioner and of the reviewer."""
    parts: list[tuple[str, str, Any]] = [
        ("access", "Id", one.id),
        ("patient", "Reference", {"reference": f"Patient/{one.person_id}"}),
        ("who", "String", one.name),
        ("organization", "Reference", {"reference": one.organization}),
        ("reason", "Code", one.reason),
        ("began", "Instant", instant(one.began)),
        ("until", "Instant", instant(min(one.until, one.ended or one.until))),
    ]
    if whole:
        parts.append(("explanation", "String", one.words))
    if one.outcome is not None and one.reviewed is not None:
        parts += [
            ("outcome", "Code", one.outcome),
            ("reviewed", "Instant", instant(one.reviewed)),
        ]
        if whole:
            parts.append(("outcome-explanation", "String", one.outcome_words))
    return _part("emergency", *parts)


def _part(name: str, *parts: tuple[str, str, Any]) -> dict[str, Any]:
    return {"name": name, "part": [{"name": n, f"value{kind}": v} for n, kind, v in parts]}


def _parameters(told: list[dict[str, Any]], touched: tuple[Touched, ...] | None) -> Answer:
    """touched: None where the audit is written already."""
    body: dict[str, Any] = {"resourceType": "Parameters"}
    if told:
        body["parameter"] = told
    return Answer(200, encode(body), touched=touched or (), audited=touched is None)
