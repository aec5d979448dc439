"""Formats, media types, tokens and what every answer carries. Spec:
https://hl7.org/fhir/R4/http.html#general"""

from collections.abc import Callable

import httpx
import pytest

from tests.conftest import Running, mint_token
from tests.endpoints.asking import new_goal, told
from tests.people import goal, new_person

XML = "There is no XML."


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture(scope="module")
def where(surgery: httpx.Client, person: str) -> str:
    return new_goal(surgery, person)


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+json",
        "application/json",
        "Application/FHIR+JSON; charset=utf-8",
        "application/fhir+json; fhirVersion=4.0",
        "application/fhir+xml, application/fhir+json;q=0.5",
        "text/html,application/xhtml+xml,*/*;q=0.8",
        "application/*",
    ],
)
def test_whoever_takes_json_is_answered(surgery: httpx.Client, where: str, accept: str) -> None:
    answer = surgery.get(where, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+xml",
        "application/xml",
        "text/turtle",
        "text/html",
        "application/fhir+json; fhirVersion=3.0",
    ],
)
def test_whoever_takes_no_json_is_told_so_in_a_sentence(
    surgery: httpx.Client, where: str, accept: str
) -> None:
    answer = surgery.get(where, headers={"Accept": accept})
    assert answer.status_code == 406
    assert XML in told(answer)


@pytest.mark.parametrize(
    ("format", "status"),
    [
        ("json", 200),
        ("application/json", 200),
        ("application/fhir%2Bjson", 200),
        ("application/fhir+json", 200),
        ("text/json", 200),
        ("application/fhir%2Bjson;fhirVersion=4.0", 200),
        ("xml", 406),
        ("application/fhir%2Bxml", 406),
        ("ttl", 406),
        ("html", 406),
        ("application/fhir%2Bjson;fhirVersion=5.0", 406),
    ],
)
def test_format_wins_over_the_accept_header(
    surgery: httpx.Client, where: str, format: str, status: int
) -> None:
    for accept in ("application/fhir+json", "application/fhir+xml"):
        answer = surgery.get(f"{where}?_format={format}", headers={"Accept": accept})
        assert answer.status_code == status


def test_a_format_in_a_form_counts_as_one_in_the_address(
    surgery: httpx.Client, person: str
) -> None:
    form = {"patient": person, "_format": "xml"}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert surgery.post("/Goal/_search", data=form, headers=headers).status_code == 406


@pytest.mark.parametrize(
    "media",
    [
        "application/fhir+xml",
        "application/xml",
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "application/fhir+json; charset=iso-8859-1",
        "application/fhir+json; fhirVersion=3.0",
    ],
)
def test_a_body_that_is_not_json_of_r4_is_refused_in_a_sentence(
    surgery: httpx.Client, person: str, media: str
) -> None:
    answer = surgery.post("/Goal", json=goal(person), headers={"Content-Type": media})
    assert answer.status_code == 415
    assert told(answer).endswith(".")


def test_a_packed_body_is_refused_in_a_sentence(surgery: httpx.Client, person: str) -> None:
    answer = surgery.post("/Goal", json=goal(person), headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert "Content-Encoding" in told(answer)


@pytest.mark.parametrize(
    "media", ["application/json", "text/json", "application/fhir+json; charset=UTF-8"]
)
def test_a_body_that_is_json_is_taken_by_any_of_its_names(
    surgery: httpx.Client, person: str, media: str
) -> None:
    answer = surgery.post("/Goal", json=goal(person), headers={"Content-Type": media})
    assert answer.status_code == 201


def test_a_pretty_answer_says_the_same_in_lines(surgery: httpx.Client, where: str) -> None:
    plain, pretty = surgery.get(where), surgery.get(f"{where}?_pretty=true")
    assert pretty.text.startswith('{\n  "resourceType": "Goal",\n')
    assert pretty.text.endswith("}\n")
    assert pretty.json() == plain.json()
    refused = surgery.get("/Goal/nowhere?_pretty=true")
    assert refused.text.startswith("{\n")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_a_caller_without_a_token_is_asked_to_sign_in(
    as_client: Callable[..., httpx.Client], where: str, method: str
) -> None:
    answer = as_client(None).request(method, where if method != "POST" else "/Goal")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "authorization", ["Bearer", "Bearer x", "Bearer a.b.c", "Basic dTpw", "token", ""]
)
def test_a_token_that_is_none_is_refused(
    as_client: Callable[..., httpx.Client], where: str, authorization: str
) -> None:
    answer = as_client(None).get(where, headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_changed_by_one_letter_is_refused(
    as_client: Callable[..., httpx.Client], service: Running, where: str
) -> None:
    token = mint_token(service.settings, "gp-surgery")
    place = len(token) - 10
    forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    answer = as_client(None).get(where, headers={"Authorization": f"Bearer {forged}"})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_two_authorization_headers_are_refused(
    as_client: Callable[..., httpx.Client], service: Running, where: str
) -> None:
    token = mint_token(service.settings, "gp-surgery")
    headers = [("Authorization", f"Bearer {token}")] * 2
    assert as_client(None).get(where, headers=headers).status_code == 400


@pytest.mark.parametrize("name", ["access_token", "%61ccess%5Ftoken"])
def test_a_token_in_the_address_or_in_a_form_is_refused(
    as_client: Callable[..., httpx.Client],
    surgery: httpx.Client,
    service: Running,
    where: str,
    name: str,
) -> None:
    token = mint_token(service.settings, "gp-surgery")
    for client in (as_client(None), surgery):
        answer = client.get(f"{where}?{name}={token}")
        assert (answer.status_code, "in the header" in told(answer)) == (400, True)
        assert token not in answer.text
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    form = surgery.post("/Goal/_search", content=f"{name}={token}", headers=headers)
    assert (form.status_code, "in the header" in told(form)) == (400, True)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/_history", "GET, HEAD"),
        ("POST", "/Goal/1", "GET, HEAD, PUT, PATCH, DELETE"),
        ("PUT", "/Goal/1/_history/1", "GET, HEAD"),
        ("GET", "/Goal/_search", None),
        ("PUT", "/Goal/_search", None),
        ("OPTIONS", "/Goal", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        ("HEAD", "/Patient/1/Goal/_search", "POST"),
        ("DELETE", "/Patient/1/$everything", "GET, HEAD, POST"),
        ("TRACE", "/Goal/1", "GET, HEAD, PUT, PATCH, DELETE"),
    ],
)
def test_a_method_an_address_does_not_take_is_told_which_it_does(
    surgery: httpx.Client, method: str, path: str, allow: str | None
) -> None:
    answer = surgery.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == (allow or "POST")


def test_every_answer_says_that_it_is_not_to_be_kept_or_guessed_at(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], where: str
) -> None:
    for client, path in ((surgery, where), (surgery, "/Goal/nowhere"), (as_client(None), where)):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert len(headers["X-Request-Id"]) == 16


@pytest.mark.parametrize("id", ["with space", "x" * 65, "<script>"])
def test_a_request_id_that_is_no_plain_word_is_not_taken_over(
    surgery: httpx.Client, where: str, id: str
) -> None:
    answer = surgery.get(where, headers={"X-Request-Id": id})
    assert answer.headers["X-Request-Id"] != id


def test_an_accented_letter_in_a_query_is_that_letter(surgery: httpx.Client) -> None:
    person = new_person(surgery, name=[{"family": "Trevëthan-Über"}])
    found = surgery.get(f"/Patient?_id={person}&family:exact=Trev%C3%ABthan-%C3%9Cber").json()
    assert [one["resource"]["id"] for one in found["entry"]] == [person]


@pytest.mark.parametrize("query", ["family=%FF", "family=%C3", "family=%", "family=%00", "%FF=a"])
def test_a_query_that_is_no_text_is_refused(surgery: httpx.Client, query: str) -> None:
    assert surgery.get(f"/Patient?{query}").status_code == 400
