"""The friends and family scores of a set of people, as they are told: exact for who may see each of
them, and with small numbers hidden for everybody.

Source: docs/api.md, docs/what-it-means.md
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.fhir.resource_types import Json
from app.fhir.rule import text
from app.what_matters.experience import (
    Overall,
    SafeScores,
    experience_of,
    for_everybody,
    percent,
    scores,
)
from app.what_matters.period import Period
from app.what_matters.shapes.experiences import is_experience

_TOLD = frozenset(("completed", "amended"))
_DIGITS = 1


@dataclass(frozen=True, slots=True)
class ShareOfAnswers:
    """How many of the answers these are, and their share in per cent; null of none."""

    answers: int
    percent: float | None


@dataclass(frozen=True, slots=True)
class ExperienceScores:
    """How it was, by what a set of people answered, exact: for who may see each of them. people:
    how many were found. answers: all, "don't know" among them; somebody may have answered twice.
    not_found: the ids for which there is nobody here whom you may see. not_shown: what the token of
    who reads does not reach."""

    first_day: str
    last_day: str
    people: int
    answers: int
    by_answer: Mapping[Overall, int]
    positive: ShareOfAnswers
    negative: ShareOfAnswers
    for_everybody: SafeScores
    not_found: tuple[str, ...]
    not_shown: tuple[str, ...]


def experience_told(
    responses_of_each: Iterable[Iterable[Json]],
    period: Period,
    not_found: tuple[str, ...] = (),
    not_shown: tuple[str, ...] = (),
) -> ExperienceScores:
    """The scores of what was answered in a period. responses_of_each: of each person; what is of
    another questionnaire, only begun, or a mistake is passed over."""
    everyone = [list(one) for one in responses_of_each]
    exact = scores(experience_of(one) for some in everyone for one in some if _is_told(one, period))
    return ExperienceScores(
        first_day=period.first.isoformat(),
        last_day=period.last.isoformat(),
        people=len(everyone),
        answers=exact.answers,
        by_answer=exact.by_answer,
        positive=_share(exact.positive, exact.answers),
        negative=_share(exact.negative, exact.answers),
        for_everybody=for_everybody(exact),
        not_found=not_found,
        not_shown=not_shown,
    )


def _is_told(response: Json, period: Period) -> bool:
    return (
        is_experience(response)
        and response.get("status") in _TOLD
        and period.moment(text(response, "authored")) is not None
    )


def _share(part: int, whole: int) -> ShareOfAnswers:
    share = percent(part, whole)
    return ShareOfAnswers(part, None if share is None else round(share, _DIGITS))
