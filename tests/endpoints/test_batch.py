"""batch. Spec: https://hl7.org/fhir/R4/http.html#transaction"""

from collections.abc import Callable

import httpx
import pytest

from tests.conftest import Running
from tests.endpoints.asking import Json, entry, ids, json_patch, new_goal, send, told
from tests.people import goal, new_person


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


def statuses(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    bundle = answer.json()
    assert bundle["type"] == "batch-response"
    return [one["response"]["status"][:3] for one in bundle["entry"]]


def test_each_entry_is_answered_by_itself_in_the_order_sent(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    answer = send(
        surgery,
        "batch",
        entry("GET", where[1:]),
        entry("POST", "Goal", goal(person)),
        entry("POST", "Goal", goal(person, lifecycleStatus="begun")),
        entry("GET", "Goal/nowhere"),
        entry("PUT", "Goal/nowhere", goal(person)),
        entry("GET", "Medication/1"),
        entry("DELETE", "Goal/never-was"),
    )
    assert statuses(answer) == ["200", "201", "422", "404", "400", "404", "204"]
    entries = answer.json()["entry"]
    assert entries[0]["resource"]["id"] == where.rpartition("/")[2]
    assert entries[1]["response"]["location"].endswith("/_history/1")
    assert entries[1]["response"]["etag"] == 'W/"1"'
    assert entries[1]["resource"]["resourceType"] == "Goal"
    outcome = entries[2]["response"]["outcome"]
    assert outcome["issue"][0]["expression"] == ["Goal.lifecycleStatus"]


def test_a_batch_reads_searches_and_tells_history(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    answer = send(
        surgery,
        "batch",
        entry("GET", f"Goal?patient={person}"),
        entry("POST", f"Goal/_search?patient={person}"),
        entry("GET", f"Patient/{person}/Goal"),
        entry("GET", f"{where[1:]}/_history"),
        entry("GET", f"{where[1:]}/_history/1"),
        entry("HEAD", where[1:]),
    )
    assert statuses(answer) == ["200"] * 6
    kinds = [one.get("resource", {}).get("type") for one in answer.json()["entry"]]
    assert kinds == ["searchset", "searchset", "searchset", "history", None, None]
    assert "resource" not in answer.json()["entry"][5]


def test_an_entry_keeps_its_own_conditions(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    body = {**surgery.get(where).json(), "startDate": "2026-07-01"}
    answer = send(
        surgery,
        "batch",
        entry("PUT", where[1:], body, ifMatch='W/"7"'),
        entry("GET", where[1:], ifNoneMatch='W/"1"'),
        entry("GET", where[1:], ifModifiedSince="2999-01-01T00:00:00Z"),
        entry("GET", where[1:], ifModifiedSince="2001-01-01T00:00:00Z"),
        entry("POST", "Goal", goal(person), ifNoneExist=f"_id={where[6:]}"),
        entry("PATCH", where[1:], json_patch('[{"op":"remove","path":"/nothing"}]')),
    )
    assert statuses(answer) == ["412", "304", "304", "200", "200", "422"]


def test_the_conditions_of_the_request_itself_are_not_those_of_its_entries(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    body = {"resourceType": "Bundle", "type": "batch", "entry": [entry("GET", where[1:])]}
    headers = {"If-None-Match": "*", "If-Modified-Since": "Fri, 31 Dec 9999 23:59:59 GMT"}
    assert statuses(surgery.post("", json=body, headers=headers)) == ["200"]


@pytest.mark.parametrize(
    ("faulty", "status"),
    [
        ({}, "422"),
        ({"request": {"method": "GET"}}, "422"),
        ({"request": {"method": "DANCE", "url": "Goal"}}, "422"),
        ({"request": {"method": "POST", "url": "Goal"}}, "422"),
        ({"request": {"method": "GET", "url": "metadata"}}, "400"),
        ({"request": {"method": "POST", "url": ""}, "resource": {}}, "400"),
        ({"request": {"method": "GET", "url": "Patient/1/$everything"}}, "400"),
        ({"request": {"method": "GET", "url": "Goal?colour=blue"}}, "400"),
        ({"request": {"method": "GET", "url": "https://elsewhere.example/Goal/1"}}, "404"),
        ({"request": {"method": "PUT", "url": "Goal/1/_history"}, "resource": {}}, "405"),
        ({"request": {"method": "PATCH", "url": "Goal/1"}, "resource": {"data": 1}}, "404"),
        (
            {
                "request": {"method": "PATCH", "url": "Goal/1"},
                "resource": {"resourceType": "Binary", "data": "!"},
            },
            "400",
        ),
    ],
)
def test_an_entry_that_cannot_be_read_is_refused_alone(
    surgery: httpx.Client, person: str, faulty: Json, status: str
) -> None:
    answer = send(surgery, "batch", faulty, entry("POST", "Goal", goal(person)))
    assert statuses(answer) == [status, "201"]


def test_an_address_under_the_base_may_be_written_whole(
    surgery: httpx.Client, service: Running, person: str
) -> None:
    where = new_goal(surgery, person)
    answer = send(surgery, "batch", entry("GET", service.settings.fhir_base + where))
    assert statuses(answer) == ["200"]


def test_a_batch_asked_to_be_brief_leaves_out_what_was_written_but_not_what_was_asked_for(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    answer = send(
        surgery,
        "batch",
        entry("POST", "Goal", goal(person)),
        entry("GET", where[1:]),
        entry("POST", f"Goal/_search?_id={where[6:]}"),
        prefer="return=minimal",
    )
    assert ["resource" in one for one in answer.json()["entry"]] == [False, True, True]


def test_a_scope_holds_for_each_entry(
    as_client: Callable[..., httpx.Client], surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    reader = as_client("gp-surgery", scope="system/Goal.rs")
    answer = send(
        reader,
        "batch",
        entry("GET", where[1:]),
        entry("POST", "Goal", goal(person)),
        entry("DELETE", where[1:]),
        entry("GET", f"Patient/{person}"),
    )
    assert statuses(answer) == ["200", "403", "403", "403"]
    assert surgery.get(where).status_code == 200


def test_a_person_reaches_no_one_else_by_way_of_a_batch(
    as_client: Callable[..., httpx.Client], surgery: httpx.Client, person: str
) -> None:
    where, other = new_goal(surgery, person), new_person(surgery)
    oneself = as_client(f"person:{other}")
    answer = send(
        oneself,
        "batch",
        entry("GET", where[1:]),
        entry("GET", f"Goal?patient={person}"),
        entry("GET", f"{where[1:]}/_history"),
        entry("PUT", where[1:], goal(other, id=where[6:])),
        entry("POST", "Goal", goal(person)),
        entry("GET", f"Patient/{other}"),
    )
    assert statuses(answer) == ["404", "200", "404", "404", "422", "200"]
    assert ids(answer.json()["entry"][1]["resource"]) == []
    assert person not in answer.text.replace(f"Goal?patient={person}", "").replace(where[6:], "")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"resourceType": "Goal"}, 400),
        ({"resourceType": "Bundle"}, 422),
        ({"resourceType": "Bundle", "type": "collection"}, 422),
        ({"resourceType": "Bundle", "type": "batch", "entry": {}}, 422),
    ],
)
def test_only_a_batch_or_a_transaction_is_taken_at_the_base(
    surgery: httpx.Client, body: Json, status: int
) -> None:
    answer = surgery.post("", json=body)
    assert answer.status_code == status
    assert told(answer)


@pytest.mark.parametrize("type", ["batch", "transaction"])
def test_a_bundle_whose_answer_grows_too_long_is_not_answered_in_full(
    surgery: httpx.Client, person: str, type: str
) -> None:
    where = new_goal(surgery, person, note=[{"text": "x" * 1_000_000}] * 4)
    reads = [entry("GET", where[1:])] * 6
    answer = send(surgery, type, *reads, entry("POST", "Goal", goal(person)))
    if type == "transaction":
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "too-costly")
    else:
        assert statuses(answer) == ["200"] * 5 + ["400", "201"]
    surgery.delete(where)


def test_a_bundle_of_too_many_entries_is_refused(surgery: httpx.Client) -> None:
    many = [entry("GET", "Goal/1")] * 1001
    answer = send(surgery, "batch", *many)
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "too-costly"
