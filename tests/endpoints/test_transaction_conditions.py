"""Conditions inside a transaction: creates, updates, references, and what is deleted beside them.

Spec: https://hl7.org/fhir/R4/http.html#trules
"""

import secrets

import httpx
import pytest

from tests.endpoints.asking import (
    SYSTEM,
    done,
    entry,
    id_of,
    ids,
    named,
    new_goal,
    places,
    send,
)
from tests.people import goal, new_person, observation

GOAL = "urn:uuid:6f1e1a52-8d55-4f35-9b0e-0e9f4f8ad001"


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture
def value() -> str:
    return secrets.token_hex(6)


def test_a_conditional_create_in_a_transaction_uses_what_is_there(
    surgery: httpx.Client, person: str, value: str
) -> None:
    there = surgery.post("/Goal", json=named(person, value)).json()["id"]
    answer = send(
        surgery,
        "transaction",
        entry(
            "POST",
            "Goal",
            named(person, value),
            fullUrl=GOAL,
            ifNoneExist=f"identifier={SYSTEM}|{value}",
        ),
        entry("POST", "Observation", observation(person, focus=[{"reference": GOAL}])),
    )
    first, second = done(answer)
    assert (first["status"], id_of(first), first["etag"]) == ("200 OK", there, 'W/"1"')
    stored = surgery.get(f"/Observation/{id_of(second)}").json()
    assert stored["focus"] == [{"reference": f"Goal/{there}"}]


def test_a_conditional_create_in_a_transaction_creates_what_is_not_there(
    surgery: httpx.Client, person: str, value: str
) -> None:
    condition = f"identifier={SYSTEM}|{value}"
    body = entry("POST", "Goal", named(person, value), ifNoneExist=condition)
    assert done(send(surgery, "transaction", body))[0]["status"] == "201 Created"
    assert done(send(surgery, "transaction", body))[0]["status"] == "200 OK"


def test_two_entries_cannot_create_on_the_same_condition(
    surgery: httpx.Client, person: str, value: str
) -> None:
    condition = f"identifier={SYSTEM}|{value}"
    body = entry("POST", "Goal", named(person, value), ifNoneExist=condition)
    answer = send(surgery, "transaction", body, body)
    assert answer.status_code == 422
    assert places(answer) == ["Bundle.entry[1].request"]


def test_a_conditional_reference_is_led_to_its_one_match(
    surgery: httpx.Client, person: str, value: str
) -> None:
    there = surgery.post("/Goal", json=named(person, value)).json()["id"]
    about = {"reference": f"Goal?identifier={SYSTEM}|{value}"}
    answer = send(
        surgery, "transaction", entry("POST", "Observation", observation(person, focus=[about]))
    )
    stored = surgery.get(f"/Observation/{id_of(done(answer)[0])}").json()
    assert stored["focus"] == [{"reference": f"Goal/{there}"}]


def test_a_conditional_reference_may_mean_what_the_same_transaction_creates(
    surgery: httpx.Client, person: str, value: str
) -> None:
    about = {"reference": f"Goal?identifier={SYSTEM}|{value}"}
    note = entry("POST", "Observation", observation(person, focus=[about]))
    answer = send(surgery, "transaction", note, entry("POST", "Goal", named(person, value)))
    first, second = done(answer)
    stored = surgery.get(f"/Observation/{id_of(first)}").json()
    assert stored["focus"] == [{"reference": f"Goal/{id_of(second)}"}]
    again = send(surgery, "transaction", note, entry("POST", "Goal", named(person, value)))
    assert again.status_code == 412


def test_what_a_transaction_deletes_meets_no_condition_of_its_own(
    surgery: httpx.Client, person: str, value: str
) -> None:
    url = f"Goal?identifier={SYSTEM}|{value}"
    old = surgery.post("/Goal", json=named(person, value)).json()["id"]
    for going in (entry("DELETE", f"Goal/{old}"), entry("DELETE", url)):
        coming = entry("POST", "Goal", named(person, value), ifNoneExist=url.partition("?")[2])
        responses = done(send(surgery, "transaction", coming, going))
        assert [one["status"][:3] for one in responses] == ["201", "204"]
    assert len(ids(surgery.get(f"/{url}").json())) == 1


@pytest.mark.parametrize(("matches", "status"), [(0, 422), (2, 412)])
def test_a_conditional_reference_without_one_match_refuses_the_whole(
    surgery: httpx.Client, person: str, value: str, matches: int, status: int
) -> None:
    for _ in range(matches):
        surgery.post("/Goal", json=named(person, value))
    about = {"reference": f"Goal?identifier={SYSTEM}|{value}"}
    body = observation(person, focus=[about])
    answer = send(surgery, "transaction", entry("POST", "Observation", body))
    assert answer.status_code == status
    assert places(answer) == ["Bundle.entry[0].resource.focus[0].reference"]


def test_a_conditional_update_and_delete_in_a_transaction(
    surgery: httpx.Client, person: str, value: str
) -> None:
    url = f"Goal?identifier={SYSTEM}|{value}"
    put = entry("PUT", url, named(person, value))
    assert done(send(surgery, "transaction", put))[0]["status"] == "201 Created"
    changed = entry("PUT", url, named(person, value, lifecycleStatus="on-hold"))
    assert done(send(surgery, "transaction", changed))[0]["etag"] == 'W/"2"'
    another = entry("PUT", url, named(person, value, id="another"))
    assert places(send(surgery, "transaction", another)) == ["Bundle.entry[0].resource.id"]
    assert done(send(surgery, "transaction", entry("DELETE", url)))[0]["status"][:3] == "204"
    assert "entry" not in surgery.get(f"/{url}").json()


def test_if_match_and_if_none_match_hold_in_a_transaction(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    body = {**goal(person, "Changed"), "id": where[6:]}
    for conditions in ({"ifMatch": 'W/"3"'}, {"ifNoneMatch": "*"}):
        answer = send(surgery, "transaction", entry("PUT", where[1:], body, **conditions))
        assert answer.status_code == 412
    assert surgery.get(where).headers["ETag"] == 'W/"1"'
    answer = send(surgery, "transaction", entry("PUT", where[1:], body, ifMatch='W/"1"'))
    assert done(answer)[0]["etag"] == 'W/"2"'
