"""update. Spec: https://hl7.org/fhir/R4/http.html#update"""

import secrets
from collections.abc import Callable

import httpx
import pytest

from tests.conftest import Running
from tests.endpoints.asking import changed, ids, new_goal, places, told
from tests.people import goal, new_person


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


def chosen() -> str:
    return f"mine-{secrets.token_hex(6)}"


def test_an_update_makes_the_next_version(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    answer = changed(surgery, where, startDate="2026-04-01")
    assert answer.status_code == 200
    assert answer.headers["ETag"] == 'W/"2"'
    assert "Location" not in answer.headers
    assert answer.json() == surgery.get(where).json()
    assert answer.json()["meta"]["versionId"] == "2"


def test_an_update_under_an_id_the_client_chose_creates(
    surgery: httpx.Client, service: Running, person: str
) -> None:
    id = chosen()
    answer = surgery.put(f"/Goal/{id}", json=goal(person, id=id))
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{service.settings.fhir_base}/Goal/{id}/_history/1"
    assert surgery.get(f"/Goal/{id}").json()["id"] == id
    assert ids(surgery.get(f"/Goal?patient={person}&_id={id}").json()) == [id]


def test_a_person_may_have_an_id_that_another_system_chose(surgery: httpx.Client) -> None:
    id = chosen()
    made = surgery.put(f"/Patient/{id}", json={"resourceType": "Patient", "id": id})
    assert made.status_code == 201
    assert new_goal(surgery, id).startswith("/Goal/")
    assert len(ids(surgery.get(f"/Goal?patient={id}").json())) == 1


def test_the_longest_id_is_of_64_characters(surgery: httpx.Client, person: str) -> None:
    longest = (chosen() + "-" + "x" * 64)[:64]
    made = surgery.put(f"/Goal/{longest}", json=goal(person, id=longest))
    assert made.status_code == 201
    longer = longest + "x"
    assert surgery.put(f"/Goal/{longer}", json=goal(person, id=longer)).status_code == 400


def test_a_patient_cannot_be_called_as_the_directory_is(surgery: httpx.Client) -> None:
    sent = {"resourceType": "Patient", "id": "directory"}
    assert surgery.put("/Patient/directory", json=sent).status_code == 422


def test_an_id_of_the_form_that_is_given_here_is_not_chosen(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    other = new_person(surgery)
    for id in (f"{other}-aaaaaaaaaaaa", f"{person}-aaaaaaaaaaaa"):
        nowhere = surgery.get(f"/Goal/{id}")
        answer = surgery.put(f"/Goal/{id}", json=goal(person, id=id))
        assert (answer.status_code, answer.content) == (404, nowhere.content)
    moved = as_client("admin").put(
        f"/Goal/{other}-aaaaaaaaaaaa", json=goal(person, id=f"{other}-aaaaaaaaaaaa")
    )
    assert moved.status_code == 422
    assert places(moved) == ["Goal.id"]


@pytest.mark.parametrize("id", [None, "another"])
def test_the_body_holds_the_id_of_the_address(
    surgery: httpx.Client, person: str, id: str | None
) -> None:
    where = new_goal(surgery, person)
    body = goal(person) if id is None else goal(person, id=id)
    answer = surgery.put(where, json=body)
    assert answer.status_code == 400
    assert places(answer) == ["Goal.id"]
    assert surgery.get(where).headers["ETag"] == 'W/"1"'


def test_an_update_over_another_version_than_the_one_read_is_refused(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    body = {**surgery.get(where).json(), "startDate": "2026-04-01"}
    assert surgery.put(where, json=body, headers={"If-Match": 'W/"1"'}).status_code == 200
    late = {**body, "startDate": "2026-05-01"}
    answer = surgery.put(where, json=late, headers={"If-Match": 'W/"1"'})
    assert answer.status_code == 412
    assert "version 2 is the current one" in told(answer)
    assert surgery.get(where).json()["startDate"] == "2026-04-01"


@pytest.mark.parametrize("tag", ['W/"1"', '"1"', "1", "*"])
def test_if_match_takes_the_version_in_any_spelling(
    surgery: httpx.Client, person: str, tag: str
) -> None:
    where = new_goal(surgery, person)
    body = {**surgery.get(where).json(), "startDate": "2026-04-01"}
    assert surgery.put(where, json=body, headers={"If-Match": tag}).status_code == 200


def test_if_match_that_names_no_version_is_explained(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    body = surgery.get(where).json()
    answer = surgery.put(where, json=body, headers={"If-Match": '"yesterday"'})
    assert answer.status_code == 400
    assert 'W/"3"' in told(answer)


def test_if_match_on_what_is_not_there_creates_nothing(surgery: httpx.Client, person: str) -> None:
    id = chosen()
    headers = {"If-Match": 'W/"1"'}
    answer = surgery.put(f"/Goal/{id}", json=goal(person, id=id), headers=headers)
    assert answer.status_code == 412
    assert surgery.get(f"/Goal/{id}").status_code == 404


def test_if_none_match_of_anything_keeps_what_is_there(surgery: httpx.Client, person: str) -> None:
    id, headers = chosen(), {"If-None-Match": "*"}
    first = surgery.put(f"/Goal/{id}", json=goal(person, "First", id=id), headers=headers)
    second = surgery.put(f"/Goal/{id}", json=goal(person, "Second", id=id), headers=headers)
    assert (first.status_code, second.status_code) == (201, 412)
    assert surgery.get(f"/Goal/{id}").json()["description"]["text"] == "First"


def test_an_update_that_changes_nothing_keeps_the_version(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person, meta={"tag": [{"code": "a"}]})
    body = surgery.get(where).json()
    body["meta"] |= {"versionId": "9", "lastUpdated": "2001-01-01T00:00:00Z", "source": "me"}
    answer = surgery.put(where, json=body)
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"1"')
    assert len(surgery.get(f"{where}/_history").json()["entry"]) == 1


def test_a_change_of_a_tag_or_of_the_digits_of_a_number_is_a_change(
    surgery: httpx.Client, person: str
) -> None:
    sent = (
        '{"resourceType":"Observation","status":"final","code":{"text":"How far"},'
        f'"subject":{{"reference":"Patient/{person}"}},"valueQuantity":{{"value":1.1}}}}'
    )
    made = surgery.post("/Observation", content=sent)
    where, body = f"/Observation/{made.json()['id']}", made.text
    answer = surgery.put(where, content=body.replace("1.1}", "1.10}"))
    assert answer.headers["ETag"] == 'W/"2"'
    tagged = surgery.put(where, json={**answer.json(), "meta": {"tag": [{"code": "b"}]}})
    assert tagged.headers["ETag"] == 'W/"3"'


def test_an_entry_cannot_be_moved_to_another_person(surgery: httpx.Client, person: str) -> None:
    other = new_person(surgery)
    where = new_goal(surgery, person)
    answer = changed(surgery, where, subject={"reference": f"Patient/{other}"})
    assert answer.status_code == 422
    assert places(answer) == ["Goal.subject"]
    assert "entry" not in surgery.get(f"/Goal?patient={other}").json()


def test_a_part_of_a_resource_cannot_be_put_back_as_the_whole(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person, note=[{"text": "Lost if this were taken"}])
    part = surgery.get(where, params={"_summary": "true"}).json()
    answer = surgery.put(where, json=part)
    assert answer.status_code == 422
    assert places(answer) == ["Goal.meta.tag"]
    assert "note" in surgery.get(where).json()


def test_what_was_deleted_can_be_put_back_as_the_version_after(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    body = surgery.get(where).json()
    assert surgery.delete(where).status_code == 204
    answer = surgery.put(where, json=body)
    assert (answer.status_code, answer.headers["ETag"]) == (201, 'W/"3"')
    assert answer.headers["Location"].endswith("/_history/3")


def test_two_people_cannot_have_the_same_chosen_id(surgery: httpx.Client, person: str) -> None:
    id, other = chosen(), new_person(surgery)
    assert surgery.put(f"/Goal/{id}", json=goal(person, id=id)).status_code == 201
    assert surgery.put(f"/Goal/{id}", json=goal(other, id=id)).status_code == 422
    assert surgery.get(f"/Goal/{id}").json()["subject"]["reference"] == f"Patient/{person}"


def test_an_update_that_is_refused_leaves_the_version_before(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    assert changed(surgery, where, lifecycleStatus="begun").status_code == 422
    assert surgery.get(where).headers["ETag"] == 'W/"1"'
