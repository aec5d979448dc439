"""Four questions, each in the band that ONS puts it in, and never added up."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.what_matters.judgement import issues_of
from app.what_matters.wellbeing import (
    Answer,
    Band,
    Question,
    answers_of,
    band,
    may_be_asked,
    spread,
)
from tests.what_matters.cast import everybody

NOW = datetime(2026, 11, 1, tzinfo=UTC)
# By the answer, from 0 to 10.
BANDS = {
    Question.SATISFIED: ["low"] * 5 + ["medium"] * 2 + ["high"] * 2 + ["very high"] * 2,
    Question.ANXIOUS: ["very low"] * 2 + ["low"] * 2 + ["medium"] * 2 + ["high"] * 5,
}
BANDS[Question.WORTHWHILE] = BANDS[Question.HAPPY] = BANDS[Question.SATISFIED]
answers = st.lists(st.builds(Answer, st.sampled_from(Question), st.integers(0, 10), st.just(NOW)))


def asked() -> dict[str, Any]:
    """An Observation of somebody in the cast, with all four answers."""
    return next(
        one
        for link, one in everybody().items()
        if link.startswith("Observation/") and len(answers_of(one)) == 4
    )


@pytest.mark.parametrize("question", Question)
def test_each_answer_is_in_its_band(question: Question) -> None:
    assert [band(question, number) for number in range(11)] == BANDS[question]


@pytest.mark.parametrize("number", [-1, 11, True, 5.5])
def test_what_is_no_answer_has_no_band(number: Any) -> None:
    with pytest.raises(Invalid, match="from 0 to 10"):
        band(Question.HAPPY, number)


def test_the_answers_come_in_the_order_they_are_asked() -> None:
    assert [one.question for one in answers_of(asked())] == list(Question)


def test_what_was_not_answered_is_not_there() -> None:
    observation = {**asked(), "component": asked()["component"][:1]}
    assert len(answers_of(observation)) == 1


def test_answers_that_were_a_mistake_are_none() -> None:
    assert answers_of({**asked(), "status": "entered-in-error"}) == ()


def test_answers_cannot_be_added_up() -> None:
    with pytest.raises(Invalid, match="no total"):
        sum(answers_of(asked()))
    with pytest.raises(Invalid, match="no total"):
        answers_of(asked())[0] + answers_of(asked())[1]


def test_a_total_is_not_taken_into_the_record() -> None:
    totalled = {**asked(), "valueInteger": 24}
    assert [issue.expression for issue in issues_of(totalled)] == ["Observation.value"]


@given(answers, st.sampled_from(Question))
def test_every_answer_to_a_question_is_counted_once(some: list[Answer], question: Question) -> None:
    lie = spread(some, question)
    assert sum(lie.in_band.values()) == lie.answers
    assert lie.answers == sum(one.question is question for one in some)


@pytest.mark.parametrize(("count", "mean"), [(7, None), (8, 6.0)])
def test_a_mean_is_told_from_eight_answers_on(count: int, mean: float | None) -> None:
    assert spread([Answer(Question.HAPPY, 6, NOW)] * count, Question.HAPPY).mean == mean


def test_every_band_is_there_though_nobody_is_in_it() -> None:
    assert spread([], Question.ANXIOUS).in_band == {
        Band.VERY_LOW: 0,
        Band.LOW: 0,
        Band.MEDIUM: 0,
        Band.HIGH: 0,
    }


@pytest.mark.parametrize(("number", "count"), [(-1, 0), (0, 1), (10, 1), (11, 0), (True, 0)])
def test_an_answer_that_is_none_is_not_read(number: Any, count: int) -> None:
    component = {**asked()["component"][0], "valueInteger": number}
    assert len(answers_of({**asked(), "component": [component]})) == count


@pytest.mark.parametrize(
    ("born", "may"),
    [("2010-11-01", True), ("2010-11-02", False), ("2011", False), ("2010", True), ("", True)],
)
def test_from_sixteen_on_people_are_asked(born: str, may: bool) -> None:
    assert may_be_asked({"birthDate": born}, NOW.date()) is may
