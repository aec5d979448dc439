"""read and vread. Spec: https://hl7.org/fhir/R4/http.html#read"""

from collections.abc import Callable

import httpx
import pytest

from tests.endpoints.asking import changed, new_goal, told
from tests.people import goal, new_person


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture(scope="module")
def where(surgery: httpx.Client, person: str) -> str:
    """A Goal with two versions."""
    made = new_goal(surgery, person, "Before")
    assert changed(surgery, made, description={"text": "After"}).status_code == 200
    return made


def test_a_read_answers_the_current_version_with_its_etag_and_its_time(
    surgery: httpx.Client, where: str
) -> None:
    answer = surgery.get(where)
    assert answer.json()["description"]["text"] == "After"
    assert answer.headers["ETag"] == 'W/"2"'
    assert answer.headers["Last-Modified"].endswith(" GMT")
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert answer.json()["meta"]["versionId"] == "2"


@pytest.mark.parametrize("tag", ['W/"2"', '"2"', "*", 'W/"1", W/"2"'])
def test_a_caller_who_has_this_version_is_told_so_without_a_body(
    surgery: httpx.Client, where: str, tag: str
) -> None:
    answer = surgery.get(where, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == 'W/"2"'


@pytest.mark.parametrize("tag", ['W/"1"', '"another-servers-tag"', 'W/"22"', ""])
def test_a_caller_who_has_another_version_is_given_this_one(
    surgery: httpx.Client, where: str, tag: str
) -> None:
    assert surgery.get(where, headers={"If-None-Match": tag}).status_code == 200


def test_what_has_not_changed_since_its_own_time_is_not_sent_again(
    surgery: httpx.Client, where: str
) -> None:
    time = surgery.get(where).headers["Last-Modified"]
    assert surgery.get(where, headers={"If-Modified-Since": time}).status_code == 304


@pytest.mark.parametrize(
    ("time", "status"),
    [
        ("Thu, 01 Jan 2015 00:00:00 GMT", 200),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 304),
        ("the day before yesterday", 200),
    ],
)
def test_if_modified_since_is_read_as_http_has_it(
    surgery: httpx.Client, where: str, time: str, status: int
) -> None:
    assert surgery.get(where, headers={"If-Modified-Since": time}).status_code == status


def test_if_none_match_wins_over_if_modified_since(surgery: httpx.Client, where: str) -> None:
    headers = {"If-None-Match": 'W/"1"', "If-Modified-Since": "Fri, 31 Dec 9999 23:59:59 GMT"}
    assert surgery.get(where, headers=headers).status_code == 200


def test_a_version_read_answers_that_version_for_ever(surgery: httpx.Client, where: str) -> None:
    answer = surgery.get(f"{where}/_history/1")
    assert answer.json()["description"]["text"] == "Before"
    assert answer.headers["ETag"] == 'W/"1"'
    headers = {"If-None-Match": 'W/"1"'}
    assert surgery.get(f"{where}/_history/1", headers=headers).status_code == 304


@pytest.mark.parametrize("version", ["3", "0", "one", "-1", "1.0", "99999999999999999999"])
def test_a_version_that_never_was_is_not_found(
    surgery: httpx.Client, where: str, version: str
) -> None:
    assert surgery.get(f"{where}/_history/{version}").status_code == 404


def test_a_version_that_is_a_deletion_is_not_found_but_those_before_it_are(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    assert surgery.delete(where).status_code == 204
    assert surgery.get(f"{where}/_history/2").status_code == 404
    assert surgery.get(f"{where}/_history/1").status_code == 200


def test_absent_hidden_and_deleted_are_one_answer(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    somebody = as_client(f"person:{new_person(surgery)}")
    hidden, deleted = new_goal(surgery, person), new_goal(surgery, person)
    surgery.delete(deleted)
    answers = [somebody.get(path) for path in (hidden, deleted, f"{hidden[:-2]}zz")]
    answers.append(surgery.get(deleted))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(
    "path", ["{}", "{}/_history/1", "/Goal?_id=x", "{}/_history", "/metadata", ""]
)
def test_head_tells_what_get_tells_without_the_body(
    surgery: httpx.Client, where: str, path: str
) -> None:
    path = path.format(where)
    head, get = surgery.head(path), surgery.get(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Last-Modified", "Content-Type"):
        assert head.headers.get(name) == get.headers.get(name)
    # A list of everything may have grown between the two.
    if path:
        assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_head_of_what_is_not_there_is_not_found(surgery: httpx.Client) -> None:
    answer = surgery.head("/Goal/nowhere")
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/Goal/" + "x" * 65, 400),
        ("/Goal/a_b", 400),
        ("/Goal/%C3%A9", 400),
        ("/Goal/" + "x" * 64, 404),
        ("/Medication/1", 404),
        ("/goal/1", 404),
        ("/Goal//1", 404),
        ("/Goal/1/2/3", 404),
        ("/Goal/$nothing", 404),
    ],
)
def test_an_address_that_cannot_be_is_refused_in_a_sentence(
    surgery: httpx.Client, path: str, status: int
) -> None:
    answer = surgery.get(path)
    assert answer.status_code == status
    assert told(answer).endswith(".")


def test_a_slash_at_the_end_changes_nothing(surgery: httpx.Client, where: str) -> None:
    assert surgery.get(where + "/").json() == surgery.get(where).json()


def test_a_read_shows_the_elements_asked_for_and_says_that_it_is_not_all(
    surgery: httpx.Client, where: str
) -> None:
    shown = surgery.get(where, params={"_elements": "startDate"}).json()
    assert "startDate" in shown
    assert shown["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert "note" not in surgery.get(where, params={"_summary": "true"}).json()


def test_a_read_refuses_what_it_would_not_heed_unless_asked_to_be_lenient(
    surgery: httpx.Client, where: str
) -> None:
    for query in ("_elemnts=note", "_count=3", "status=active", "_summary=count"):
        assert surgery.get(f"{where}?{query}").status_code == 400, query
    headers = {"Prefer": "handling=lenient"}
    assert surgery.get(f"{where}?_elemnts=note", headers=headers).status_code == 200


def test_a_read_changes_nothing(surgery: httpx.Client, person: str) -> None:
    made = surgery.post("/Goal", json=goal(person)).json()
    assert surgery.get(f"/Goal/{made['id']}").json() == made
