"""The three measures of Person-Centered Outcomes, for one person and for a set of people.

Population: people who are 18 or over on the first day of the period. Nobody is left out of it for
any other reason: the guide means people with a complex care need, and does not say how to tell.
1 Goal identification: a goal of what matters that began in the period, is measured (five steps or
  a named measure), has a plan, and has a first score.
2 Goal follow-up: such a goal, and a score about it two to twenty-six weeks after it began.
3 Goal achievement: such a goal, and a score on the five steps in that time that is 0 or more.
The denominator of all three is the population, and there are no exclusions.

Source: https://hl7.org/fhir/us/pco/ (CQL GoalIdentificationMeasure and GoalFollowUpMeasure; the
third is stated there in words alone, with "achieved" as a score of 0 or more).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.fhir.resource_types import Json
from app.fhir.rule import text
from app.what_matters.age import is_at_least
from app.what_matters.attainment import is_achieved, is_score, level_of
from app.what_matters.likeness import is_whole
from app.what_matters.links import link_of
from app.what_matters.pco_goal import Person, counts, has_plan, is_measured, is_pco_goal, scores_of
from app.what_matters.period import Period

ADULT = 18


class Why(StrEnum):
    """Why a goal, or a person, does not count further. The first that holds is told."""

    UNDER_18 = "They are not 18 yet on the first day of the period."
    AGE_UNKNOWN = "Their date of birth does not say whether they are 18 yet."
    NOT_OF_WHAT_MATTERS = (
        "Nothing says that it is about what matters: no part of life, no category, no link to what "
        "matters to the person."
    )
    NO_START = "It does not say the day it began."
    NOT_BEGUN_IN_PERIOD = "It did not begin in the period."
    NOT_MEASURED = "It has no five steps and no named measure."
    NO_PLAN = "No plan is about it."
    NO_FIRST_SCORE = "It has no score from before the time for follow-up."
    NO_FOLLOW_UP = "It has no score in the time for follow-up."
    NOT_ACHIEVED = "No score in the time for follow-up is 0 or more."


@dataclass(frozen=True, slots=True)
class GoalMeasures:
    """What one goal counts for. why: the first thing it lacks, or None when it lacks nothing."""

    goal: str
    identified: bool
    followed_up: bool
    achieved: bool
    why: Why | None


@dataclass(frozen=True, slots=True)
class PersonMeasures:
    """What one person counts for; in_population is the denominator of all three.

    why: the reason they are not in it. goals: each of theirs, whether it counts or not.
    """

    in_population: bool
    identified: bool
    followed_up: bool
    achieved: bool
    why: Why | None = None
    goals: tuple[GoalMeasures, ...] = ()


@dataclass(frozen=True, slots=True)
class SetMeasures:
    """How many people count for each. population: the denominator. left_out: by the reason.

    These are exact counts: small numbers must be hidden before anybody else sees them.
    """

    population: int
    identified: int
    followed_up: int
    achieved: int
    left_out: Mapping[Why, int]


def measure(person: Person, period: Period) -> PersonMeasures:
    """The measures for one person in one period.

    A score counts by when it was told, not by its code, as in the guide.
    """
    why = _not_in_population(person.patient, period)
    if why is not None:
        return PersonMeasures(False, False, False, False, why)
    goals = tuple(_of_goal(goal, person, period) for goal in person.goals if counts(goal))
    return PersonMeasures(
        True,
        any(goal.identified for goal in goals),
        any(goal.followed_up for goal in goals),
        any(goal.achieved for goal in goals),
        goals=goals,
    )


def measure_all(people: Iterable[Person], period: Period) -> SetMeasures:
    """The measures for a set of people. It is read once and need not fit in memory."""
    totals: Counter[str] = Counter()
    left_out: Counter[Why] = Counter()
    for person in people:
        found = measure(person, period)
        if found.why is not None:
            left_out[found.why] += 1
        for name in ("in_population", "identified", "followed_up", "achieved"):
            totals[name] += bool(getattr(found, name))
    return SetMeasures(
        totals["in_population"],
        totals["identified"],
        totals["followed_up"],
        totals["achieved"],
        dict(left_out),
    )


def _not_in_population(patient: Json, period: Period) -> Why | None:
    match is_at_least(patient, ADULT, period.first):
        case True:
            return None
        case False:
            return Why.UNDER_18
        case None:
            return Why.AGE_UNKNOWN


def _of_goal(goal: Json, person: Person, period: Period) -> GoalMeasures:
    why, began = _not_counted(goal, person, period)
    if why is not None or began is None:
        return GoalMeasures(link_of(goal), False, False, False, why)
    opens, closes = period.follow_up(began)
    told = [
        (when, one)
        for one in scores_of(goal, person.observations)
        if (when := period.moment(text(one, "effectiveDateTime"))) is not None
    ]
    first = any(when < opens for when, _ in told)
    later = [one for when, one in told if opens <= when <= closes]
    achieved = any(_reaches(one) for one in later)
    if not first:
        why = Why.NO_FIRST_SCORE
    elif not later:
        why = Why.NO_FOLLOW_UP
    elif not achieved:
        why = Why.NOT_ACHIEVED
    return GoalMeasures(link_of(goal), first, bool(later), achieved, why)


def _not_counted(goal: Json, person: Person, period: Period) -> tuple[Why | None, date | None]:
    """(why a goal does not count at all, the day it began)."""
    written = text(goal, "startDate")
    if written is None:
        return Why.NO_START, None
    if not is_pco_goal(goal, person.observations):
        return Why.NOT_OF_WHAT_MATTERS, None
    began = date.fromisoformat(written) if is_whole(written) else None
    if began is None or not period.first <= began <= period.last:
        return Why.NOT_BEGUN_IN_PERIOD, None
    if not is_measured(goal, person.observations):
        return Why.NOT_MEASURED, None
    return (None, began) if has_plan(goal, person.plans) else (Why.NO_PLAN, None)


def _reaches(score: Json) -> bool:
    """A named measure does not say which way is better, so only the five steps tell."""
    level = level_of(score) if is_score(score) else None
    return level is not None and is_achieved(level)
