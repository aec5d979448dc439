"""Tell it once, in figures: how often what one organisation wrote was read by another instead of
being asked again, how often the person had to repeat themselves, and how long they waited.

Pure: plain rows in (from the audit, the contacts and the requests for help), figures out. They are
exact, and about one person or about many; small ones must be hidden before anybody else sees them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from app.fhir.date_ranges import date_range
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, text
from app.what_matters.contact import Contact
from app.what_matters.help_chain import Chain
from app.what_matters.links import goals_of
from app.what_matters.request_for_help import State, state_of

_DAY = 86_400
_NO_ANSWER = frozenset(
    (State.NOT_ASKED_YET, State.ASKED, State.OFFERED, State.TAKEN_BACK, State.MISTAKE)
)


@dataclass(frozen=True, slots=True)
class Read:
    """An entry that was read, and how many times. written_by, read_by: organisations, "" for the
    person themself and for a supporter, who belong to none. when: the last time."""

    entry: str
    written_by: str
    read_by: str
    when: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class ToldOnce:
    """read_elsewhere: reads by another organisation than wrote it. entries_read_elsewhere: how many
    entries these were. told_again, not_again: contacts at which the person had to tell it again,
    and at which they did not; those that do not say are in neither."""

    read_elsewhere: int
    entries_read_elsewhere: int
    contacts: int
    told_again: int
    not_again: int


@dataclass(frozen=True, slots=True)
class GoalJourney:
    """One goal's way. touch_points: contacts about it. hand_offs: of the requests about it."""

    goal: str
    touch_points: int
    organisations: int
    hand_offs: int
    told_again: int


@dataclass(frozen=True, slots=True)
class Wait:
    """One request. None where nobody has answered, or the person has not said that it helped."""

    asked: datetime
    answered: datetime | None = None
    helped: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waits:
    """Many requests. Days are medians, None of nothing; the time of those still waiting is not in
    them, so how many these are stands beside."""

    requests: int
    answered: int
    days_to_answer: float | None
    helped: int
    days_to_helped: float | None


def told_once(reads: Iterable[Read], contacts: Iterable[Contact]) -> ToldOnce:
    """How often it was enough to tell it once. What a person wrote themself counts as read
    elsewhere whoever reads it; what they read themself never does."""
    elsewhere = [one for one in reads if one.read_by and one.read_by != one.written_by]
    every = list(contacts)
    answers = [one.told_again for one in every]
    return ToldOnce(
        sum(one.times for one in elsewhere),
        len({one.entry for one in elsewhere}),
        len(every),
        answers.count(True),
        answers.count(False),
    )


def journey_of(goal: str, contacts: Iterable[Contact], chains: Iterable[Chain]) -> GoalJourney:
    """Touch points, hand-offs, organisations and times told again, of one goal (`Goal/7`)."""
    about = [one for one in contacts if goal in one.goals]
    return GoalJourney(
        goal,
        len(about),
        len({one.organisation for one in about} - {""}),
        sum(chain.hand_offs for chain in chains if goal in goals_of(chain.request)),
        sum(one.told_again is True for one in about),
    )


def wait_of(request: Json, versions: Iterable[Json]) -> Wait | None:
    """How long one request waited. versions: every version of every Task on it.

    An answer is a yes or a no; that somebody is looking at it is none. None for a request that
    does not say when it was asked.
    """
    asked = _moment(text(request, "authoredOn"))
    if asked is None:
        return None
    answered: list[datetime] = []
    helped: list[datetime] = []
    for task in versions:
        changed = text(task, "lastModified") or text(node_at(task, "meta"), "lastUpdated")
        when, state = _moment(changed), state_of(task)
        if when is not None and state not in _NO_ANSWER:
            answered.append(when)
            helped += [when] if state is State.HELPED else []
    return Wait(asked, min(answered, default=None), min(helped, default=None))


def waits(every: Iterable[Wait]) -> Waits:
    """The waits of many requests; one that ends before it begins counts as none at all."""
    some = list(every)
    to_answer = [_days(one.asked, one.answered) for one in some if one.answered is not None]
    to_helped = [_days(one.asked, one.helped) for one in some if one.helped is not None]
    return Waits(
        len(some),
        len(to_answer),
        median(to_answer) if to_answer else None,
        len(to_helped),
        median(to_helped) if to_helped else None,
    )


def _days(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds() / _DAY)


def _moment(written: str | None) -> datetime | None:
    span = date_range(written or "")
    return None if span is None else span[0]
