"""Each example of /api/openapi.json is taken as it stands."""

import json
from typing import Any

import httpx
import pytest

from app.endpoints.rest.application import rest_application
from app.endpoints.rest.described import operations
from tests.people import new_person

DESCRIPTION = rest_application(lambda: None, "1").openapi()
BODIES = {
    f"{method} {path}": operation["requestBody"]["content"]["application/json"]["example"]
    for path, method, operation in operations(DESCRIPTION)
    if "requestBody" in operation
}
ADDED = [name for name in BODIES if name.startswith("post ") and "{id}" not in name]


def of(person: str, goal: str, body: Any) -> Any:
    """A body with another person and goal than Tamsin's: other tests read of her."""
    told = json.dumps(body).replace("tamsin-pender-walk-to-the-quay", goal)
    return json.loads(told.replace("tamsin-pender", person).replace("night-", f"{person}-"))


@pytest.fixture(scope="module")
def place(api: httpx.Client, surgery: httpx.Client) -> tuple[str, str]:
    """Somebody, and a goal of theirs."""
    person = new_person(surgery, known_to=("gp-surgery", "council-care"))
    goal = api.post(f"/people/{person}/goals", json=BODIES["post /people/{person}/goals"])
    return person, goal.json()["id"]


@pytest.mark.parametrize("name", ADDED)
def test_what_the_example_adds_is_taken(
    api: httpx.Client, place: tuple[str, str], name: str
) -> None:
    taken = api.post(
        name.partition(" ")[2].replace("{person}", place[0]), json=of(*place, BODIES[name])
    )
    assert taken.is_success, taken.text
    assert taken.json().get("refused", 0) == 0, taken.text


@pytest.mark.parametrize(
    "moves",
    [("prioritise", "reword", "pause", "pick-up-again", "reached"), ("let-go", "pick-up-again")],
    ids="-".join,
)
def test_what_the_example_moves_is_taken(
    api: httpx.Client, place: tuple[str, str], moves: tuple[str, ...]
) -> None:
    base = f"/people/{place[0]}/goals"
    told = api.post(base, json=BODIES["post /people/{person}/goals"])
    for word in moves:
        body = BODIES[f"post /people/{{person}}/goals/{{id}}/{word}"]
        etag = {"If-Match": told.headers["ETag"]}
        told = api.post(f"{base}/{told.json()['id']}/{word}", json=body, headers=etag)
        assert told.status_code == 200, told.text
