"""The sandbox's own door: what a client sends amiss is refused, and nothing falls over."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.conformance.client_sandbox_door import FHIR_JSON, JSON_PATCH, Door, Reply, Request
from app.conformance.client_sandbox_shelf import Shelf
from tests.people import goal

NOW = datetime.now(UTC)
BESIDE = {"extension": [{"url": "urn:example:beside", "valueString": "x"}]}
TASK = {"resourceType": "Task", "id": "1", "intent": "order"}


def ask(door: Door, method: str, path: str, body: Any, media: str = FHIR_JSON) -> Reply:
    headers = {"content-type": media}
    request = Request("http://x", method, path, "", headers, json.dumps(body).encode())
    return door.answer(request, NOW)


@pytest.mark.parametrize(
    ("patch", "status"),
    [
        ("x", 400),
        ({"op": "add"}, 400),
        ([{"op": "remove", "path": "/nothing"}], 422),
        ([{"op": "copy", "from": "", "path": "/note"}], 422),
    ],
    ids=str,
)
def test_a_patch_that_cannot_be_made_is_refused(patch: Any, status: int) -> None:
    door = Door(Shelf([], NOW), 10)
    assert ask(door, "PUT", "Goal/1", goal("a", id="1")).status == 201
    assert ask(door, "PATCH", "Goal/1", patch, JSON_PATCH).status == status


def test_a_task_without_a_status_moves_nowhere() -> None:
    door = Door(Shelf([], NOW), 10)
    assert ask(door, "PUT", "Task/1", {**TASK, "_status": BESIDE}).status == 201
    assert ask(door, "PUT", "Task/1", {**TASK, "status": "completed"}).status == 422
