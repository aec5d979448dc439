"""What came of it is told as the person said it last."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.what_matters.request_for_help import STAGES
from app.what_matters.said_and_done import Said, said_and_done

NOW = datetime(2026, 11, 26, tzinfo=UTC)
PERSON = {"reference": "Patient/gerens"}
GOAL = {
    "resourceType": "Goal",
    "id": "sing",
    "lifecycleStatus": "active",
    "description": {"text": "Sing"},
    "subject": PERSON,
    "startDate": "2026-02-16",
}


def asked(id: str) -> dict[str, Any]:
    about = {"reference": "Goal/sing"}
    pertains = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"
    return {
        "resourceType": "ServiceRequest",
        "id": id,
        "status": "active",
        "code": {"text": id},
        "subject": PERSON,
        "authoredOn": "2026-03-01T10:00:00Z",
        "extension": [{"url": pertains, "valueReference": about}],
    }


def confirmed(id: str, day: str, helped: bool) -> dict[str, Any]:
    said = {"coding": [{"system": STAGES, "code": "confirmed"}]}
    return {
        "resourceType": "Task",
        "id": f"{id}-task",
        "status": "completed",
        "focus": {"reference": f"ServiceRequest/{id}"},
        "authoredOn": "2026-03-01T10:00:00Z",
        "lastModified": f"{day}T10:00:00Z",
        "output": [{"type": said, "valueBoolean": helped}],
    }


@pytest.mark.parametrize(
    ("breath", "damp", "helped"),
    [
        (("2026-10-09", True), ("2026-10-19", False), False),
        (("2026-10-19", True), ("2026-10-09", False), True),
        (("2026-10-09", True), ("2026-10-19", True), True),
    ],
)
def test_of_several_requests_the_last_that_the_person_said_of_the_help_is_told(
    breath: tuple[str, bool], damp: tuple[str, bool], helped: bool
) -> None:
    tasks = [confirmed("breath", *breath), confirmed("damp", *damp)]
    told = said_and_done(
        Said(goals=[GOAL], requests=[asked("breath"), asked("damp")], tasks=tasks), NOW
    )
    [thread] = told.answered
    assert len(thread.requests) == 2
    assert thread.helped is helped


def test_what_did_not_help_and_was_asked_again_is_not_told_as_help() -> None:
    again = {
        "resourceType": "Task",
        "id": "again",
        "status": "accepted",
        "focus": {"reference": "ServiceRequest/damp"},
        "partOf": [{"reference": "Task/damp-task"}],
        "authoredOn": "2026-10-20T10:00:00Z",
        "lastModified": "2026-10-26T10:00:00Z",
    }
    tasks = [confirmed("breath", "2026-10-09", True), confirmed("damp", "2026-10-19", False), again]
    told = said_and_done(
        Said(goals=[GOAL], requests=[asked("breath"), asked("damp")], tasks=tasks), NOW
    )
    assert [one.helped for one in told.answered] == [False]
