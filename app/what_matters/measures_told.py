"""The measures and the T-score as they are told: of one person with the reasons, and of a set of
people, exact for who may see each of them and with small numbers hidden for everybody.

Source: docs/api.md, docs/what-it-means.md
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from app.what_matters.experience import percent
from app.what_matters.language import Say
from app.what_matters.links import link_of
from app.what_matters.naming import goal_name
from app.what_matters.pco_goal import Person
from app.what_matters.pco_measures import GoalMeasures, SetMeasures, measure, measure_all
from app.what_matters.period import Period
from app.what_matters.small_numbers import is_small, told_count, told_share
from app.what_matters.t_scores import TScore, TScores, t_scores

_DIGITS = 2
_DIGITS_OF_A_SHARE = 1


@dataclass(frozen=True, slots=True)
class GoalMeasured:
    """What one goal counts for. why: the first thing it lacks, "" where it lacks nothing."""

    goal: str
    words: str
    identified: bool
    followed_up: bool
    achieved: bool
    why: str


@dataclass(frozen=True, slots=True)
class PersonMeasured:
    """What one person counts for. in_population: whether they are in the denominator; why: the
    reason they are not, and then no goal is looked at. goals: those that count first. not_shown:
    what the token of who reads does not reach."""

    first_day: str
    last_day: str
    in_population: bool
    why: str
    identified: bool
    followed_up: bool
    achieved: bool
    goals: tuple[GoalMeasured, ...]
    t_score: TScores
    not_shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the population count for a measure, and their share in per cent; null of
    nobody."""

    people: int
    percent: float | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many people are not in the population, for one reason."""

    why: str
    people: int


@dataclass(frozen=True, slots=True)
class MeanTScore:
    """The means of the T-scores of several people, of whom all goals count the same."""

    people: int
    start: float
    now: float
    change: float


@dataclass(frozen=True, slots=True)
class SafeShare:
    """The same to the nearest five and in whole per cent; null for what is too small to tell."""

    people: int | None
    percent: int | None


@dataclass(frozen=True, slots=True)
class SafeMean:
    """The same in whole points, of eight people or more."""

    people: int
    start: int
    now: int
    change: int


@dataclass(frozen=True, slots=True)
class MeasuresForEverybody:
    """What anyone may see: without any number from one to seven, or one that tells of such."""

    population: int | None
    identified: SafeShare
    followed_up: SafeShare
    achieved: SafeShare
    t_score: SafeMean | None


@dataclass(frozen=True, slots=True)
class SetMeasured:
    """What a set of people counts for, exact: for who may see each of them. people: how many were
    found. not_found: the ids for which there is nobody here whom you may see."""

    first_day: str
    last_day: str
    people: int
    population: int
    left_out: tuple[LeftOut, ...]
    identified: Share
    followed_up: Share
    achieved: Share
    t_score: MeanTScore | None
    for_everybody: MeasuresForEverybody
    not_found: tuple[str, ...]
    not_shown: tuple[str, ...]


def person_measured(
    person: Person, period: Period, not_shown: tuple[str, ...] = ()
) -> PersonMeasured:
    """What one person counts for in a period."""
    found = measure(person, period)
    names = {link_of(goal): goal_name(goal) for goal in person.goals}
    return PersonMeasured(
        first_day=period.first.isoformat(),
        last_day=period.last.isoformat(),
        in_population=found.in_population,
        why=found.why or "",
        identified=found.identified,
        followed_up=found.followed_up,
        achieved=found.achieved,
        goals=tuple(
            GoalMeasured(
                one.goal,
                names[one.goal],
                one.identified,
                one.followed_up,
                one.achieved,
                one.why or "",
            )
            for one in sorted(found.goals, key=_counts_first)
        ),
        t_score=t_scores(person, period),
        not_shown=not_shown,
    )


def reasons_in(told: PersonMeasured, say: Say) -> PersonMeasured:
    """The same, with why something does not count said in a language."""
    goals = tuple(replace(one, why=say(one.why)) for one in told.goals)
    return replace(told, why=say(told.why), goals=goals)


def set_measured(
    people: Iterable[Person],
    period: Period,
    not_found: tuple[str, ...] = (),
    not_shown: tuple[str, ...] = (),
) -> SetMeasured:
    """What a set of people counts for in a period."""
    everyone = list(people)
    found = measure_all(everyone, period)
    scores = [one for each in everyone if (one := t_scores(each, period).alike) is not None]
    return SetMeasured(
        first_day=period.first.isoformat(),
        last_day=period.last.isoformat(),
        people=len(everyone),
        population=found.population,
        left_out=tuple(LeftOut(why.value, count) for why, count in sorted(found.left_out.items())),
        identified=_share(found.identified, found.population),
        followed_up=_share(found.followed_up, found.population),
        achieved=_share(found.achieved, found.population),
        t_score=_mean(scores),
        for_everybody=measures_for_everybody(found, scores),
        not_found=not_found,
        not_shown=not_shown,
    )


def measures_for_everybody(exact: SetMeasures, scores: Sequence[TScore]) -> MeasuresForEverybody:
    """The same with small numbers hidden. scores: of each person who has one."""
    shares = _safe_shares((exact.identified, exact.followed_up, exact.achieved), exact.population)
    identified, followed_up, achieved = shares
    return MeasuresForEverybody(
        told_count(exact.population), identified, followed_up, achieved, _safe_mean(scores)
    )


def _counts_first(goal: GoalMeasures) -> bool:
    return not (goal.identified or goal.followed_up)


def _share(part: int, whole: int) -> Share:
    share = percent(part, whole)
    return Share(part, None if share is None else round(share, _DIGITS_OF_A_SHARE))


def _safe_shares(parts: Sequence[int], whole: int) -> Iterator[SafeShare]:
    """A share is not told where it, beside one told before, tells of the few who count for one
    measure and not for the other."""
    told: list[int] = []
    for part in parts:
        share = told_share(part, whole)
        if any(is_small(abs(part - other)) for other in told):
            share = None
        if share is not None:
            told.append(part)
        yield SafeShare(told_count(part), share)


def _mean(scores: Sequence[TScore]) -> MeanTScore | None:
    if not scores:
        return None
    means = (
        fmean(one.start for one in scores),
        fmean(one.now for one in scores),
        fmean(one.change for one in scores),
    )
    return MeanTScore(len(scores), *(round(one, _DIGITS) for one in means))


def _safe_mean(scores: Sequence[TScore]) -> SafeMean | None:
    mean, people = _mean(scores), told_count(len(scores))
    if mean is None or people is None:
        return None
    return SafeMean(people, round(mean.start), round(mean.now), round(mean.change))
