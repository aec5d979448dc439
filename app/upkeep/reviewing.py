"""Before a child comes of an age, somebody looks with them at who acts for them by parental
responsibility; what happens on the day if nobody did is set by whoever runs the service.

Source: docs/decisions/0025-a-supporter-stands-somewhere-for-a-reason.md
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from app.errors import Refusal
from app.fhir.json_guard import parse
from app.fhir.labels import OURS
from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.interactions.stamping import instant
from app.interactions.visit import Record
from app.store import upkeep
from app.store.notices import Addressee, tell
from app.store.resources import Row
from app.store.unit import Unit
from app.store.upkeep import Asked, Candidate
from app.upkeep.step import create, held_entry, in_words, stand
from app.what_matters.supporter import (
    ACTIVE,
    DECLINED,
    ENDED,
    INVITED,
    PAUSED,
    REVIEW_AGREED,
    UNDER_REVIEW,
    Standing,
    called,
    is_by_parental_responsibility,
    reasons,
    standing_of,
)
from app.what_matters.supporter_reviews import Review, due

ZONE = ZoneInfo("Europe/London")
_AT_ONCE = 200
# Each page looks through all of them: fifty thousand parents take about three seconds.
_CANDIDATES_AT_ONCE = 2_000
_YEAR = timedelta(days=365)
_log = structlog.get_logger()


async def ask_for_reviews(record: Record, reviews: Sequence[Review], now: datetime) -> int:
    """How many reviews were asked for, each by a Task."""
    if not reviews:
        return 0
    asked, after = 0, ("", "")
    earliest = min(one.age * _YEAR - timedelta(days=one.days_before + 1) for one in reviews)
    while True:
        session = record.store.database.session()
        found = await upkeep.candidates(session, now - earliest, after, _CANDIDATES_AT_ONCE)
        for one in found:
            try:
                asked += await _ask_for(record, reviews, one, now)
            except Refusal as refusal:
                _log.warning("a review was not asked for", reason=str(refusal))
        if len(found) < _CANDIDATES_AT_ONCE:
            return asked
        after = found[-1].key


async def _ask_for(
    record: Record, reviews: Sequence[Review], one: Candidate, now: datetime
) -> bool:
    patient = parse(one.patient)
    found = due(reviews, text(patient, "birthDate") or "", now, ZONE)
    if found is None or _has_died(patient):
        return False
    review, turning = found
    # Whoever was written down after that day was looked at then.
    if review.age in one.ages or one.created >= turning:
        return False
    unit = record.store.unit()
    async with unit.transaction():
        row = await held_entry(unit, one.key)
        if row is None or await upkeep.is_asked_for(unit.session, one.key, review.age):
            return False
        owner = await _owner(unit, patient, now)
        made = await create(record, unit, _task(one, review.age, turning, owner, now))
        version = await _mark(record, unit, row)
        kept = Asked(one.person_id, one.supporter, review.age, made.id or "", version, turning)
        await upkeep.ask_for(unit.session, kept)
        notices = _notices(called(parse(row.body)), review, turning, owner)
        await tell(unit.session, one.person_id, one.supporter, notices)
    return True


async def _mark(record: Record, unit: Unit, row: Row) -> int:
    """The entry says that it is being looked at; the version from which on an answer counts."""
    if standing_of(parse(row.body)).state != ACTIVE:
        return row.version
    made = await stand(record, unit, row, Standing(ACTIVE, UNDER_REVIEW))
    return made.version or row.version


async def _owner(unit: Unit, patient: Json, now: datetime) -> str | None:
    """Who is asked: whoever looks after the record, the practice, or a team, in this order."""
    tied = await upkeep.organisations_tied(unit.session, patient["id"], now)
    named = [node_at(patient, "managingOrganization"), *nodes(patient, "generalPractitioner")]
    first = [text(one, "reference") or "" for one in named]
    return next((one for one in [*first, *tied] if one in tied), None)


def _task(one: Candidate, age: int, turning: datetime, owner: str | None, now: datetime) -> Json:
    """It names nobody: who may see the supporter's entry finds them by the focus."""
    label = {"system": OURS, "code": "hidden-from-supporters"}
    coding = {"system": f"{BASE}/CodeSystem/upkeep-task", "code": "supporter-review"}
    day = in_words(turning.astimezone(ZONE))
    told = (
        f"This person turns {age} on {day}. Please look with them at whether the supporter named "
        "here should go on seeing their record on the ground of parental responsibility. If so, "
        "write in that entry: active, because review-agreed. If not: ended, or another ground, "
        "such as that the person chooses them."
    )
    tree: dict[str, Any] = {
        "resourceType": "Task",
        "meta": {"security": [label]},
        "status": "requested",
        "intent": "order",
        "code": {"coding": [coding]},
        "description": told,
        "focus": {"reference": f"RelatedPerson/{one.supporter}"},
        "for": {"reference": f"Patient/{one.person_id}"},
        "authoredOn": instant(now),
        "restriction": {"period": {"end": f"{turning.astimezone(ZONE):%Y-%m-%d}"}},
    }
    return {**tree, "owner": {"reference": owner}} if owner else tree


def _notices(
    name: str, review: Review, turning: datetime, owner: str | None
) -> dict[Addressee, str]:
    day = in_words(turning.astimezone(ZONE))
    told: dict[Addressee, str] = {
        "person": f"You turn {review.age} on {day}. Somebody looks with you at whether {name} "
        "should go on seeing your record."
    }
    if owner is None:
        told["privacy-officer"] = (
            f"Somebody turns {review.age} on {day}, and a supporter of theirs is to be looked at. "
            "No organisation is on their team: please find one that does it."
        )
    return told


def _has_died(patient: Json) -> bool:
    return patient.get("deceasedBoolean") is True or "deceasedDateTime" in patient


async def settle_reviews(record: Record, reviews: Sequence[Review], now: datetime) -> int:
    """How many supporters were paused, as the day has come and nobody agreed."""
    paused, after = 0, ("", "")
    while True:
        session = record.store.database.session()
        found = await upkeep.open_reviews(session, now, after, _AT_ONCE)
        for one in found:
            try:
                paused += await _settle(record, reviews, one)
            except Refusal as refusal:
                _log.warning("a review was not settled", reason=str(refusal))
        if len(found) < _AT_ONCE:
            return paused
        after = (found[-1].person_id, found[-1].supporter)


async def _settle(record: Record, reviews: Sequence[Review], one: Asked) -> bool:
    unit = record.store.unit()
    async with unit.transaction():
        if not await upkeep.hold(unit.session, (one.person_id, one.supporter)):
            return False
        row = await held_entry(unit, (one.person_id, one.supporter))
        tree: Json = parse(row.body) if row is not None else {}
        outcome = await _outcome(unit, reviews, one, tree)
        if outcome is None or not await upkeep.settle(unit.session, one, outcome):
            return False
        was = standing_of(tree)
        if row is None or outcome != "paused" or _is_held(was):
            return False
        await stand(record, unit, row, Standing(PAUSED, UNDER_REVIEW))
        told = (
            f"{called(tree)} does not see your record for now: you have turned {one.age}, and "
            "nobody has looked at it with you yet. Whoever is on your team can do it, and then it "
            "goes on."
        )
        await tell(unit.session, one.person_id, one.supporter, {"person": told})
    return True


async def _outcome(unit: Unit, reviews: Sequence[Review], one: Asked, tree: Json) -> str | None:
    """What comes of a review whose day is here; None while it waits for an invitation."""
    state = standing_of(tree).state if tree else ENDED
    if state in (ENDED, DECLINED):
        return "ended"
    since = await upkeep.versions_since(unit.session, one)
    if any(standing_of(parse(body)).reason == REVIEW_AGREED for body in since):
        return "agreed"
    if not is_by_parental_responsibility(tree):
        return "another-ground"
    if all((one.age, "pause") != (each.age, each.unless_agreed) for each in reviews):
        return "kept"
    return None if state == INVITED else "paused"


def _is_held(was: Standing) -> bool:
    """Whether it does not go on anyway until somebody agrees."""
    reason = reasons().get(was.reason or "")
    return was.state == PAUSED and reason is not None and reason.left_by is not None
