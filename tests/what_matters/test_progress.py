"""How close somebody is, and which way it is moving, in each of the three ways to tell it."""

from typing import Any

import pytest

from app.what_matters.attainment import CODE_BY_LEVEL, LOINC
from app.what_matters.progress import (
    PROGRESS,
    Direction,
    Progress,
    Voice,
    Way,
    direction,
    movement,
    progress_of,
    stated_direction,
)
from tests.what_matters.cast import everybody

GOAL = "Goal/walk"


def told(
    day: str, value: Any, code: str = "how-close", by: str = "Patient/tam", **rest: Any
) -> dict[str, Any]:
    system = LOINC if code[0].isdigit() else PROGRESS
    name = "valueString" if type(value) is str else "valueInteger"
    if system == LOINC:
        name = "valueCodeableConcept"
        value = {"coding": [{"system": LOINC, "code": CODE_BY_LEVEL[value]}]}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": "Patient/tam"},
        "focus": [{"reference": GOAL}],
        "effectiveDateTime": day,
        "performer": [{"reference": by}],
        name: value,
        **rest,
    }


def read(*observations: dict[str, Any]) -> list[Progress]:
    return [one for one in map(progress_of, observations) if one is not None]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(3, 5, "nearer"), (5, 5, "about the same"), (5, 4, "further away"), (-1, 0, "nearer")],
)
def test_which_way_a_goal_moves_is_said_in_plain_words(
    before: int, after: int, expected: str
) -> None:
    assert direction(before, after) == expected


def test_the_last_is_compared_with_the_one_before_and_with_the_first_in_order_of_time() -> None:
    series = read(told("2026-06-01", 6), told("2026-03-01", 3), told("2026-05-01", 7))
    moved = movement(series, GOAL, Way.ZERO_TO_TEN)
    assert moved is not None
    assert (moved.latest.number, moved.change) == (6, 3)
    assert (moved.since_last, moved.since_start) == (Direction.FURTHER, Direction.NEARER)


def test_what_was_told_once_moves_nowhere() -> None:
    moved = movement(read(told("2026-06-01", 6)), GOAL, Way.ZERO_TO_TEN)
    assert moved is not None
    assert (moved.since_last, moved.since_start, moved.change) == (None, None, None)


def test_the_first_of_five_steps_is_what_every_voice_is_compared_with() -> None:
    series = read(
        told("2026-03-01", -1, "112296-9", by="Practitioner/wella"),
        told("2026-06-01", 1, "107334-5"),
        told("2026-07-01", -1, "107333-7", by="Practitioner/wella"),
    )
    mine = movement(series, GOAL, Way.FIVE_STEPS, Voice.PERSON)
    theirs = movement(series, GOAL, Way.FIVE_STEPS, Voice.WORKER)
    assert mine is not None
    assert theirs is not None
    assert (mine.since_start, mine.change) == (Direction.NEARER, 2)
    assert (theirs.since_start, theirs.change) == (Direction.SAME, 0)


def test_whoever_has_said_nothing_since_somebody_elses_start_has_no_voice() -> None:
    series = read(
        told("2026-02-12", -2, "112296-9", by="RelatedPerson/mum"),
        told("2026-09-30", 1, "107331-1", by="RelatedPerson/mum"),
    )
    assert movement(series, GOAL, Way.FIVE_STEPS, Voice.PERSON) is None
    theirs = movement(series, GOAL, Way.FIVE_STEPS, Voice.SUPPORTER)
    assert theirs is not None
    assert (theirs.latest.number, theirs.change) == (1, 3)


def test_own_words_are_given_back_as_they_are_and_moved_nowhere() -> None:
    words = "Slow. But I went."
    series = read(
        told("2026-03-01", "Not yet", "own-words"), told("2026-06-01", words, "own-words")
    )
    moved = movement(series, GOAL, Way.OWN_WORDS)
    assert moved is not None
    assert (moved.latest.words, moved.since_last) == (words, None)


def test_another_goal_and_another_voice_are_left_out() -> None:
    series = read(
        told("2026-03-01", 3),
        told("2026-04-01", 9, by="RelatedPerson/son"),
        told("2026-05-01", 9, focus=[{"reference": "Goal/other"}]),
    )
    moved = movement(series, GOAL, Way.ZERO_TO_TEN)
    assert moved is not None
    assert moved.latest.number == 3
    assert movement(series, GOAL, Way.ZERO_TO_TEN, Voice.WORKER) is None


def test_the_person_is_the_voice_where_they_are_one_of_those_who_say_so() -> None:
    both = [{"reference": "Practitioner/wella"}, {"reference": "Patient/tam"}]
    assert read(told("2026-03-01", 3, performer=both))[0].voice is Voice.PERSON


@pytest.mark.parametrize(
    "spoilt",
    [
        {"valueInteger": 11},
        {"valueInteger": -1},
        {"valueInteger": True},
        {"status": "entered-in-error"},
        {"focus": []},
        {"effectiveDateTime": "soon"},
        {"code": {"coding": [{"system": LOINC, "code": "8867-4"}]}},
    ],
    ids=str,
)
def test_what_is_no_progress_is_not_taken_for_it(spoilt: dict[str, Any]) -> None:
    assert progress_of(told("2026-03-01", 3) | spoilt) is None


def test_a_link_to_the_goal_counts_however_it_is_written() -> None:
    far = [{"reference": f"https://record.example/fhir/{GOAL}/_history/2"}]
    assert read(told("2026-03-01", 3, focus=far))[0].goal == GOAL


@pytest.mark.parametrize(
    ("code", "expected"),
    [("improving", "nearer"), ("no-change", "about the same"), ("worsening", "further away")],
)
def test_a_goal_in_own_words_moves_as_it_says_itself(code: str, expected: str) -> None:
    system = "http://terminology.hl7.org/CodeSystem/goal-achievement"
    goal = {"achievementStatus": {"coding": [{"system": system, "code": code}]}}
    assert stated_direction(goal) == expected


def test_a_goal_that_says_nothing_of_its_own_movement_moves_nowhere() -> None:
    assert stated_direction({}) is None


def test_all_the_progress_of_the_cast_is_read_but_a_distance_in_none_of_the_three_ways() -> None:
    unread = [
        link
        for link, one in everybody().items()
        if link.startswith("Observation/")
        and any("/progress" in profile for profile in one.get("meta", {}).get("profile", ()))
        and progress_of(one) is None
    ]
    assert unread == ["Observation/tamsin-pender-quay-distance"]


def test_what_was_said_beside_a_number_is_kept() -> None:
    notes = [{"text": "Wet steps."}, {"text": "I held the rail."}, {}]
    assert read(told("2026-03-01", 3, note=notes))[0].words == "Wet steps. I held the rail."
