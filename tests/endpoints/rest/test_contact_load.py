"""Contacts of a night in one body: each by itself, and none twice."""

from collections.abc import Callable
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.fhir.library import BASE
from tests.endpoints.asking import changed
from tests.endpoints.sharing import stored as stored_as
from tests.people import new_person

Json = dict[str, Any]
Clients = Callable[..., httpx.Client]
SURGERY = {"kind": "organisation", "id": "gp-surgery"}


def contact(person: str, reference: str | None = None, **rest: Any) -> Json:
    return {
        "person": person,
        "your_reference": reference or f"visit-{uuid4()}",
        "organisation": SURGERY,
        "began": "2026-11-22T10:00:00Z",
        "ended": "2026-11-22T10:20:00Z",
        "how": "at-home",
        **rest,
    }


def load(client: httpx.Client, *contacts: Json, key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/contacts", json={"contacts": list(contacts)}, headers=headers)


@pytest.fixture
def people(surgery: httpx.Client) -> list[str]:
    return [new_person(surgery, known_to=()) for _ in range(2)]


def stored(surgery: httpx.Client, person: str) -> list[Json]:
    bundle = surgery.get(f"/Encounter?patient=Patient/{person}&_count=200").json()
    return [one["resource"] for one in bundle.get("entry", ())]


def test_contacts_of_many_people_are_made_and_what_is_wrong_with_one_stops_no_other(
    api: httpx.Client, surgery: httpx.Client, people: list[str]
) -> None:
    sent = [
        contact(people[0], told_again=False, what_matters="read", what="First walk"),
        contact(people[1], ended=None),
        contact(people[1], how="by-owl", began="yesterday"),
        contact("nobody-here"),
        {"person": people[1]},
        contact(people[1]),
    ]
    answer = load(api, *sent)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["created"], body["here_already"], body["refused"]) == (2, 0, 4)
    outcomes = [(one["outcome"], one.get("status")) for one in body["contacts"]]
    assert outcomes == [
        ("created", None),
        ("refused", 422),
        ("refused", 422),
        ("refused", 422),
        ("refused", 422),
        ("created", None),
    ]
    fields = [[fault.get("field") for fault in o.get("faults", ())] for o in body["contacts"]]
    assert fields[1] == ["ended"]
    assert set(fields[2]) == {"how", "began"}
    assert "your_reference" in fields[4]
    (encounter,) = stored(surgery, people[0])
    assert encounter["id"] == body["contacts"][0]["id"]
    assert encounter["meta"]["profile"][0].endswith("/contact")
    assert encounter["identifier"][0]["value"] == sent[0]["your_reference"]
    assert len(stored(surgery, people[1])) == 1


def test_the_same_night_sent_again_makes_nothing_twice(
    api: httpx.Client, surgery: httpx.Client, people: list[str]
) -> None:
    sent, key = [contact(one) for one in people], str(uuid4())
    first = load(api, *sent, key=key).json()
    again = load(api, *sent, key=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    unkeyed = load(api, *sent).json()
    for told in (again.json(), unkeyed):
        assert (told["created"], told["here_already"]) == (0, 2)
        assert [o["id"] for o in told["contacts"]] == [o["id"] for o in first["contacts"]]
    assert [len(stored(surgery, one)) for one in people] == [1, 1]
    assert load(api, contact(people[0]), key=key).status_code == 422


def test_the_same_night_sent_by_two_at_once_makes_nothing_twice(
    api: httpx.Client, surgery: httpx.Client, people: list[str]
) -> None:
    sent = [contact(people[0]) for _ in range(5)]
    both = [Thread(target=load, args=(api, *sent)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(stored(surgery, people[0])) == 5


def test_a_reference_is_of_one_contact_of_one_person_and_of_one_sender(
    api: httpx.Client, api_as: Clients, surgery: httpx.Client
) -> None:
    one, other = (new_person(surgery) for _ in range(2))
    reference = f"visit-{uuid4()}"
    load(api, contact(one, reference))
    (told,) = load(api, contact(other, reference)).json()["contacts"]
    assert (told["outcome"], told["status"], "id" in told) == ("refused", 409, False)
    (theirs,) = load(api_as("council-care"), contact(one, reference)).json()["contacts"]
    assert theirs["outcome"] == "created"


def test_whom_the_sender_does_not_see_is_told_as_nobody(
    api_as: Clients, people: list[str], surgery: httpx.Client
) -> None:
    stranger = api_as("stranger-clinic")
    hidden, absent = load(stranger, contact(people[0]), contact("nobody-here")).json()["contacts"]
    for told in (hidden, absent):
        del told["your_reference"], told["person"]
    assert hidden == absent
    assert stored(surgery, people[0]) == []
    reader = api_as("gp-surgery", scope="system/*.rs")
    (told,) = load(reader, contact(people[0])).json()["contacts"]
    assert (told["outcome"], told["status"]) == ("refused", 403)


def test_a_load_is_as_long_as_is_told_and_asks_who_is_there(
    api: httpx.Client, api_as: Clients
) -> None:
    assert load(api).status_code == 422
    assert load(api, *[{}] * 1001).status_code == 422
    assert load(api_as(None), {}).status_code == 401


def test_a_contact_that_another_put_there_under_our_reference_hides_none_of_ours(
    api: httpx.Client, as_client: Clients, people: list[str], surgery: httpx.Client
) -> None:
    """Else whoever guesses the next reference would keep a contact out, and nobody would know."""
    ours = contact(people[0])
    system = f"{BASE}/reference/Organization/gp-surgery"
    planted = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "VR"},
        "subject": {"reference": f"Patient/{people[0]}"},
        "identifier": [{"system": system, "value": ours["your_reference"]}],
    }
    stored_as(as_client(f"person:{people[0]}"), planted)
    (told,) = load(api, ours).json()["contacts"]
    assert (told["outcome"], told.get("status")) == ("refused", 409)
    assert "one of its own" in told["faults"][0]["detail"]


def test_a_contact_of_ours_that_another_added_to_is_here_already(
    api: httpx.Client, as_client: Clients, people: list[str], surgery: httpx.Client
) -> None:
    ours = contact(people[0])
    load(api, ours)
    (encounter,) = stored(surgery, people[0])
    own = as_client(f"person:{people[0]}")
    assert changed(own, f"/Encounter/{encounter['id']}", language="en").status_code == 200
    (told,) = load(api, ours).json()["contacts"]
    assert (told["outcome"], told["id"]) == ("here-already", encounter["id"])
