"""The measures as they are told, of one person and of a set."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.what_matters.language import in_english
from app.what_matters.measures_told import (
    LeftOut,
    MeanTScore,
    SafeMean,
    SafeShare,
    Share,
    measures_for_everybody,
    person_measured,
    reasons_in,
    set_measured,
)
from app.what_matters.pco_measures import SetMeasures, Why
from app.what_matters.period import Period
from app.what_matters.t_scores import TScore
from tests.what_matters.cast import everybody, measured_person

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31), ZoneInfo("Europe/London"))
UP = TScore(36.31, 50.0, 13.69)


def exact(population: int, identified: int, followed_up: int, achieved: int) -> SetMeasures:
    return SetMeasures(population, identified, followed_up, achieved, {})


def test_each_goal_of_a_person_says_in_words_why_it_does_not_count() -> None:
    told = person_measured(measured_person("denzel-trembath"), YEAR)
    assert (told.in_population, told.identified, told.achieved) == (True, True, False)
    first = told.goals[0]
    assert first.words.startswith("Tie a bowline")
    assert (first.followed_up, first.why) == (True, Why.NOT_ACHIEVED)
    assert {one.why for one in told.goals[1:]} == {Why.NOT_MEASURED}


def test_who_is_too_young_is_told_so_and_has_a_t_score_all_the_same() -> None:
    told = person_measured(measured_person("perran-kitto"), YEAR)
    assert (told.in_population, told.why, told.goals) == (False, Why.UNDER_18, ())
    assert told.t_score.alike == TScore(30.0, 60.0, 30.0)


def test_why_something_does_not_count_is_said_in_the_language_of_who_reads() -> None:
    ours = {Why.UNDER_18.value: "YOUNG", Why.NOT_MEASURED.value: "NO SCORE"}
    say = replace(in_english, language="kw", one=lambda message: ours.get(message, message))
    young = person_measured(measured_person("perran-kitto"), YEAR)
    assert reasons_in(young, say) == replace(young, why="YOUNG")
    told = reasons_in(person_measured(measured_person("denzel-trembath"), YEAR), say)
    assert (told.why, {one.why for one in told.goals[1:]}) == ("", {"NO SCORE"})


def test_a_set_is_told_with_shares_of_the_population_and_why_others_are_not_in_it() -> None:
    ids = [link.partition("/")[2] for link in everybody() if link.startswith("Patient/")]
    told = set_measured(map(measured_person, ids), YEAR)
    assert (told.people, told.population) == (14, 12)
    assert told.left_out == (LeftOut(Why.UNDER_18, 2),)
    assert (told.identified, told.followed_up) == (Share(2, 16.7), Share(2, 16.7))
    assert told.achieved == Share(1, 8.3)
    assert told.t_score == MeanTScore(5, 30.0, 58.0, 28.0)
    assert told.for_everybody.population == 10
    assert told.for_everybody.identified == SafeShare(None, None)
    assert told.for_everybody.t_score is None


def test_of_nobody_there_is_no_share_and_no_mean() -> None:
    told = set_measured([], YEAR)
    assert (told.people, told.identified, told.t_score) == (0, Share(0, None), None)
    assert told.for_everybody.identified == SafeShare(0, None)


def test_a_mean_is_for_everybody_from_eight_people_on() -> None:
    assert measures_for_everybody(exact(9, 9, 9, 9), [UP] * 7).t_score is None
    assert measures_for_everybody(exact(9, 9, 9, 9), [UP] * 8).t_score == SafeMean(10, 36, 50, 14)


@pytest.mark.parametrize(
    ("counts", "percents"),
    [
        ((7, 0, 0, 0), (None, None, None)),
        ((40, 20, 10, 8), (50, 25, None)),  # two were followed up and did not achieve
        ((40, 20, 18, 8), (50, None, 20)),
        ((40, 35, 20, 20), (None, 50, 50)),
        ((100, 0, 0, 0), (0, 0, 0)),
    ],
)
def test_a_share_that_would_give_a_few_away_is_not_told(
    counts: tuple[int, int, int, int], percents: tuple[int | None, ...]
) -> None:
    safe = measures_for_everybody(exact(*counts), [])
    told = (safe.identified, safe.followed_up, safe.achieved)
    assert tuple(one.percent for one in told) == percents


@given(st.tuples(*[st.integers(0, 60)] * 4).map(lambda some: sorted(some, reverse=True)))
def test_no_few_people_are_ever_told_or_to_be_worked_out_of_two_numbers(some: list[int]) -> None:
    population, *parts = some
    safe = measures_for_everybody(exact(population, *parts), [])
    told = (safe.identified, safe.followed_up, safe.achieved)
    for count, one in zip(some, (safe.population, *(one.people for one in told)), strict=True):
        assert one is None if 0 < count < 8 else one is not None
    shared = [part for part, one in zip(parts, told, strict=True) if one.percent is not None]
    around = [population, *shared] if shared else []
    assert not any(0 < abs(one - other) < 8 for one in around for other in [*around, 0])
