"""What a profile and the rules of this record refuse is refused at every door that writes.

Spec: https://hl7.org/fhir/R4/http.html
"""

import json
from collections.abc import Callable

import httpx
import pytest

from app.fhir.library import BASE, FOLDER
from tests.endpoints.asking import (
    JSON_PATCH,
    MERGE_PATCH,
    SYSTEM,
    Json,
    entry,
    json_patch,
    send,
)
from tests.endpoints.sharing import standing, stored, supporter
from tests.people import goal, new_person

TASK = FOLDER / "examples" / "profiles" / "help-task" / "valid-asked.json"
IMPORTANCE = f"{BASE}/StructureDefinition/goal-importance"
Door = Callable[[httpx.Client, str, Json, str, object], httpx.Response]


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


def new_task(client: httpx.Client, person: str, value: str) -> str:
    """Makes a task of a request for help, as it is asked; returns its address, "/Task/…"."""
    subject = {"reference": f"Patient/{person}"}
    asks = {"resourceType": "ServiceRequest", "status": "active", "intent": "order"}
    request = client.post("/ServiceRequest", json={**asks, "subject": subject})
    assert request.status_code == 201, request.text
    task = json.loads(TASK.read_bytes())
    task |= {
        "for": subject,
        "requester": subject,
        "focus": {"reference": f"ServiceRequest/{request.json()['id']}"},
        "identifier": [{"system": SYSTEM, "value": value}],
    }
    made = client.post("/Task", json=task)
    assert made.status_code == 201, made.text
    return f"/Task/{made.json()['id']}"


def _put(client: httpx.Client, where: str, whole: Json, name: str, value: object) -> httpx.Response:
    return client.put(where, json={**whole, name: value})


def _put_where(
    client: httpx.Client, where: str, whole: Json, name: str, value: object
) -> httpx.Response:
    return client.put(_condition(where, whole), json={**whole, name: value})


def _patch(
    client: httpx.Client, where: str, whole: Json, name: str, value: object
) -> httpx.Response:
    return client.patch(where, content=_steps(name, value), headers=JSON_PATCH)


def _patch_where(
    client: httpx.Client, where: str, whole: Json, name: str, value: object
) -> httpx.Response:
    url = _condition(where, whole)
    return client.patch(url, content=_steps(name, value), headers=JSON_PATCH)


def _merge(
    client: httpx.Client, where: str, whole: Json, name: str, value: object
) -> httpx.Response:
    return client.patch(where, content=json.dumps({name: value}), headers=MERGE_PATCH)


def _bundled(type: str, method: str) -> Door:
    def door(
        client: httpx.Client, where: str, whole: Json, name: str, value: object
    ) -> httpx.Response:
        body = {**whole, name: value} if method == "PUT" else json_patch(_steps(name, value))
        return send(client, type, entry(method, where[1:], body))

    return door


def _condition(where: str, whole: Json) -> str:
    identifier = whole["identifier"][0]
    return f"/{where.split('/')[1]}?identifier={identifier['system']}|{identifier['value']}"


def _steps(name: str, value: object) -> str:
    return json.dumps([{"op": "add", "path": f"/{name}", "value": value}])


DOORS: dict[str, Door] = {
    "put": _put,
    "conditional put": _put_where,
    "json patch": _patch,
    "conditional patch": _patch_where,
    "merge patch": _merge,
    **{
        f"{method} in a {type}": _bundled(type, method)
        for type in ("batch", "transaction")
        for method in ("PUT", "PATCH")
    },
}


def outcome_of(answer: httpx.Response) -> tuple[int, set[str]]:
    """The status, also of a batch's one entry, and the rules that the issues name."""
    body, status = answer.json(), answer.status_code
    if body.get("type") == "batch-response":
        response = body["entry"][0]["response"]
        body, status = response.get("outcome", {}), int(response["status"][:3])
    rules = {
        coding["code"]
        for issue in body.get("issue", ())
        for coding in issue.get("details", {}).get("coding", ())
    }
    return status, rules


@pytest.mark.parametrize("door", DOORS)
def test_a_request_for_help_takes_no_step_that_is_not_its_next(
    surgery: httpx.Client, person: str, door: str
) -> None:
    where = new_task(surgery, person, door)
    whole = surgery.get(where).json()
    refused = DOORS[door](surgery, where, whole, "status", "draft")
    assert outcome_of(refused) == (422, {"wm-help-task-moves"})
    assert surgery.get(where).json() == whole
    taken = DOORS[door](surgery, where, whole, "status", "received")
    assert outcome_of(taken)[0] == 200
    assert surgery.get(where).json()["status"] == "received"


@pytest.mark.parametrize("door", DOORS)
def test_a_request_for_help_does_not_shake_off_its_profile(
    surgery: httpx.Client, person: str, door: str
) -> None:
    where = new_task(surgery, person, f"shaken off {door}")
    whole = surgery.get(where).json()
    tag = {
        "tag": [{"system": SYSTEM, "code": "free"}],
        "profile": [f"{BASE}/StructureDefinition/x"],
    }
    refused = DOORS[door](surgery, where, whole, "meta", tag)
    assert outcome_of(refused) == (422, {"wm-help-task-moves"})


@pytest.mark.parametrize("door", DOORS)
def test_an_entry_is_held_to_its_profile(surgery: httpx.Client, person: str, door: str) -> None:
    sound = goal(
        person,
        meta={"profile": [f"{BASE}/StructureDefinition/person-stated-goal"]},
        identifier=[{"system": SYSTEM, "value": f"held {door}"}],
        expressedBy={"reference": f"Patient/{person}"},
    )
    made = surgery.post("/Goal", json=sound)
    assert made.status_code == 201, made.text
    where, whole = f"/Goal/{made.json()['id']}", made.json()
    eleven = [{"url": IMPORTANCE, "valueInteger": 11}]
    status, rules = outcome_of(DOORS[door](surgery, where, whole, "extension", eleven))
    assert (status, len(rules)) == (422, 1)
    assert surgery.get(where).json() == whole


@pytest.mark.parametrize("door", DOORS)
def test_where_a_supporter_stands_changes_by_a_step_and_for_a_reason(
    surgery: httpx.Client, person: str, door: str
) -> None:
    number = [{"system": SYSTEM, "value": f"supporter {door}"}]
    first = standing(supporter(person, identifier=number), "paused", "person-asked-to-pause")
    where = "/" + stored(surgery, first)
    whole = surgery.get(where).json()
    back = standing(whole, "invited", "invited-by-person")["extension"]
    refused = DOORS[door](surgery, where, whole, "extension", back)
    assert outcome_of(refused) == (422, {"wm-supporter-state"})
    refused = DOORS[door](surgery, where, whole, "active", True)
    assert outcome_of(refused) == (422, {"wm-supporter-state"})
    assert surgery.get(where).json() == whole
    stopped = standing(whole, "ended", "person-asked-to-stop")["extension"]
    assert outcome_of(DOORS[door](surgery, where, whole, "extension", stopped))[0] == 200
