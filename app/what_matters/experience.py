"""How it was: the friends and family question, and whether people had to repeat themselves.

Source: NHS England, Friends and Family Test. Positive is "very good" and "good", negative "poor"
and "very poor", each as a share of all answers; "don't know" is an answer, and counts among all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters.small_numbers import is_small, told_count, told_share

FRIENDS_AND_FAMILY = f"{BASE}/CodeSystem/friends-and-family"
HOW_TRUE = f"{BASE}/CodeSystem/how-true"


class Overall(StrEnum):
    """How it was overall: the codes of `friends-and-family`."""

    VERY_GOOD = "very-good"
    GOOD = "good"
    NEITHER = "neither"
    POOR = "poor"
    VERY_POOR = "very-poor"
    DONT_KNOW = "dont-know"


class HowTrue(StrEnum):
    """Whether "I have not had to repeat myself" is true: the codes of `how-true`."""

    TRUE = "true"
    PARTLY = "partly"
    NOT_TRUE = "not-true"
    NOT_SURE = "not-sure"


WORDS_BY_OVERALL: Mapping[Overall, str] = MappingProxyType(
    {
        Overall.VERY_GOOD: "very good",
        Overall.GOOD: "good",
        Overall.NEITHER: "neither good nor poor",
        Overall.POOR: "poor",
        Overall.VERY_POOR: "very poor",
        Overall.DONT_KNOW: "don't know",
    }
)
_OVERALL_BY_CODE = {one.value: one for one in Overall}
_HOW_TRUE_BY_CODE = {one.value: one for one in HowTrue}
POSITIVE = frozenset((Overall.VERY_GOOD, Overall.GOOD))
NEGATIVE = frozenset((Overall.POOR, Overall.VERY_POOR))


@dataclass(frozen=True, slots=True)
class Experience:
    """One person's answers; None and "" for what was not answered. The words are theirs."""

    overall: Overall | None
    told_once: HowTrue | None
    why: str
    better: str
    story: str


@dataclass(frozen=True, slots=True)
class Scores:
    """The answers of a set of people: exact, so for who may see each of them alone; others see
    `for_everybody`."""

    by_answer: Mapping[Overall, int]

    @property
    def answers(self) -> int:
        """All of them, "don't know" among them."""
        return sum(self.by_answer.values())

    @property
    def positive(self) -> int:
        """How many said "very good" or "good"."""
        return sum(self.by_answer[one] for one in POSITIVE)

    @property
    def negative(self) -> int:
        """How many said "poor" or "very poor"."""
        return sum(self.by_answer[one] for one in NEGATIVE)


@dataclass(frozen=True, slots=True)
class SafeScores:
    """What anyone may see. A count is to the nearest five; None is a count that is too small to
    tell, or a share that such a count could be worked out from. Shares are whole per cent."""

    answers: int | None
    by_answer: Mapping[Overall, int | None]
    positive_percent: int | None
    negative_percent: int | None


def experience_of(response: Json) -> Experience:
    """The answers of a QuestionnaireResponse to our questionnaire `experience`."""
    answers = {
        text(item, "linkId") or "": node for item in nodes(response, "item") for node in _one(item)
    }
    return Experience(
        overall=_OVERALL_BY_CODE.get(_code(answers.get("overall", {}), FRIENDS_AND_FAMILY)),
        told_once=_HOW_TRUE_BY_CODE.get(_code(answers.get("told-once", {}), HOW_TRUE)),
        why=text(answers.get("why", {}), "valueString") or "",
        better=text(answers.get("better", {}), "valueString") or "",
        story=text(answers.get("story", {}), "valueString") or "",
    )


def scores(experiences: Iterable[Experience]) -> Scores:
    """How many gave each answer; who did not answer the question is in none."""
    counted = dict.fromkeys(Overall, 0)
    for one in experiences:
        if one.overall is not None:
            counted[one.overall] += 1
    return Scores(counted)


def percent(part: int, whole: int) -> float | None:
    """A share in per cent; None of nothing."""
    return 100 * part / whole if whole else None


def for_everybody(exact: Scores) -> SafeScores:
    """The scores with small numbers hidden. The negative share is told where those in neither are
    not from one to seven either: from both shares they could be worked out."""
    neither = exact.answers - exact.positive - exact.negative
    return SafeScores(
        told_count(exact.answers),
        {answer: told_count(count) for answer, count in exact.by_answer.items()},
        told_share(exact.positive, exact.answers),
        told_share(exact.negative, exact.answers) if not is_small(neither) else None,
    )


def _one(item: Json) -> list[Json]:
    return nodes(item, "answer")[:1]


def _code(answer: Json, system: str) -> str:
    coding = node_at(answer, "valueCoding")
    return (text(coding, "code") or "") if coding.get("system") == system else ""
