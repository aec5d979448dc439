"""A request for help as a whole: who has it, how often it was handed on, what is unanswered."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.what_matters.help_chain import (
    HOW_IS_NOT_SAID,
    SDOH,
    WORDS_BY_ROOM,
    Overdue,
    Patience,
    Room,
    chain_of,
    must_not_be_contacted,
    overdue,
    reached_instead,
    status_of,
    unanswered,
)
from app.what_matters.request_for_help import State
from tests.what_matters.cast import everybody, of_type, resource
from tests.what_matters.test_request_for_help import REQUEST, at, task

PATIENT = Patience(answer_days=7, tell_back_days=3)


def moment(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)


def part_of(before: str, id: str, owner: str, status: str = "requested", **rest: Any) -> Any:
    before_it = [{"reference": f"Task/{before}"}]
    return task(status, owner, **{"id": id, "partOf": before_it, **rest})


def chain(*tasks: dict[str, Any]) -> Any:
    return chain_of(REQUEST, tasks)


def test_a_request_is_where_nothing_follows() -> None:
    whole = chain(
        task("rejected", "Organization/a", **at("declined")),
        part_of("first", "second", "Organization/b", "in-progress"),
    )
    assert whole.states == (State.UNDER_WAY,)
    assert whole.is_answered
    assert whole.hand_offs == 1


def test_asked_again_of_the_same_one_is_no_hand_off() -> None:
    whole = chain(
        task("completed", "Organization/a", **at("confirmed")),
        part_of("first", "second", "Organization/a", "rejected"),
        part_of("second", "third", "Organization/b"),
        part_of("third", "fourth", "Organization/c"),
    )
    assert whole.hand_offs == 2


def test_a_loop_of_tasks_loses_none() -> None:
    one = part_of("second", "first", "Organization/a")
    other = part_of("first", "second", "Organization/b")
    assert len(chain(one, other).ends) == 2


def test_tasks_of_another_request_and_mistakes_are_not_in_the_chain() -> None:
    other = task(id="other", focus={"reference": "ServiceRequest/other"})
    assert chain(other, task("entered-in-error"), task("draft")).tasks == ()


@pytest.mark.parametrize(
    ("tasks", "is_answered"),
    [
        ([], False),
        ([task()], False),
        ([task("received")], False),
        ([task("rejected", **at("declined"))], False),
        ([task("rejected", **at("passed-on"))], False),
        ([task("failed")], False),
        ([task("accepted")], True),
        ([task("on-hold")], True),
        ([task("completed")], True),
        ([task("cancelled")], True),
        ([task(), task("accepted", id="second")], True),
    ],
)
def test_what_nobody_has_said_yes_to_is_unanswered(
    tasks: list[dict[str, Any]], is_answered: bool
) -> None:
    assert chain(*tasks).is_answered is is_answered


def test_the_one_that_has_waited_longest_comes_first() -> None:
    requests = [
        {**REQUEST, "id": id, "authoredOn": day}
        for id, day in [("b", "2026-05-01"), ("a", "2026-03-01"), ("c", "2026-09-01T10:00:00Z")]
    ]
    over = {**REQUEST, "id": "d", "status": "revoked", "authoredOn": "2026-01-01"}
    waiting = unanswered(chain_of(one, []) for one in [*requests, over])
    assert [one.request["id"] for one in waiting] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("tasks", "status"),
    [
        ([], "active"),
        ([task("accepted")], "active"),
        ([task("completed")], "active"),
        ([task("completed", **at("confirmed"))], "completed"),
        ([task("completed", **at("confirmed")), task("accepted", id="second")], "active"),
        ([task("cancelled")], "revoked"),
        ([task("rejected")], "active"),
    ],
)
def test_a_request_is_over_once_it_helped_or_was_taken_back(
    tasks: list[dict[str, Any]], status: str
) -> None:
    assert status_of(chain(*tasks)) == status


@pytest.mark.parametrize(
    ("given", "now", "why"),
    [
        # Asked on 1 October at ten; a week to answer.
        (task(), "2026-10-08T10:00:00Z", None),
        (task(), "2026-10-08T10:00:01Z", Overdue.NO_ANSWER),
        (task("received"), "2026-10-08T10:00:01Z", Overdue.NO_ANSWER),
        (task("accepted"), "2027-10-08T10:00:01Z", None),
        (task("rejected"), "2027-10-08T10:00:01Z", None),
        (
            task("in-progress", restriction={"period": {"end": "2026-12-04"}}),
            "2026-12-04T23:59:59Z",
            None,
        ),
        (
            task("in-progress", restriction={"period": {"end": "2026-12-04"}}),
            "2026-12-05T00:00:00Z",
            Overdue.PAST_ITS_DAY,
        ),
        (
            task(
                "completed",
                restriction={"period": {"end": "2026-12-04"}},
                lastModified="2026-12-05T10:00:00Z",
            ),
            "2026-12-06T00:00:00Z",
            None,
        ),
        (
            task("completed", lastModified="2026-12-05T10:00:00Z"),
            "2026-12-08T10:00:00Z",
            None,
        ),
        (
            task("completed", lastModified="2026-12-05T10:00:00Z"),
            "2026-12-08T10:00:01Z",
            Overdue.NOT_TOLD_BACK,
        ),
        (
            task("completed", lastModified="2026-12-05T10:00:00Z", **at("told-back")),
            "2027-12-08T10:00:01Z",
            None,
        ),
    ],
)
def test_what_waits_too_long_says_why(given: dict[str, Any], now: str, why: Overdue | None) -> None:
    assert overdue(given, moment(now), PATIENT) == why


def test_whoever_must_not_be_contacted_is_said_and_how_they_will_be_in_touch() -> None:
    safe = resource("ServiceRequest/demelza-carveth-safe-room")
    assert must_not_be_contacted(safe)
    assert reached_instead(safe) == "Do not contact her. She will make contact."
    assert not must_not_be_contacted(REQUEST)
    assert reached_instead(REQUEST) == ""


def test_that_nobody_may_get_in_touch_is_told_also_where_nobody_says_how_they_will() -> None:
    coding = {"system": SDOH, "code": "contacting-subject-prohibited"}
    for orders in ([{"coding": [coding]}], [{"coding": [coding], "text": " "}]):
        assert reached_instead({**REQUEST, "orderDetail": orders}) == HOW_IS_NOT_SAID
    two = [{"coding": [coding], "text": "I will ring."}, {"coding": [coding], "text": "On Friday."}]
    assert reached_instead({**REQUEST, "orderDetail": two}) == "I will ring. On Friday."


def test_room_is_told_in_plain_words_before_anybody_is_asked() -> None:
    assert WORDS_BY_ROOM.keys() == set(Room)


def test_the_rail_on_duck_steps_was_handed_on_once_and_helped() -> None:
    tasks = of_type("Task", "tamsin-pender")
    rail = chain_of(resource("ServiceRequest/tamsin-pender-handrail"), tasks)
    assert (rail.states, rail.hand_offs, status_of(rail)) == ((State.HELPED,), 1, "completed")


def test_what_nobody_in_the_cast_was_answered_is_told() -> None:
    every = everybody()
    tasks = [one for link, one in every.items() if link.startswith("Task/")]
    waiting = unanswered(
        chain_of(one, tasks) for link, one in every.items() if link.startswith("ServiceRequest/")
    )
    assert [one.request["id"] for one in waiting] == [
        "steren-rosewarne-lift-for-my-brother",
        "morwenna-nancarrow-tuesday-evenings",
    ]
