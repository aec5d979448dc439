"""What the decision records promise a caller, met over HTTP (docs/decisions/0007 to 0010)."""

from collections.abc import Callable

import httpx
import pytest

from tests.people import goal, new_person

AsClient = Callable[..., httpx.Client]


def new_goal(client: httpx.Client, person: str) -> str:
    made = client.post("/Goal", json=goal(person))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def test_an_id_made_here_begins_with_the_persons_own(surgery: httpx.Client) -> None:
    person = new_person(surgery)
    assert new_goal(surgery, person).startswith(f"{person}-")


def test_an_id_the_caller_chose_is_found_again(surgery: httpx.Client) -> None:
    person = new_person(surgery)
    chosen = f"mine-{person}"
    put = surgery.put(f"/Goal/{chosen}", json={**goal(person), "id": chosen})
    assert put.status_code == 201, put.text
    assert surgery.get(f"/Goal/{chosen}").json()["subject"]["reference"] == f"Patient/{person}"


def test_an_id_of_another_persons_record_is_not_to_be_had(surgery: httpx.Client) -> None:
    one, other = new_person(surgery), new_person(surgery)
    there = f"{other}-aaaaaaaaaaaa"
    put = surgery.put(f"/Goal/{there}", json={**goal(one), "id": there})
    assert put.status_code == 404
    assert surgery.get(f"/Goal/{there}").status_code == 404


def test_an_entry_cannot_be_moved_to_another_person(surgery: httpx.Client) -> None:
    one, other = new_person(surgery), new_person(surgery)
    chosen = f"staying-{one}"
    surgery.put(f"/Goal/{chosen}", json={**goal(one), "id": chosen}).raise_for_status()
    moved = surgery.put(f"/Goal/{chosen}", json={**goal(other), "id": chosen})
    assert moved.status_code == 422
    kept = surgery.get(f"/Goal/{chosen}").json()
    assert kept["subject"]["reference"] == f"Patient/{one}"


@pytest.mark.parametrize("after", ["", "/_history/1"])
def test_absent_hidden_and_deleted_are_one_answer(
    surgery: httpx.Client, as_client: AsClient, after: str
) -> None:
    """Hidden: it is there, and it is another person's. A version of it is no more to be seen."""
    one, other = new_person(surgery), new_person(surgery)
    hidden, deleted = new_goal(surgery, other), new_goal(surgery, one)
    surgery.delete(f"/Goal/{deleted}").raise_for_status()
    person = as_client(f"person:{one}")
    absent = f"{one}-aaaaaaaaaaaa"
    ids = [absent, f"{other}-aaaaaaaaaaaa", "nobodys", hidden, *([deleted] if not after else [])]
    answers = [person.get(f"/Goal/{id}{after}") for id in ids]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({frozenset(answer.headers.keys()) for answer in answers}) == 1


def test_who_looked_is_on_record_before_the_answer_is_given(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    person = new_person(surgery)
    seen = new_goal(surgery, person)
    surgery.get(f"/Goal/{seen}", headers={"X-Request-Id": f"look.{person}"}).raise_for_status()
    log = as_client(f"person:{person}").get(
        "/AuditEvent", params={"patient": f"Patient/{person}", "action": "R"}
    )
    [event] = [entry["resource"] for entry in log.json()["entry"]]
    assert f'"Goal/{seen}' in log.text
    assert f'"look.{person}"' in log.text
    assert any(
        agent.get("who", {}).get("reference") == "Organization/gp-surgery"
        for agent in event["agent"]
    )


def test_a_refusal_is_on_record_too(surgery: httpx.Client, as_client: AsClient) -> None:
    one, other = new_person(surgery), new_person(surgery)
    hidden = new_goal(surgery, other)
    assert as_client(f"person:{one}").get(f"/Goal/{hidden}").status_code == 404
    log = as_client(f"person:{other}").get(
        "/AuditEvent", params={"patient": f"Patient/{other}", "outcome": "4"}
    )
    assert f'"Goal/{hidden}"' in log.text


def test_a_version_tells_who_wrote_it_and_by_which_request(
    surgery: httpx.Client, befriending: httpx.Client
) -> None:
    person = new_person(surgery)
    made = new_goal(surgery, person)
    changed = {**goal(person, "Walk to the lighthouse"), "id": made}
    befriending.put(f"/Goal/{made}", json=changed, headers={"X-Request-Id": "second"})
    told = surgery.get(f"/Goal/{made}").json()["meta"]["source"]
    assert told == "Organization/harbour-befriending#second"


def test_a_reference_that_leads_nowhere_is_refused_with_its_place(surgery: httpx.Client) -> None:
    person = new_person(surgery)
    nowhere = {"reference": f"Condition/{person}-aaaaaaaaaaaa"}
    sent = surgery.post("/Goal", json=goal(person, addresses=[nowhere]))
    assert sent.status_code == 422
    assert sent.json()["issue"][0]["expression"] == ["Goal.addresses[0].reference"]


def test_what_others_refer_to_cannot_be_deleted(surgery: httpx.Client) -> None:
    person = new_person(surgery)
    made = new_goal(surgery, person)
    refused = surgery.delete(f"/Patient/{person}")
    assert refused.status_code == 409
    assert f"Goal/{made}" in refused.text
    surgery.delete(f"/Goal/{made}").raise_for_status()
    assert surgery.delete(f"/Patient/{person}").status_code == 204
