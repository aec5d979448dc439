"""The goals to look at again, because the person chose so, as they are told.

Pure: entries in, the list out. Source: docs/api.md, app/what_matters/review.py
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from app.fhir.resource_types import Json
from app.fhir.rule import node_at, text
from app.what_matters.contact import contact_of
from app.what_matters.goal import standing
from app.what_matters.links import link_of
from app.what_matters.naming import Names
from app.what_matters.progress import progress_of
from app.what_matters.review import Chosen, Due, Why, due, looked_at
from app.what_matters.telling import Words, words_of


@dataclass(frozen=True, slots=True)
class GoalToLookAt:
    """A goal to look at again. last: the day on which anybody did, and days since then."""

    entry: str
    words: Words
    standing: str
    why: Why
    last: str
    days: int


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """The goals to look at again, the one that has waited longest first. not_shown: what the token
    of who reads does not reach."""

    goals: tuple[GoalToLookAt, ...]
    not_shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looks:
    """The entries by which it is known when somebody looked. progress, contacts: about the
    goals."""

    goals: Sequence[Json]
    progress: Sequence[Json] = ()
    contacts: Sequence[Json] = ()


def to_look_at(
    looks: Looks, chosen: Mapping[str, Chosen], names: Names, now: datetime, zone: tzinfo
) -> tuple[GoalToLookAt, ...]:
    """Which of the goals to look at now. chosen: by goal. zone: of the days."""
    told = list(filter(None, map(progress_of, looks.progress)))
    contacts = list(filter(None, map(contact_of, looks.contacts)))
    looked = {
        link_of(goal): last
        for goal in looks.goals
        if (last := looked_at(goal, told, contacts, zone)) is not None
    }
    goals = {link_of(goal): goal for goal in looks.goals}
    today = now.astimezone(zone).date()
    return tuple(
        _told(goals[one.goal], one, (today - timedelta(one.days)).isoformat(), names)
        for one in due(looks.goals, looked, chosen, today)
    )


def _told(goal: Json, due: Due, last: str, names: Names) -> GoalToLookAt:
    words = words_of(goal, text(node_at(goal, "description"), "text") or "", names)
    return GoalToLookAt(link_of(goal), words, standing(goal).value, due.why, last, due.days)
