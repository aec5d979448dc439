"""How close a person is to a goal, and which way it is moving, told in the way they chose: in
their own words, from 0 to 10, or in five steps.

Spec: fhir_profiles/StructureDefinition/progress.json
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from app.fhir.date_ranges import date_range
from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import has_coding, node_at, nodes, text
from app.what_matters.attainment import is_first_score, is_score, level_of
from app.what_matters.links import linked

PROGRESS = f"{BASE}/CodeSystem/progress"
ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
_ERROR = frozenset(("entered-in-error", "cancelled"))


class Way(StrEnum):
    """How it is told: the codes of `goal-measured-by`."""

    OWN_WORDS = "own-words"
    ZERO_TO_TEN = "zero-to-ten"
    FIVE_STEPS = "five-steps"


class Voice(StrEnum):
    """Who says so."""

    PERSON = "person"
    SUPPORTER = "supporter"
    WORKER = "worker"


class Direction(StrEnum):
    """Which way it is moving."""

    NEARER = "nearer"
    SAME = "about the same"
    FURTHER = "further away"


DIRECTION_BY_ACHIEVEMENT: Mapping[str, Direction] = MappingProxyType(
    {
        "improving": Direction.NEARER,
        "achieved": Direction.NEARER,
        "sustaining": Direction.SAME,
        "no-change": Direction.SAME,
        "no-progress": Direction.SAME,
        "worsening": Direction.FURTHER,
    }
)
_VOICE_BY_TYPE = {
    "Patient": Voice.PERSON,
    "RelatedPerson": Voice.SUPPORTER,
    "Practitioner": Voice.WORKER,
    "PractitionerRole": Voice.WORKER,
}


@dataclass(frozen=True, slots=True)
class Progress:
    """What was told once about one goal. number: 0 to 10, -2 to +2, or None for own words alone.

    words: what they said, or said besides. is_first: the score from the start of five steps.
    """

    goal: str
    when: datetime
    voice: Voice
    way: Way
    number: int | None
    words: str
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Movement:
    """Where a goal is by one voice and one way of telling. latest: the last told.

    since_last, since_start: None when nothing was told before, or it is told without a number.
    change: from the first number to the last, in points or steps; None likewise.
    """

    latest: Progress
    since_last: Direction | None
    since_start: Direction | None
    change: int | None


def progress_of(observation: Json) -> Progress | None:
    """What an Observation tells about one goal; None when it is not progress, or was a mistake."""
    goals = linked(observation, "focus", "Goal")
    span = date_range(text(observation, "effectiveDateTime") or "")
    if len(goals) != 1 or span is None or text(observation, "status") in _ERROR:
        return None
    told = _told(observation)
    if told is None:
        return None
    way, number, words = told
    return Progress(
        goal=goals[0],
        when=span[0],
        voice=_voice(linked(observation, "performer")),
        way=way,
        number=number,
        words=words,
        is_first=way is Way.FIVE_STEPS and is_first_score(observation),
    )


def direction(before: int, after: int) -> Direction:
    """Which way a goal moved between two numbers of one kind. Any whole point or step counts: no
    published threshold for a true change is borrowed here."""
    if after == before:
        return Direction.SAME
    return Direction.NEARER if after > before else Direction.FURTHER


def movement(
    told: Iterable[Progress], goal: str, way: Way, voice: Voice = Voice.PERSON
) -> Movement | None:
    """How one goal moves, by one voice; None when that voice said nothing in this way.

    The score from the start of five steps is everybody's to compare with, whoever gave it.
    """
    series = sorted(
        (
            one
            for one in told
            if one.goal == goal and one.way is way and (one.voice is voice or one.is_first)
        ),
        key=lambda one: one.when,
    )
    if not any(one.voice is voice for one in series):
        return None
    *earlier, latest = series
    first = earlier[0].number if earlier else None
    last = earlier[-1].number if earlier else None
    if latest.number is None or first is None or last is None:
        return Movement(latest, None, None, None)
    return Movement(
        latest,
        direction(last, latest.number),
        direction(first, latest.number),
        latest.number - first,
    )


def stated_direction(goal: Json) -> Direction | None:
    """Which way the Goal itself says it is moving; for one that is told in own words alone."""
    for coding in nodes(node_at(goal, "achievementStatus"), "coding"):
        if coding.get("system") == ACHIEVEMENT:
            return DIRECTION_BY_ACHIEVEMENT.get(text(coding, "code") or "")
    return None


def _told(observation: Json) -> tuple[Way, int | None, str] | None:
    """(way, number, words) by the code; None when the value does not fit it."""
    notes = " ".join(text(one, "text") or "" for one in nodes(observation, "note")).strip()
    if is_score(observation):
        level = level_of(observation)
        return None if level is None else (Way.FIVE_STEPS, level, notes)
    if has_coding(observation, "code", PROGRESS, frozenset(("how-close",))):
        number = observation.get("valueInteger")
        is_right = type(number) is int and 0 <= number <= 10
        return (Way.ZERO_TO_TEN, number, notes) if is_right else None
    if has_coding(observation, "code", PROGRESS, frozenset(("own-words",))):
        words = text(observation, "valueString")
        return None if words is None else (Way.OWN_WORDS, None, words)
    return None


def _voice(performers: Iterable[str]) -> Voice:
    """Whose word it is: the person's where they are among those who say so, then a supporter's."""
    found = {_VOICE_BY_TYPE.get(one.partition("/")[0]) for one in performers}
    return next((one for one in Voice if one in found), Voice.WORKER)
