"""Tell it once, in figures that can be counted on the fingers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.what_matters.contact import Contact, Conversation, contact_of
from app.what_matters.help_chain import chain_of
from app.what_matters.told_once import (
    GoalJourney,
    Read,
    ToldOnce,
    Wait,
    Waits,
    journey_of,
    told_once,
    wait_of,
    waits,
)
from tests.what_matters.cast import of_type
from tests.what_matters.test_request_for_help import at, task

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LARDER, SURGERY, PERSON = "Organization/larder", "Organization/surgery", ""


def read(entry: str, written_by: str, read_by: str) -> Read:
    return Read(entry, written_by, read_by, NOON)


def contact(told_again: bool | None = None, organisation: str = LARDER, *goals: str) -> Contact:
    return Contact(organisation, NOON, Conversation.ASKED, told_again, goals)


def test_what_one_wrote_and_another_read_counts_and_nothing_else() -> None:
    reads = [
        read("Goal/a", LARDER, SURGERY),
        read("Goal/a", LARDER, SURGERY),
        read("Goal/b", PERSON, SURGERY),
        read("Goal/a", LARDER, LARDER),
        read("Goal/a", LARDER, PERSON),
        read("Goal/b", PERSON, PERSON),
    ]
    assert told_once(reads, []) == ToldOnce(3, 2, 0, 0, 0)


def test_a_contact_that_does_not_say_is_in_neither_count() -> None:
    figures = told_once([], [contact(True), contact(False), contact(False), contact(None)])
    assert (figures.contacts, figures.told_again, figures.not_again) == (4, 1, 2)


def test_a_goals_way_is_counted_from_contacts_and_requests_about_it() -> None:
    contacts = [
        contact(True, LARDER, "Goal/walk"),
        contact(False, SURGERY, "Goal/walk", "Goal/sing"),
        contact(False, SURGERY, "Goal/walk"),
        contact(True, LARDER, "Goal/sing"),
    ]
    about = {
        "url": "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal",
        "valueReference": {"reference": "Goal/walk"},
    }
    request = {"resourceType": "ServiceRequest", "id": "rail", "extension": [about]}
    following = task("accepted", LARDER, id="next", partOf=[{"reference": "Task/first"}])
    chains = [chain_of(request, [task("rejected"), following])]
    assert journey_of("Goal/walk", contacts, chains) == GoalJourney("Goal/walk", 3, 2, 1, 1)
    assert journey_of("Goal/sing", contacts, chains).hand_offs == 0


def version(status: str, changed: str, **rest: Any) -> dict[str, Any]:
    return task(status, lastModified=changed, **rest)


REQUEST = {"resourceType": "ServiceRequest", "id": "rail", "authoredOn": "2026-03-01T12:00:00Z"}


def test_the_first_yes_or_no_is_the_answer_and_that_helped_ends_the_wait() -> None:
    versions = [
        version("completed", "2026-03-20T12:00:00Z", **at("confirmed")),
        version("requested", "2026-03-01T12:00:00Z"),
        version("received", "2026-03-02T12:00:00Z"),
        version("rejected", "2026-03-04T12:00:00Z"),
        version("completed", "2026-03-15T12:00:00Z", **at("told-back")),
    ]
    assert wait_of(REQUEST, versions) == Wait(
        NOON, NOON + timedelta(days=3), NOON + timedelta(days=19)
    )


@pytest.mark.parametrize("status", ["requested", "received", "cancelled", "entered-in-error"])
def test_what_is_no_yes_and_no_no_is_no_answer(status: str) -> None:
    assert wait_of(REQUEST, [version(status, "2026-03-02T12:00:00Z")]) == Wait(NOON)


def test_a_version_says_when_it_came_in_where_it_does_not_say_when_it_changed() -> None:
    late = task("accepted") | {"meta": {"lastUpdated": "2026-03-02T12:00:00Z"}}
    assert wait_of(REQUEST, [late]) == Wait(NOON, NOON + timedelta(days=1))


def test_a_request_that_does_not_say_when_waits_for_nothing() -> None:
    assert wait_of({"resourceType": "ServiceRequest", "id": "rail"}, []) is None


def test_waits_are_told_by_their_median_with_those_still_waiting_beside() -> None:
    every = [
        Wait(NOON, NOON + timedelta(days=1), NOON + timedelta(days=10)),
        Wait(NOON, NOON + timedelta(days=2)),
        Wait(NOON, NOON + timedelta(days=30)),
        Wait(NOON),
    ]
    assert waits(every) == Waits(4, 3, 2.0, 1, 10.0)
    assert waits([]) == Waits(0, 0, None, 0, None)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
some_waits = st.builds(Wait, moments, st.none() | moments, st.none() | moments)


@given(st.lists(some_waits))
def test_no_wait_is_less_than_nothing(every: list[Wait]) -> None:
    figures = waits(every)
    assert figures.answered <= figures.requests
    assert (figures.days_to_answer or 0) >= 0


def test_tamsins_walk_to_the_quay_is_counted() -> None:
    contacts = [contact_of(one) for one in of_type("Encounter", "tamsin-pender")]
    requests = of_type("ServiceRequest", "tamsin-pender")
    tasks = of_type("Task", "tamsin-pender")
    way = journey_of(
        "Goal/tamsin-pender-walk-to-the-quay",
        [one for one in contacts if one is not None],
        [chain_of(one, tasks) for one in requests],
    )
    assert way.touch_points > 0
    assert way.hand_offs == 1
