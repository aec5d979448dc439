"""How I am: four questions on personal well-being, each in its own band. They have no total.

Source: Office for National Statistics, personal well-being (Open Government Licence): four
questions from 0 to 10, put to people aged 16 and over, who answer for themselves. ONS publishes
each by itself, as the share of people in each band, and no score of all four.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from app.errors import Invalid, Issue
from app.fhir.date_ranges import date_range
from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import nodes, text
from app.what_matters.age import is_at_least

WELLBEING = f"{BASE}/CodeSystem/wellbeing"
YOUNGEST = 16
LEAST_FOR_A_MEAN = 8


class Question(StrEnum):
    """The four, in the order they are asked."""

    SATISFIED = "satisfied"
    WORTHWHILE = "worthwhile"
    HAPPY = "happy"
    ANXIOUS = "anxious"


class Band(StrEnum):
    """What an answer is called. `VERY_LOW` is of anxiety alone, `VERY_HIGH` of the others."""

    VERY_LOW = "very low"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very high"


# Each band by the highest answer in it.
_BANDS = ((4, Band.LOW), (6, Band.MEDIUM), (8, Band.HIGH), (10, Band.VERY_HIGH))
_ANXIOUS_BANDS = ((1, Band.VERY_LOW), (3, Band.LOW), (5, Band.MEDIUM), (10, Band.HIGH))


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, 0 to 10. Answers cannot be added up, whatever they are to: see `spread`."""

    question: Question
    number: int
    when: datetime

    @property
    def band(self) -> Band:
        """The band that ONS puts it in."""
        return band(self.question, self.number)

    def __add__(self, other: object) -> "Answer":
        said = (
            "The four questions have no total, and feeling anxious runs the other way. "
            "Tell each by itself."
        )
        raise Invalid([Issue("business-rule", said, "Observation.component")])

    __radd__ = __add__


@dataclass(frozen=True, slots=True)
class Spread:
    """The answers of many people to one question. in_band: exact counts; small ones must be hidden
    before anybody else sees them. mean: None for fewer than eight answers."""

    answers: int
    in_band: Mapping[Band, int]
    mean: float | None


def band(question: Question, number: int) -> Band:
    """The band of an answer. Raises Invalid for what is no whole number from 0 to 10."""
    if type(number) is not int or not 0 <= number <= 10:
        raise Invalid([Issue("value", "An answer is a whole number from 0 to 10.", question.value)])
    bands = _ANXIOUS_BANDS if question is Question.ANXIOUS else _BANDS
    return next(name for most, name in bands if number <= most)


def may_be_asked(patient: Json, on: date) -> bool:
    """Whether somebody is old enough to be asked. Where the date of birth does not say, they may:
    nobody is left out for what is not known."""
    return is_at_least(patient, YOUNGEST, on) is not False


def answers_of(observation: Json) -> tuple[Answer, ...]:
    """The answers in an Observation, in the order they are asked; what was not answered is not
    there, and nor is anything of one that was a mistake."""
    span = date_range(text(observation, "effectiveDateTime") or "")
    if span is None or observation.get("status") in ("entered-in-error", "cancelled"):
        return ()
    number_by_code = {
        text(coding, "code"): component.get("valueInteger")
        for component in nodes(observation, "component")
        for concept in nodes(component, "code")
        for coding in nodes(concept, "coding")
        if coding.get("system") == WELLBEING
    }
    return tuple(
        Answer(question, number, span[0])
        for question in Question
        if type(number := number_by_code.get(question)) is int and 0 <= number <= 10
    )


def spread(answers: Iterable[Answer], question: Question) -> Spread:
    """How the answers to one question lie, for a set of people; each person's answer once."""
    numbers = [one.number for one in answers if one.question is question]
    counted = dict.fromkeys(_bands_of(question), 0)
    for number in numbers:
        counted[band(question, number)] += 1
    mean = sum(numbers) / len(numbers) if len(numbers) >= LEAST_FOR_A_MEAN else None
    return Spread(len(numbers), MappingProxyType(counted), mean)


def _bands_of(question: Question) -> tuple[Band, ...]:
    bands = _ANXIOUS_BANDS if question is Question.ANXIOUS else _BANDS
    return tuple(name for _, name in bands)
