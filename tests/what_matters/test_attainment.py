"""Goal attainment scaling, against values worked out from the published formula."""

from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.what_matters.attainment import (
    CODE_BY_LEVEL,
    LOINC,
    SCALING,
    ScaledGoal,
    is_achieved,
    is_first_score,
    is_scaled,
    is_score,
    level_of,
    steps_of,
    t_change,
    t_score,
)
from tests.what_matters.cast import resource

# Attainments, weights, T-score.
BY_THE_FORMULA: list[tuple[list[int], list[float], float]] = [
    ([0], [1], 50),
    ([1], [1], 60),
    ([2], [1], 70),
    ([-2], [1], 30),
    ([1, 1, 1], [1, 1, 1], 63.69),
    ([-1, -1, -1], [1, 1, 1], 36.31),
    ([2, 1, 0], [1, 1, 1], 63.69),
    ([-1, 0, 1], [1, 1, 1], 50),
    ([1, -1], [3, 1], 55.82),
    ([0, 1, -1], [9, 4, 1], 52.66),
    ([-2, -2, -2, -2], [1, 1, 1, 1], 20.98),
]
goals = st.lists(
    st.builds(ScaledGoal, st.integers(-2, 2), st.floats(min_value=1e-6, max_value=1e6)),
    min_size=1,
    max_size=8,
)


def scaled(levels: list[int], weights: list[float] | None = None) -> list[ScaledGoal]:
    return [
        ScaledGoal(level, weight)
        for level, weight in zip(levels, weights or [1.0] * len(levels), strict=True)
    ]


def score(code: str, level: str = "LA34481-4") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "valueCodeableConcept": {"coding": [{"system": LOINC, "code": level}]},
    }


@pytest.mark.parametrize(("levels", "weights", "expected"), BY_THE_FORMULA)
def test_a_t_score_is_what_the_published_formula_gives(
    levels: list[int], weights: list[float], expected: float
) -> None:
    assert round(t_score(scaled(levels, weights)), 2) == expected


@given(goals)
def test_goals_that_are_all_as_hoped_for_score_50(some: list[ScaledGoal]) -> None:
    assert t_score([ScaledGoal(0, goal.weight) for goal in some]) == 50


@given(goals)
def test_a_t_score_turned_round_is_as_far_on_the_other_side(some: list[ScaledGoal]) -> None:
    turned = [ScaledGoal(-goal.attainment, goal.weight) for goal in some]
    assert t_score(some) + t_score(turned) == pytest.approx(100)


@given(goals, st.floats(min_value=0.01, max_value=100))
def test_only_how_the_weights_compare_counts(some: list[ScaledGoal], times: float) -> None:
    heavier = [ScaledGoal(goal.attainment, goal.weight * times) for goal in some]
    assert t_score(heavier) == pytest.approx(t_score(some))


@given(goals)
def test_a_step_nearer_on_any_goal_raises_the_t_score(some: list[ScaledGoal]) -> None:
    first = some[0]
    if first.attainment < 2:
        nearer = [ScaledGoal(first.attainment + 1, first.weight), *some[1:]]
        assert t_score(nearer) >= t_score(some)


def test_the_largest_weights_there_are_still_give_a_score() -> None:
    assert t_score(scaled([1, -1], [3e300, 1e300])) == pytest.approx(55.82, abs=0.01)


@pytest.mark.parametrize("weight", [0.0, -1.0, nan, inf])
def test_a_weight_that_is_not_above_nothing_is_refused_at_its_place(weight: float) -> None:
    with pytest.raises(Invalid) as refused:
        t_score([ScaledGoal(0), ScaledGoal(1, weight)])
    assert [issue.expression for issue in refused.value.issues] == ["goals[1].weight"]


@pytest.mark.parametrize("level", [3, -3, True, 0.5])
def test_a_step_there_is_not_is_refused_at_its_place(level: Any) -> None:
    with pytest.raises(Invalid) as refused:
        t_score([ScaledGoal(level)])
    assert [issue.expression for issue in refused.value.issues] == ["goals[0].attainment"]


def test_no_goals_have_no_t_score() -> None:
    with pytest.raises(Invalid, match="at least one goal"):
        t_score([])


def test_a_change_is_the_later_score_less_the_first() -> None:
    assert t_change(scaled([-1]), scaled([1])) == pytest.approx(20)


def test_a_change_between_other_goals_is_refused() -> None:
    with pytest.raises(Invalid, match="the same goals"):
        t_change(scaled([-1]), scaled([1, 1]))


@pytest.mark.parametrize(
    ("level", "reached"), [(2, True), (1, True), (0, True), (-1, False), (-2, False)]
)
def test_a_goal_is_reached_from_what_was_hoped_for_upwards(level: int, reached: bool) -> None:
    assert is_achieved(level) is reached


@pytest.mark.parametrize("level", sorted(CODE_BY_LEVEL))
def test_every_step_is_read_from_its_code(level: int) -> None:
    assert level_of(score("107334-5", CODE_BY_LEVEL[level])) == level


def test_the_code_of_the_list_that_nobody_uses_is_no_step() -> None:
    assert level_of(score("107334-5", "LA34482-2")) is None


@pytest.mark.parametrize("code", ["112296-9", "107332-9"])
def test_a_first_score_is_read_under_its_new_code_and_its_old_one(code: str) -> None:
    assert is_first_score(score(code))
    assert is_score(score(code))


@pytest.mark.parametrize("code", ["107334-5", "107333-7", "107331-1"])
def test_a_later_score_is_a_score_and_not_the_first(code: str) -> None:
    assert is_score(score(code))
    assert not is_first_score(score(code))


@pytest.mark.parametrize("part", ["progressText", "text"])
def test_a_step_is_read_under_the_new_name_of_its_words_and_the_old_one(part: str) -> None:
    step = {
        "url": SCALING,
        "extension": [
            {"url": "level", "valueCoding": {"system": LOINC, "code": "LA34480-6"}},
            {"url": part, "valueString": "To the quay and back"},
        ],
    }
    assert [(one.level, one.words) for one in steps_of({"extension": [step]})] == [
        (1, "To the quay and back")
    ]


def test_the_steps_of_a_goal_come_best_first() -> None:
    goal = resource("Goal/tamsin-pender-walk-to-the-quay")
    assert [step.level for step in steps_of(goal)] == [2, 1, 0, -1, -2]
    assert all(step.words for step in steps_of(goal))


def test_a_goal_is_scaled_by_what_its_target_measures_too() -> None:
    coding = {"system": LOINC, "code": "107332-9"}
    assert is_scaled({"target": [{"measure": {"coding": [coding]}}]})
    assert is_scaled(resource("Goal/tamsin-pender-walk-to-the-quay"))
    assert not is_scaled({"target": [{"dueDate": "2026-12-01"}]})


def test_another_addition_is_no_step_and_a_step_without_a_level_comes_last() -> None:
    other = {"url": "https://elsewhere.example", "extension": [{"url": "progressText"}]}
    bare = {"url": SCALING, "extension": [{"url": "progressText", "valueString": "Somewhere"}]}
    least = {
        "url": SCALING,
        "extension": [
            {"url": "level", "valueCoding": {"system": LOINC, "code": "LA34484-8"}},
            {"url": "progressText", "valueString": "Not at all"},
        ],
    }
    found = steps_of({"extension": [other, bare, least]})
    assert [(one.level, one.words) for one in found] == [(-2, "Not at all"), (None, "Somewhere")]
    assert not is_scaled({"extension": [other]})
