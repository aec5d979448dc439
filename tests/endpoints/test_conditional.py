"""Conditional create, update, patch and delete. Spec: https://hl7.org/fhir/R4/http.html#cond-update"""

import json
import secrets
import threading
from collections.abc import Callable

import httpx
import pytest

from tests.conftest import Running
from tests.endpoints.asking import MERGE_PATCH, Json, ids, places
from tests.people import goal, new_person

SYSTEM = "urn:example:goals"


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture
def value() -> str:
    return secrets.token_hex(6)


def named(person: str, value: str, text: str = "Hear the sea", **rest: object) -> Json:
    return goal(person, text, identifier=[{"system": SYSTEM, "value": value}], **rest)


def condition(value: str) -> str:
    return f"identifier={SYSTEM}|{value}"


def create(client: httpx.Client, body: Json, condition: str) -> httpx.Response:
    return client.post("/Goal", json=body, headers={"If-None-Exist": condition})


def number_of(client: httpx.Client, value: str) -> int:
    return len(ids(client.get(f"/Goal?{condition(value)}").json()))


def test_a_conditional_create_creates_what_is_not_there_yet(
    surgery: httpx.Client, person: str, value: str
) -> None:
    answer = create(surgery, named(person, value), condition(value))
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith("/_history/1")


def test_a_conditional_create_answers_what_is_there_already(
    surgery: httpx.Client, person: str, value: str
) -> None:
    made = create(surgery, named(person, value), condition(value)).json()
    answer = create(surgery, named(person, value, "Another text"), condition(value))
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"1"')
    assert answer.json() == made
    assert number_of(surgery, value) == 1


def test_a_condition_may_be_written_as_the_address_to_search(
    surgery: httpx.Client, service: Running, person: str, value: str
) -> None:
    assert create(surgery, named(person, value), condition(value)).status_code == 201
    for start in ("?", "Goal?", f"{service.settings.fhir_base}/Goal?"):
        assert create(surgery, named(person, value), start + condition(value)).status_code == 200
    for start in ("Task?", "https://other.example/fhir/Goal?"):
        assert create(surgery, named(person, value), start + condition(value)).status_code == 400
    assert number_of(surgery, value) == 1


def test_a_caller_learns_where_the_one_match_is_even_when_its_content_is_not_wanted(
    surgery: httpx.Client, person: str, value: str
) -> None:
    minimal = {"Prefer": "return=minimal"}
    made = surgery.post("/Goal", json=named(person, value), headers=minimal)
    first = made.headers["Location"]
    found = surgery.post(
        "/Goal", json=named(person, value), headers={**minimal, "If-None-Exist": condition(value)}
    )
    url = f"/Goal?{condition(value)}"
    updated = surgery.put(url, json=named(person, value, "Second"), headers=minimal)
    patched = surgery.patch(
        url, content='{"startDate":"2026-04-01"}', headers={**minimal, **MERGE_PATCH}
    )
    assert [one.status_code for one in (found, updated, patched)] == [200] * 3
    assert found.headers["Location"] == first
    assert updated.headers["Location"] == first.replace("/_history/1", "/_history/2")
    assert patched.headers["Location"] == first.replace("/_history/1", "/_history/3")


def test_a_conditional_create_with_several_matches_is_refused(
    surgery: httpx.Client, person: str, value: str
) -> None:
    for _ in range(2):
        surgery.post("/Goal", json=named(person, value))
    assert create(surgery, named(person, value), condition(value)).status_code == 412
    assert number_of(surgery, value) == 2


@pytest.mark.parametrize(
    "rest", ["&_count=0", "&_summary=count", "&_sort=-_lastUpdated", "&_elements=id"]
)
def test_what_is_said_of_the_answers_form_does_not_hide_a_match(
    surgery: httpx.Client, person: str, value: str, rest: str
) -> None:
    create(surgery, named(person, value), condition(value))
    answer = create(surgery, named(person, value), condition(value) + rest)
    assert answer.status_code == 200
    assert answer.json()["description"]["text"] == "Hear the sea"


@pytest.mark.parametrize("empty", ["", "?", "_count=1", "_format=json"])
def test_a_condition_that_says_nothing_is_refused(
    surgery: httpx.Client, person: str, value: str, empty: str
) -> None:
    assert create(surgery, named(person, value), empty).status_code == 400
    assert surgery.put(f"/Goal?{empty}", json=named(person, value)).status_code == 400
    assert surgery.patch(f"/Goal?{empty}", json={}, headers=MERGE_PATCH).status_code == 400
    assert surgery.delete(f"/Goal?{empty}").status_code == 400
    assert number_of(surgery, value) == 0


def test_a_condition_with_an_unknown_parameter_is_refused_even_when_lenient(
    surgery: httpx.Client, person: str, value: str
) -> None:
    headers = {"If-None-Exist": f"{condition(value)}&colour=blue", "Prefer": "handling=lenient"}
    answer = surgery.post("/Goal", json=named(person, value), headers=headers)
    assert answer.status_code == 400


def test_of_two_who_create_the_same_at_once_one_finds_the_others(
    surgery: httpx.Client, person: str, value: str
) -> None:
    statuses: list[int] = []

    def run() -> None:
        with httpx.Client(base_url=surgery.base_url, headers=surgery.headers) as client:
            answer = create(client, named(person, value), condition(value))
            statuses.append(answer.status_code)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 5 + [201]
    assert number_of(surgery, value) == 1


def test_a_conditional_update_creates_then_updates_the_one_match(
    surgery: httpx.Client, person: str, value: str
) -> None:
    url = f"/Goal?{condition(value)}"
    first = surgery.put(url, json=named(person, value, "First"))
    assert first.status_code == 201
    second = surgery.put(url, json=named(person, value, "Second"))
    assert (second.status_code, second.headers["ETag"]) == (200, 'W/"2"')
    assert second.json()["id"] == first.json()["id"]
    assert number_of(surgery, value) == 1


def test_a_conditional_update_takes_the_id_of_the_body_when_nothing_matches(
    surgery: httpx.Client, person: str, value: str
) -> None:
    body = named(person, value, id=f"mine-{value}")
    made = surgery.put(f"/Goal?{condition(value)}", json=body)
    assert (made.status_code, made.json()["id"]) == (201, f"mine-{value}")


def test_a_conditional_update_without_a_match_does_not_overwrite_another_entry(
    surgery: httpx.Client, person: str, value: str
) -> None:
    other = surgery.post("/Goal", json=goal(person)).json()["id"]
    url = f"/Goal?{condition(value)}"
    body = named(person, value, id=other)
    assert surgery.put(url, json=body).status_code == 409
    entries = [{"request": {"method": "PUT", "url": url[1:]}, "resource": body}]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    assert surgery.post("", json=bundle).status_code == 409
    assert surgery.get(f"/Goal/{other}").headers["ETag"] == 'W/"1"'
    free = {**body, "id": f"free-{value}"}
    assert surgery.put(url, json=free).status_code == 201


def test_a_conditional_update_with_another_id_than_the_matchs_is_refused(
    surgery: httpx.Client, person: str, value: str
) -> None:
    surgery.post("/Goal", json=named(person, value))
    answer = surgery.put(f"/Goal?{condition(value)}", json=named(person, value, id="another"))
    assert answer.status_code == 400
    assert places(answer) == ["Goal.id"]


def test_a_conditional_update_with_several_matches_is_refused(
    surgery: httpx.Client, person: str, value: str
) -> None:
    for _ in range(2):
        surgery.post("/Goal", json=named(person, value))
    answer = surgery.put(f"/Goal?{condition(value)}", json=named(person, value, "New"))
    assert answer.status_code == 412


def test_if_match_holds_for_the_match_of_a_condition_too(
    surgery: httpx.Client, person: str, value: str
) -> None:
    url, headers = f"/Goal?{condition(value)}", {"If-Match": 'W/"1"'}
    assert surgery.put(url, json=named(person, value), headers=headers).status_code == 412
    assert number_of(surgery, value) == 0
    surgery.post("/Goal", json=named(person, value))
    assert surgery.put(url, json=named(person, value, "Two"), headers=headers).status_code == 200
    assert surgery.put(url, json=named(person, value, "Three"), headers=headers).status_code == 412


def test_a_conditional_patch_changes_the_one_match(
    surgery: httpx.Client, person: str, value: str
) -> None:
    url, change = f"/Goal?{condition(value)}", json.dumps({"lifecycleStatus": "on-hold"})
    assert surgery.patch(url, content=change, headers=MERGE_PATCH).status_code == 404
    surgery.post("/Goal", json=named(person, value))
    answer = surgery.patch(url, content=change, headers=MERGE_PATCH)
    assert (answer.status_code, answer.json()["lifecycleStatus"]) == (200, "on-hold")
    surgery.post("/Goal", json=named(person, value))
    assert surgery.patch(url, content=change, headers=MERGE_PATCH).status_code == 412


def test_a_conditional_delete_deletes_the_one_match(
    surgery: httpx.Client, person: str, value: str
) -> None:
    url = f"/Goal?{condition(value)}"
    assert surgery.delete(url).status_code == 204
    surgery.post("/Goal", json=named(person, value))
    assert surgery.delete(url).status_code == 204
    assert number_of(surgery, value) == 0


def test_a_conditional_delete_with_several_matches_deletes_none(
    surgery: httpx.Client, person: str, value: str
) -> None:
    for _ in range(2):
        surgery.post("/Goal", json=named(person, value))
    assert surgery.delete(f"/Goal?{condition(value)}").status_code == 412
    assert number_of(surgery, value) == 2


def test_a_condition_is_a_search_and_needs_that_letter(
    as_client: Callable[..., httpx.Client], person: str, value: str
) -> None:
    writer = as_client("gp-surgery", scope="system/Goal.cud")
    body = named(person, value)
    assert create(writer, body, condition(value)).status_code == 403
    assert writer.put(f"/Goal?{condition(value)}", json=body).status_code == 403
    assert writer.delete(f"/Goal?{condition(value)}").status_code == 403


def test_a_condition_never_finds_what_the_caller_may_not_see(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str, value: str
) -> None:
    surgery.post("/Goal", json=named(person, value))
    other = new_person(surgery)
    oneself = as_client(f"person:{other}")
    assert create(oneself, named(other, value), condition(value)).status_code == 201
    assert oneself.delete(f"/Goal?{condition(value)}").status_code == 204
    assert number_of(surgery, value) == 1
