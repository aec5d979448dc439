"""$invite-supporter: the person asks somebody to help them, by a code that is shown once.

On a ground in law an organisation on the team invites; nobody else does.
Source: fhir_profiles/OperationDefinition/invite-supporter.json
"""

import secrets
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from app.access.acts import Act
from app.access.caller import Role
from app.access.decision import decide, reach
from app.errors import Forbidden, Invalid, Issue, NotFound, NotSupported
from app.fhir.date_ranges import date_range
from app.fhir.json_guard import encode
from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.interactions.parameters import only, parameters_of, place_of
from app.interactions.perform import perform
from app.interactions.placing import wanted
from app.interactions.read import NOT_HERE
from app.interactions.stamping import instant
from app.interactions.visit import Answer, Touched, Visit
from app.store.supporter_invitations import invite
from app.store.ties import people_tied
from app.what_matters.invitation_code import RANDOM_BYTES, digest, spelled
from app.what_matters.supporter import BASIS, INVITED, PROFILE, Standing, with_standing

GOOD_FOR = timedelta(days=14)
_ZONE = ZoneInfo("Europe/London")
_BASES = f"{BASE}/CodeSystem/supporter-basis"
_BY_THE_PERSON = ("chosen-by-person", "advocate")
_BY_LAW = (
    "parental-responsibility",
    "attorney-health",
    "attorney-money",
    "court-deputy",
    "advocate",
    "best-interests",
)
_MAY = frozenset((Role.PERSON, Role.SYSTEM, Role.PRACTITIONER))
_MOST_LETTERS = 200
_NAMES = ("name", "relationship", "basis", "start", "end", "phone", "email")


async def invite_supporter(visit: Visit) -> Answer:
    """A Parameters with the supporter, the code and until when it is good. Raises Forbidden for who
    may not invite, Invalid with all that is missing."""
    caller, person_id = visit.caller, visit.ask.id
    if visit.ask.type != "Patient" or person_id is None:
        raise NotSupported("This is asked of one person: Patient/[id]/$invite-supporter.")
    if caller.role not in _MAY:
        raise Forbidden("The person invites who helps them, and nobody else does for them.")
    decide(caller, Act.CREATE, "RelatedPerson")
    found = parameters_of(visit.ask, *_NAMES)
    async with visit.unit.transaction():
        patient = await visit.unit.read(reach(caller), wanted("Patient", person_id))
        if patient is None or patient.deleted:
            raise NotFound(NOT_HERE)
        await _require_lasting_tie(visit, person_id)
        tree = _entry(visit, person_id, found)
        ask = replace(visit.ask, act=Act.CREATE, type="RelatedPerson", id=None, tree=tree, body=b"")
        made = await perform(visit.record, caller, ask, visit.unit)
        code = spelled(secrets.token_bytes(RANDOM_BYTES))
        until = await invite(
            visit.unit.session,
            person_id,
            made.id or "",
            code=digest(code),
            by=caller.user,
            lasts=GOOD_FOR,
        )
        await visit.unit.audit(visit.audit([Touched(person_id, "Patient", person_id)], 200))
    told: list[dict[str, Any]] = [
        {"name": "supporter", "valueReference": {"reference": f"RelatedPerson/{made.id}"}},
        {"name": "code", "valueString": code},
        {"name": "until", "valueInstant": instant(until)},
    ]
    return Answer(200, encode({"resourceType": "Parameters", "parameter": told}), audited=True)


async def _require_lasting_tie(visit: Visit, person_id: str) -> None:
    caller = visit.caller
    if caller.role is Role.PERSON:
        return
    tied = await people_tied(visit.unit.session, [person_id], caller.agent, lasting=True)
    if person_id not in tied:
        raise Forbidden(
            "On a ground in law, an organisation on the person's team invites, or one that looks "
            "after their record."
        )


def _entry(visit: Visit, person_id: str, found: dict[str, list[str]]) -> Json:
    """The RelatedPerson that is invited. Raises Invalid with every fault."""
    is_person = visit.caller.role is Role.PERSON
    today = visit.now.astimezone(_ZONE).date()
    issues = [
        *_of_words(found),
        *_of_basis(only(found, "basis"), is_person=is_person),
        *_of_period(only(found, "start"), only(found, "end"), today),
    ]
    if issues:
        raise Invalid(issues)
    end = only(found, "end")
    contacts = [(kind, only(found, kind)) for kind in ("phone", "email") if only(found, kind)]
    telecom = [{"system": kind, "value": value} for kind, value in contacts]
    coding = {"system": _BASES, "code": only(found, "basis")}
    tree: Json = {
        "resourceType": "RelatedPerson",
        "meta": {"profile": [PROFILE]},
        "extension": [{"url": BASIS, "valueCodeableConcept": {"coding": [coding]}}],
        "active": False,
        "patient": {"reference": f"Patient/{person_id}"},
        "relationship": [{"text": only(found, "relationship")}],
        "name": [{"text": only(found, "name")}],
        **({"telecom": telecom} if telecom else {}),
        "period": {"start": only(found, "start") or f"{today}", **({"end": end} if end else {})},
    }
    reason = "invited-by-person" if is_person else "invited-on-legal-ground"
    return with_standing(tree, Standing(INVITED, reason))


def _of_words(found: dict[str, list[str]]) -> Iterator[Issue]:
    for name, needed in (("name", 1), ("relationship", 1), ("phone", 0), ("email", 0)):
        words = only(found, name)
        if not needed <= len(words) <= _MOST_LETTERS or not words.isprintable():
            told = f"Give {name} in words, with {_MOST_LETTERS} letters at the most."
            yield Issue("value" if words else "required", told, place_of(name))


def _of_basis(basis: str, *, is_person: bool) -> Iterator[Issue]:
    fitting = _BY_THE_PERSON if is_person else _BY_LAW
    if basis in fitting:
        return
    whose = "The person" if is_person else "An organisation"
    told = f"{whose} invites on one of these grounds: {', '.join(fitting)}."
    if is_person and basis in _BY_LAW:
        told += (
            " On a ground in law, an organisation on the team invites, which has seen the paper."
        )
    if not is_person and basis in _BY_THE_PERSON:
        told += " Whom the person chooses, they invite with their own sign-in."
    yield Issue("business-rule" if basis else "required", told, place_of("basis"))


def _of_period(start: str, end: str, today: date) -> Iterator[Issue]:
    days = {name: _day(text) for name, text in (("start", start), ("end", end)) if text}
    for name, day in days.items():
        if day is None:
            yield Issue("value", f"Give {name} as a day, such as 2027-03-01.", place_of(name))
    first, last = days.get("start") or today, days.get("end")
    if first < today:
        told = "An invitation begins today or later: nobody helped before they were asked."
        yield Issue("business-rule", told, place_of("start"))
    if last is not None and last < max(first, today):
        told = "The last day comes after the first, and is not over yet."
        yield Issue("business-rule", told, place_of("end"))


def _day(text: str) -> date | None:
    span = date_range(text) if len(text) == len("2027-03-01") else None
    return span[0].date() if span else None
