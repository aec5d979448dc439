"""delete. Spec: https://hl7.org/fhir/R4/http.html#delete"""

from collections.abc import Callable

import httpx
import pytest

from tests.endpoints.asking import ids, new_goal, told
from tests.people import new_person, observation


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


def test_what_is_deleted_is_gone_from_reads_and_searches(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    answer = surgery.delete(where)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["ETag"] == 'W/"2"'
    assert surgery.get(where).status_code == 404
    assert where.rpartition("/")[2] not in ids(surgery.get(f"/Goal?patient={person}").json())


def test_a_deletion_can_be_said_twice(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    assert surgery.delete(where).status_code == 204
    assert surgery.delete(where).status_code == 204
    assert len(surgery.get(f"{where}/_history").json()["entry"]) == 2
    assert surgery.delete("/Goal/never-was").status_code == 204


def test_a_deletion_of_another_version_than_the_one_read_is_refused(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    assert surgery.delete(where, headers={"If-Match": 'W/"4"'}).status_code == 412
    assert surgery.get(where).status_code == 200
    assert surgery.delete(where, headers={"If-Match": 'W/"1"'}).status_code == 204


def test_what_others_refer_to_is_not_deleted_and_they_are_named(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    focus = [{"reference": where[1:]}]
    made = surgery.post("/Observation", json=observation(person, focus=focus)).json()
    answer = surgery.delete(where)
    assert answer.status_code == 409
    assert f"Observation/{made['id']}" in told(answer)
    assert surgery.get(where).status_code == 200

    assert surgery.delete(f"/Observation/{made['id']}").status_code == 204
    assert surgery.delete(where).status_code == 204


def test_a_person_with_entries_is_not_deleted(surgery: httpx.Client) -> None:
    person = new_person(surgery)
    where = new_goal(surgery, person)
    answer = surgery.delete(f"/Patient/{person}")
    assert answer.status_code == 409
    assert where[1:] in told(answer)


def test_what_refers_from_a_record_that_the_caller_may_not_know_is_not_told_by_a_refusal(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    where, other = new_goal(surgery, person), new_person(surgery)
    focus = [{"reference": where[1:]}]
    made = surgery.post("/Observation", json=observation(other, focus=focus)).json()
    assert surgery.delete(where).status_code == 409
    assert as_client(f"person:{person}").delete(where).status_code == 204
    assert surgery.get(f"/Observation/{made['id']}").json() == made


def test_a_deletion_may_be_answered_with_words(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    answer = surgery.delete(where, headers={"Prefer": "return=OperationOutcome"})
    assert answer.status_code == 200
    assert answer.json()["issue"][0]["severity"] == "information"


def test_a_resource_may_be_deleted_that_refers_to_itself(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    body = {**surgery.get(where).json(), "addresses": [], "outcomeReference": []}
    body = {name: value for name, value in body.items() if value != []}
    body["note"] = [{"text": "See above", "authorReference": {"reference": f"Patient/{person}"}}]
    body["extension"] = [
        {"url": "https://example.org/see", "valueReference": {"reference": where[1:]}}
    ]
    assert surgery.put(where, json=body).status_code == 200
    assert surgery.delete(where).status_code == 204


@pytest.mark.parametrize("act", ["delete", "validate"])
def test_only_what_the_token_may_read_is_named_among_what_refers_to_it(
    as_client: Callable[..., httpx.Client], surgery: httpx.Client, act: str
) -> None:
    person = new_person(surgery)
    where = new_goal(surgery, person)
    made = surgery.post("/Observation", json=observation(person, focus=[{"reference": where[1:]}]))
    named = f"It is referred to by Observation/{made.json()['id']}."

    def asked(client: httpx.Client) -> str:
        if act == "delete":
            return told(client.delete(where))
        return told(client.get(f"{where}/$validate?mode=delete"))

    assert named in asked(surgery)
    less = asked(as_client("gp-surgery", scope="system/Goal.cruds"))
    assert "It is referred to by other entries, too." in less
    assert "Observation" not in less
