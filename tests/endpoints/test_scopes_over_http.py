"""What scopes open and close at the door. Spec:
https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html"""

import json
from collections.abc import Callable

import httpx
import pytest

from tests.endpoints.asking import (
    JSON_PATCH,
    MERGE_PATCH,
    changed,
    entry,
    ids,
    json_patch,
    new_goal,
    send,
    told,
)
from tests.people import goal, new_person

CATEGORY = "http://terminology.hl7.org/CodeSystem/goal-category"
DIETARY = [{"coding": [{"system": CATEGORY, "code": "dietary"}]}]
SAFETY = [{"coding": [{"system": CATEGORY, "code": "safety"}]}]


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture(scope="module")
def dietary(as_client: Callable[..., httpx.Client]) -> httpx.Client:
    """A client for goals of one category alone."""
    return as_client("gp-surgery", scope=f"system/Goal.cruds?category={CATEGORY}|dietary")


def test_a_no_names_the_scope_that_is_missing(
    as_client: Callable[..., httpx.Client], person: str
) -> None:
    answer = as_client("gp-surgery", scope="system/Goal.r").get("/Goal")
    assert answer.status_code == 403
    assert "system/Goal.s" in told(answer)


def test_reading_does_not_imply_searching_nor_the_other_way(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    where = new_goal(surgery, person)
    reads, searches = (as_client("gp-surgery", scope=f"system/Goal.{x}") for x in "rs")
    told_by_read = [reads.get(path).status_code for path in (where, f"{where}/_history", "/Goal")]
    assert told_by_read == [200, 200, 403]
    paths = (where, "/Goal", "/Goal/_history")
    assert [searches.get(path).status_code for path in paths] == [403, 200, 200]


def test_a_write_alone_shows_nothing_of_what_it_wrote(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    where = new_goal(surgery, person)
    writer = as_client("gp-surgery", scope="system/Goal.cud")
    headers = {"Prefer": "return=representation"}
    put = writer.put(where, json=goal(person, "New", id=where[6:]), headers=headers)
    assert (put.status_code, put.content) == (200, b"")
    patch = writer.patch(where, content="{}", headers={**headers, **MERGE_PATCH})
    assert (patch.status_code, patch.content) == (200, b"")


def test_a_write_alone_cannot_find_out_by_a_test_what_is_there(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    where = new_goal(surgery, person, "Said to the surgery")
    writer = as_client("gp-surgery", scope="system/Goal.u")
    for guess in ("Said to the surgery", "Something else"):
        patch = json.dumps([{"op": "test", "path": "/description/text", "value": guess}])
        alone = writer.patch(where, content=patch, headers=JSON_PATCH)
        together = send(writer, "transaction", entry("PATCH", where[1:], json_patch(patch)))
        assert [alone.status_code, together.status_code] == [403, 403]
    added = writer.patch(where, json=[{"op": "add", "path": "/language", "value": "kw"}])
    assert added.status_code == 200


def test_a_search_of_all_types_finds_those_the_scopes_open(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    where = new_goal(surgery, person)
    goals = as_client("gp-surgery", scope="system/Goal.rs")
    found = goals.get(f"/Patient/{person}/*").json()
    assert where[6:] in ids(found)
    kinds = {one["resource"]["resourceType"] for one in found["entry"]}
    assert kinds == {"Goal"}
    brought = goals.get(f"/Goal?_id={where[6:]}&_include=Goal:subject").json()
    assert ids(brought) == [where[6:]]


def test_no_chain_goes_through_a_type_the_scopes_do_not_open(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery, name=[{"family": "Chained"}])
    where = new_goal(surgery, person)
    goals = as_client("gp-surgery", scope="system/Goal.rs")
    assert ids(surgery.get(f"/Goal?patient.family=Chained&patient={person}").json()) == [where[6:]]
    assert ids(goals.get(f"/Goal?patient.family=Chained&patient={person}").json()) == []


def test_a_scope_for_one_category_sees_and_counts_that_alone(
    surgery: httpx.Client, dietary: httpx.Client
) -> None:
    person = new_person(surgery)
    seen = new_goal(surgery, person, category=DIETARY)
    unseen = new_goal(surgery, person, category=SAFETY)
    assert ids(dietary.get(f"/Goal?patient={person}").json()) == [seen[6:]]
    assert dietary.get(f"/Goal?patient={person}&_summary=count").json()["total"] == 1
    paths = (seen, unseen, f"{unseen}/_history", f"{unseen}/_history/1", f"{seen}/_history")
    assert [dietary.get(path).status_code for path in paths] == [200, 404, 404, 404, 200]
    assert dietary.delete(unseen).status_code == 204
    assert surgery.get(unseen).status_code == 200


def test_nothing_is_written_into_or_out_of_the_category_of_a_scope(
    surgery: httpx.Client, dietary: httpx.Client, person: str
) -> None:
    assert dietary.post("/Goal", json=goal(person, category=SAFETY)).status_code == 403
    assert dietary.post("/Goal", json=goal(person)).status_code == 403
    where = new_goal(dietary, person, category=DIETARY)
    assert changed(dietary, where, category=SAFETY).status_code == 403
    other = new_goal(surgery, person, category=SAFETY)
    body = {**surgery.get(other).json(), "category": DIETARY}
    assert dietary.put(other, json=body).status_code == 404
    assert surgery.get(other).headers["ETag"] == 'W/"1"'


def test_a_version_from_before_an_entry_came_into_the_category_is_not_shown(
    surgery: httpx.Client, dietary: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person, "Before", category=SAFETY)
    assert changed(surgery, where, category=DIETARY).status_code == 200
    assert dietary.get(where).status_code == 200
    assert dietary.get(f"{where}/_history/1").status_code == 404
    entries = dietary.get(f"{where}/_history").json()["entry"]
    assert [one["response"]["etag"] for one in entries] == ['W/"2"']


@pytest.mark.parametrize(
    ("client", "open", "closed"),
    [
        ("analyst", ["/Organization", "/Questionnaire"], ["/Goal", "/Patient", "/AuditEvent"]),
        ("privacy-officer", ["/AuditEvent", "/Provenance"], ["/Goal", "/Patient", "/Consent"]),
    ],
)
def test_a_role_opens_what_it_is_for_and_no_persons_content(
    as_client: Callable[..., httpx.Client], client: str, open: list[str], closed: list[str]
) -> None:
    caller = as_client(client)
    assert {caller.get(path).status_code for path in open} == {200}
    assert {caller.get(path).status_code for path in closed} == {403}
    kinds = {
        one["resource"]["resourceType"]
        for one in caller.get("/?_count=200").json().get("entry", ())
    }
    assert not kinds & {"Patient", "Goal", "Observation"}
