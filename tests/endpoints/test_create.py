"""create. Spec: https://hl7.org/fhir/R4/http.html#create"""

import re
from collections.abc import Callable

import httpx
import pytest

from tests.conftest import Running
from tests.endpoints.asking import issues, places, told
from tests.people import goal, new_person, observation


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


def test_a_create_tells_where_which_version_and_when(
    surgery: httpx.Client, service: Running, person: str
) -> None:
    answer = surgery.post("/Goal", json=goal(person))
    assert answer.status_code == 201
    made = answer.json()
    base = service.settings.fhir_base
    assert answer.headers["Location"] == f"{base}/Goal/{made['id']}/_history/1"
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Last-Modified"].endswith(" GMT")
    assert made["meta"]["versionId"] == "1"
    assert surgery.get(answer.headers["Location"]).json() == made


def test_the_time_of_a_version_is_an_instant_in_utc(surgery: httpx.Client, person: str) -> None:
    updated = surgery.post("/Goal", json=goal(person)).json()["meta"]["lastUpdated"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", updated)


def test_the_id_of_a_create_is_the_servers_whatever_the_client_sent(
    surgery: httpx.Client, person: str
) -> None:
    answer = surgery.post("/Goal", json=goal(person, id="mine"))
    assert answer.status_code == 201
    assert answer.json()["id"] != "mine"
    assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", answer.json()["id"])


def test_what_only_the_server_says_is_overwritten_and_labels_are_kept(
    surgery: httpx.Client, person: str
) -> None:
    kept = {
        "tag": [{"system": "urn:example:tags", "code": "kept"}],
        "security": [
            {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
        ],
        "profile": ["https://example.org/StructureDefinition/kept"],
    }
    sent = {
        **kept,
        "versionId": "77",
        "lastUpdated": "2001-01-01T00:00:00Z",
        "source": "Organization/somebody-else",
    }
    meta = surgery.post("/Goal", json=goal(person, meta=sent)).json()["meta"]
    assert {name: meta[name] for name in kept} == kept
    assert meta["versionId"] == "1"
    assert not meta["lastUpdated"].startswith("2001")
    assert meta["source"].startswith("Organization/gp-surgery#")


def test_the_source_of_a_version_names_the_request_that_wrote_it(
    surgery: httpx.Client, person: str
) -> None:
    answer = surgery.post("/Goal", json=goal(person), headers={"X-Request-Id": "kowsel-1"})
    assert answer.headers["X-Request-Id"] == "kowsel-1"
    assert answer.json()["meta"]["source"] == "Organization/gp-surgery#kowsel-1"


def test_a_resource_of_another_type_than_the_address_is_refused(
    surgery: httpx.Client, person: str
) -> None:
    answer = surgery.post("/Observation", json=goal(person))
    assert answer.status_code == 422
    assert places(answer) == ["resourceType"]


def test_every_fault_is_told_at_once_with_its_place(surgery: httpx.Client, person: str) -> None:
    sent = goal(
        person,
        lifecycleStatus="begun",
        achievementStatus={"coding": [{"system": 7}]},
        target=[{"dueDate": "2026-05-01"}, {"dueDate": "1st of May"}],
        colour="blue",
    )
    answer = surgery.post("/Goal", json=sent)
    assert answer.status_code == 422
    assert set(places(answer)) == {
        "Goal.lifecycleStatus",
        "Goal.achievementStatus.coding[0].system",
        "Goal.target[1].dueDate",
        "Goal.colour",
    }


def test_of_very_many_faults_the_first_are_told(surgery: httpx.Client, person: str) -> None:
    nowhere = [{"reference": f"Condition/nowhere-{n}"} for n in range(1002)]
    told = issues(surgery.post("/Goal", json=goal(person, addresses=nowhere)))
    assert [issue["code"] for issue in told] == ["not-found"] * 1000 + ["incomplete"]


def test_a_refusal_never_repeats_what_was_sent(surgery: httpx.Client, person: str) -> None:
    answer = surgery.post("/Goal", json=goal(person, lifecycleStatus="a-secret-word"))
    assert answer.status_code == 422
    assert "a-secret-word" not in answer.text


def test_nothing_is_stored_of_a_create_that_is_refused(surgery: httpx.Client) -> None:
    person = new_person(surgery)
    assert surgery.post("/Goal", json=goal(person, lifecycleStatus="begun")).status_code == 422
    assert "entry" not in surgery.get(f"/Goal?patient={person}").json()


def test_more_codes_than_the_index_takes_are_refused(surgery: httpx.Client, person: str) -> None:
    codes = [{"system": "urn:example:many", "code": f"c{n}"} for n in range(10_001)]
    many = surgery.post("/Observation", json=observation(person, code={"coding": codes}))
    assert (many.status_code, issues(many)[0]["code"]) == (422, "too-costly")


def test_a_create_with_the_letter_c_alone_is_answered_without_a_body(
    as_client: Callable[..., httpx.Client], person: str
) -> None:
    writer = as_client("gp-surgery", scope="system/Goal.c")
    answer = writer.post("/Goal", json=goal(person), headers={"Prefer": "return=representation"})
    assert (answer.status_code, answer.content) == (201, b"")
    assert "Location" in answer.headers
    assert writer.get(answer.headers["Location"]).status_code == 403


@pytest.mark.parametrize(
    ("prefer", "shown"),
    [
        (None, "Goal"),
        ("return=representation", "Goal"),
        ("return=OperationOutcome", "OperationOutcome"),
        ("return=minimal", None),
        ("respond-async, return=minimal; wait=5", None),
        ("return=whatever", "Goal"),
    ],
)
def test_a_caller_may_say_what_a_write_is_answered_with(
    surgery: httpx.Client, person: str, prefer: str | None, shown: str | None
) -> None:
    headers = {} if prefer is None else {"Prefer": prefer}
    answer = surgery.post("/Goal", json=goal(person), headers=headers)
    assert answer.status_code == 201
    assert "Location" in answer.headers
    assert (answer.json()["resourceType"] if answer.content else None) == shown


def test_a_resource_of_a_type_not_served_has_no_address(surgery: httpx.Client) -> None:
    answer = surgery.post("/Medication", json={"resourceType": "Medication"})
    assert answer.status_code == 404
    assert "/fhir/metadata" in told(answer)
