"""Which answers make the friends and family scores of a set, and how they are told."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.fhir.library import BASE
from app.what_matters.experience import FRIENDS_AND_FAMILY, Overall
from app.what_matters.experience_told import ShareOfAnswers, experience_told
from app.what_matters.period import Period
from tests.what_matters.cast import everybody

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31), ZoneInfo("Europe/London"))


def response(overall: str = "good", day: str = "2026-03-01", **rest: Any) -> dict[str, Any]:
    coding = {"system": FRIENDS_AND_FAMILY, "code": overall}
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{BASE}/Questionnaire/experience|1",
        "status": "completed",
        "authored": day,
        "item": [{"linkId": "overall", "answer": [{"valueCoding": coding}]}],
        **rest,
    }


def test_every_answer_counts_also_two_of_one_person() -> None:
    told = experience_told([[response(), response("poor")], [response("dont-know")], []], YEAR)
    assert (told.people, told.answers) == (3, 3)
    assert told.positive == ShareOfAnswers(1, 33.3)
    assert told.negative == ShareOfAnswers(1, 33.3)
    assert told.by_answer[Overall.DONT_KNOW] == 1
    assert told.for_everybody.answers is None


@pytest.mark.parametrize("status", ["in-progress", "stopped", "entered-in-error"])
def test_what_is_only_begun_or_a_mistake_is_no_answer(status: str) -> None:
    changed, not_told = response(status="amended"), response(status=status)
    assert experience_told([[changed, not_told]], YEAR).answers == 1


def test_an_answer_to_other_questions_is_none_of_these() -> None:
    other = response(questionnaire="https://elsewhere.example/Questionnaire/experience")
    assert experience_told([[other]], YEAR).answers == 0


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        ("2026-01-01", 1),
        ("2026-12-31T23:59:59Z", 1),
        ("2025-12-31", 0),
        ("2027-01-01T00:00:00Z", 0),
        ("2026-03", 0),
    ],
)
def test_an_answer_counts_on_the_day_that_it_was_told(day: str, counts: int) -> None:
    assert experience_told([[response(day=day)]], YEAR).answers == counts


def test_of_no_answers_no_share_is_told() -> None:
    told = experience_told([], YEAR)
    assert (told.answers, told.positive) == (0, ShareOfAnswers(0, None))
    assert told.for_everybody.positive_percent is None


def test_the_answers_of_the_cast_are_counted() -> None:
    every = [one for link, one in everybody().items() if link.startswith("QuestionnaireResponse/")]
    told = experience_told([every], YEAR)
    assert told.answers == sum(told.by_answer.values()) > 5
