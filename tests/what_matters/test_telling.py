"""One entry told in plain words."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.what_matters.days import day_in_words
from app.what_matters.help_chain import chain_of
from app.what_matters.naming import goal_name
from app.what_matters.progress import Voice, progress_of
from app.what_matters.telling import SOMEBODY_ELSE, clipped, goal_told, help_told, words_of
from tests.what_matters.cast import of_type, resource
from tests.what_matters.test_request_for_help import task

Json = dict[str, Any]
LONDON = ZoneInfo("Europe/London")
QUAY = "Goal/tamsin-pender-walk-to-the-quay"


def told(link: str, *others: Json) -> Any:
    """A goal of the cast, with what these entries tell about it."""
    every = [found for one in others if (found := progress_of(one)) is not None]
    return goal_told(resource(link), every, {})


def test_a_step_is_told_as_the_person_put_it() -> None:
    close = told(QUAY, *of_type("Observation", "tamsin-pender")).how_close
    assert close.words == "I walk to the quay and back on my own, and stop to talk."
    assert (close.number, close.by, close.since_start) == (1, Voice.PERSON, "nearer")


def test_another_voice_is_told_as_theirs_and_only_where_the_person_said_nothing() -> None:
    clemmo = resource("Observation/tamsin-pender-quay-november-clemmo")
    close = told(QUAY, clemmo).how_close
    assert close.by is Voice.WORKER
    assert close.words == "I walk to the quay and back with someone beside me."


def test_what_nobody_told_is_moving_as_the_goal_itself_says() -> None:
    goal = told(QUAY, resource("Observation/tamsin-pender-steps"))
    assert goal.how_close is None
    assert goal.moving == "nearer"


def test_a_request_that_nobody_answered_says_how_long_it_waits() -> None:
    request = {
        "resourceType": "ServiceRequest",
        "id": "rail",
        "code": {"text": "A rail"},
        "authoredOn": "2026-03-01T12:00:00Z",
    }
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    waiting = help_told(chain_of(request, []), {}, now)
    assert (waiting.states, waiting.waiting_days) == ((), 30)
    taken = help_told(chain_of(request, [task("accepted", "Organization/x")]), {}, now)
    assert (taken.states, taken.waiting_days) == (("taken on",), None)


@pytest.mark.parametrize(
    ("who", "by", "own"),
    [
        ({"expressedBy": {"reference": "Patient/tam"}}, "", True),
        ({"expressedBy": {"reference": "RelatedPerson/son"}}, "Cubert", False),
        ({"expressedBy": {"reference": "Practitioner/nobody-may-name"}}, SOMEBODY_ELSE, False),
        ({}, "", False),
    ],
)
def test_what_another_said_is_not_taken_for_the_persons_words_where_no_name_may_be_told(
    who: dict[str, Any], by: str, own: bool
) -> None:
    goal = {"resourceType": "Goal", "id": "walk", "subject": {"reference": "Patient/tam"}, **who}
    told = words_of(goal, "Walk", {"RelatedPerson/son": "Cubert"})
    assert (told.by, told.own) == (by, own)


@given(st.text(max_size=60), st.integers(min_value=1, max_value=20))
def test_words_are_cut_and_never_changed(words: str, most: int) -> None:
    told, cut = clipped(words, most)
    assert words.strip().startswith(told)
    assert len(told) <= most
    assert cut is (len(words.strip()) > most)


@given(st.text(max_size=200))
def test_a_goal_has_a_short_name_whatever_it_says(words: str) -> None:
    assert len(goal_name({"description": {"text": words}})) <= 61


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026", "2026"),
        ("2026-03", "March 2026"),
        ("2026-03-05", "5 March 2026"),
        ("2026-06-30T23:30:00Z", "1 July 2026"),
        ("", ""),
        ("soon", ""),
    ],
)
def test_a_day_is_told_as_far_as_it_is_known_and_where_the_person_lives(
    written: str, said: str
) -> None:
    assert day_in_words(written, LONDON) == said
