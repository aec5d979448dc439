"""The friends and family question, scored as NHS England does, with small numbers hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fhir.terminology import lookup
from app.what_matters.experience import (
    FRIENDS_AND_FAMILY,
    WORDS_BY_OVERALL,
    Experience,
    HowTrue,
    Overall,
    Scores,
    experience_of,
    for_everybody,
    percent,
    scores,
)
from tests.what_matters.cast import everybody

V, G, N, P, W, D = Overall
counts = st.integers(0, 40)
some_scores = st.builds(
    lambda numbers: Scores(dict(zip(Overall, numbers, strict=True))),
    st.tuples(*[counts] * 6),
)


def said(overall: Overall | None) -> Experience:
    return Experience(overall, None, "", "", "")


def given_by(**counts: int) -> Scores:
    return Scores({one: counts.get(one.name.lower(), 0) for one in Overall})


def test_positive_and_negative_are_shares_of_all_answers_dont_know_among_them() -> None:
    told = scores([said(one) for one in (V, V, G, N, P, W, D, D)])
    assert (told.answers, told.positive, told.negative) == (8, 3, 2)
    assert percent(told.positive, told.answers) == 37.5


def test_an_answer_is_called_what_the_question_calls_it() -> None:
    for overall, words in WORDS_BY_OVERALL.items():
        known = lookup(FRIENDS_AND_FAMILY, overall)
        assert known is not None
        assert known.display is not None
        assert known.display.lower() == words


def test_who_did_not_answer_is_counted_nowhere() -> None:
    assert scores([said(None), said(G)]).answers == 1


def test_of_no_answers_there_is_no_share() -> None:
    assert percent(0, 0) is None


def test_a_small_count_is_not_told_and_the_others_are_to_the_nearest_five() -> None:
    safe = for_everybody(given_by(very_good=33, good=12, neither=8, poor=7, dont_know=1))
    assert safe.answers == 60
    assert safe.by_answer == {V: 35, G: 10, N: 10, P: None, W: 0, D: None}


@pytest.mark.parametrize(
    ("given", "positive", "negative"),
    [
        # Seven answers: no share at all. Eight, all of them alike: everybody.
        (given_by(good=7), None, None),
        (given_by(good=8), 100, 0),
        # The seven others could be worked out of the share of the eight.
        (given_by(good=8, poor=7), None, None),
        (given_by(good=8, poor=8), 50, 50),
        (given_by(very_good=20, good=20, neither=9, poor=1), 80, None),
        # Two said neither: a hundred less both shares would tell so.
        (given_by(good=40, poor=8, neither=2), 80, None),
    ],
)
def test_a_share_that_would_give_a_small_count_away_is_not_told(
    given: Scores, positive: int | None, negative: int | None
) -> None:
    safe = for_everybody(given)
    assert (safe.positive_percent, safe.negative_percent) == (positive, negative)


@given(some_scores)
def test_no_count_from_one_to_seven_is_ever_told_or_to_be_worked_out_of_a_share(
    exact: Scores,
) -> None:
    safe = for_everybody(exact)
    for answer, count in exact.by_answer.items():
        told = safe.by_answer[answer]
        assert told is None if 0 < count < 8 else told is not None
    for share, part in (
        (safe.positive_percent, exact.positive),
        (safe.negative_percent, exact.negative),
    ):
        if share is not None:
            assert not any(0 < one < 8 for one in (part, exact.answers - part))
    if None not in (safe.positive_percent, safe.negative_percent):
        assert not 0 < exact.answers - exact.positive - exact.negative < 8


def test_the_answers_of_the_cast_are_read() -> None:
    told = [
        experience_of(one)
        for link, one in everybody().items()
        if link.startswith("QuestionnaireResponse/")
        and one["questionnaire"].endswith("/Questionnaire/experience")
    ]
    assert told
    assert all(one.overall is not None for one in told)
    assert HowTrue.TRUE in {one.told_once for one in told}
    assert any(one.why for one in told)


def test_a_code_of_another_list_is_no_answer() -> None:
    answer = {"valueCoding": {"system": "https://elsewhere.example", "code": "good"}}
    item = {"linkId": "overall", "answer": [answer]}
    assert experience_of({"item": [item]}).overall is None


def test_each_answer_in_words_is_read_as_it_is() -> None:
    words = {"why": "They came.", "better": "A chair.", "story": "It rained."}
    items = [{"linkId": name, "answer": [{"valueString": said}]} for name, said in words.items()]
    found = experience_of({"item": items})
    assert (found.why, found.better, found.story) == ("They came.", "A chair.", "It rained.")
    assert (found.overall, found.told_once) == (None, None)
