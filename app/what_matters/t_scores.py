"""The T-score of one person's goals, at the start and now, by the scores told in a period.

A goal is followed as the one page follows it: by the person's own word where they gave one, else by
a supporter's, else by a worker's; the score from the start is everybody's. Two scores make it
comparable, so that the change is of the same goals. How hard a goal is, is not asked here: the
weight is how much it matters, where each of the goals says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.fhir.resource_types import Json
from app.fhir.rule import text
from app.what_matters.attainment import ScaledGoal, t_change, t_score
from app.what_matters.links import link_of
from app.what_matters.pco_goal import Person, counts
from app.what_matters.period import Period
from app.what_matters.progress import Movement, Progress, Voice, Way, movement, progress_of
from app.what_matters.telling import importance_of

_DIGITS = 2


@dataclass(frozen=True, slots=True)
class TScore:
    """50 is as hoped for, 10 is one standard deviation. change: above 0 is nearer to it."""

    start: float
    now: float
    change: float


@dataclass(frozen=True, slots=True)
class TScores:
    """goals: how many were scored twice or more on the five steps. scored_once: how many were only
    once, and are in no figure. alike: all of them count the same. by_importance: each counts by how
    much it matters; null where one of them does not say so, or does not matter."""

    goals: int
    scored_once: int
    alike: TScore | None
    by_importance: TScore | None


@dataclass(frozen=True, slots=True)
class _Moved:
    start: int
    now: int
    importance: int | None


def t_scores(person: Person, period: Period) -> TScores:
    """The T-scores of one person; without goals that were scored twice, there are none."""
    told = [
        progress
        for one in person.observations
        if period.moment(text(one, "effectiveDateTime")) is not None
        and (progress := progress_of(one)) is not None
        and progress.way is Way.FIVE_STEPS
    ]
    every = [_followed(goal, told) for goal in person.goals if counts(goal)]
    moved = [one for one in every if isinstance(one, _Moved)]
    weights = [one.importance or 0 for one in moved]
    return TScores(
        goals=len(moved),
        scored_once=sum(one is True for one in every),
        alike=_score(moved, [1] * len(moved)),
        by_importance=_score(moved, weights) if min(weights, default=0) > 0 else None,
    )


def _followed(goal: Json, told: Iterable[Progress]) -> _Moved | bool:
    """Where a goal began and is now; else whether there is a score at all."""
    some = list(told)
    found = [
        one
        for voice in Voice
        if (one := movement(some, link_of(goal), Way.FIVE_STEPS, voice)) is not None
    ]
    moved = next(filter(None, (_moved(goal, one) for one in found)), None)
    return moved if moved is not None else bool(found)


def _moved(goal: Json, found: Movement) -> _Moved | None:
    now = found.latest.number
    if found.change is None or now is None:
        return None
    return _Moved(now - found.change, now, importance_of(goal))


def _score(moved: Sequence[_Moved], weights: Sequence[int]) -> TScore | None:
    if not moved:
        return None
    pairs = list(zip(moved, weights, strict=True))
    start = [ScaledGoal(one.start, weight) for one, weight in pairs]
    now = [ScaledGoal(one.now, weight) for one, weight in pairs]
    figures = (t_score(start), t_score(now), t_change(start, now))
    return TScore(*(round(one, _DIGITS) for one in figures))
