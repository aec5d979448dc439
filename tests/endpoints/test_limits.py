"""Each limit has an error of its own, which says what the limit is, and nothing that was sent."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests.conftest import Running
from tests.endpoints.asking import entry, issues, link, new_goal, send
from tests.endpoints.limited import client_of, small_service
from tests.people import goal, new_person, observation

LIMITS = (
    "body-bytes=20000 body-seconds=1 depth=10 bundle=3 page=2 largest-page=4 parameters=5 "
    "clauses=3 values=3 chain=1 includes=1 included=2 sorts=1"
)
CANARY = "Zennor-7731"
TELLS_TOO_MUCH = (CANARY, "select ", "asyncpg", ".py", "Traceback", "/srv", "resources r")
DEEP = f'{{"a":{"[" * 12}"{CANARY}"{"]" * 12}}}'

# By limit: (method, path, body), and what is answered: (status, code, words).
REFUSED: dict[str, tuple[tuple[str, str, str | None], tuple[int, str, str]]] = {
    "body-bytes": (("POST", "/Goal", CANARY * 2000), (413, "too-long", "20000 bytes")),
    "depth": (("POST", "/Goal", DEEP), (400, "structure", "more than 10 levels deep")),
    "bundle": (
        (
            "POST",
            "",
            json.dumps(
                {
                    "resourceType": "Bundle",
                    "type": "batch",
                    "entry": [entry("GET", f"Goal/{CANARY}")] * 4,
                }
            ),
        ),
        (400, "too-costly", "3 entries"),
    ),
    "parameters": (
        ("GET", "/Goal?_count=1" + f"&_id={CANARY}" * 5, None),
        (400, "too-costly", "5 parameters"),
    ),
    "clauses": (
        ("GET", "/Goal?" + f"&_id={CANARY}" * 4, None),
        (400, "too-costly", "3 conditions"),
    ),
    "values": (
        ("GET", "/Goal?_id=" + ",".join([CANARY] * 4), None),
        (400, "too-costly", "3 values"),
    ),
    "chain": (
        ("GET", f"/Goal?subject:Patient.organization.name={CANARY}", None),
        (400, "too-costly", "1 references"),
    ),
    "includes": (
        ("GET", f"/Goal?_id={CANARY}&_include=Goal:patient&_revinclude=Observation:focus", None),
        (400, "too-costly", "1 includes"),
    ),
    "sorts": (
        ("GET", f"/Goal?_id={CANARY}&_sort=start-date,_id", None),
        (400, "too-costly", "1 sort"),
    ),
}


@pytest.fixture(scope="module")
def running(settings: Settings) -> Iterator[Running]:
    with small_service(settings, LIMITS) as made:
        yield made


@pytest.fixture(scope="module")
def surgery(running: Running) -> Iterator[httpx.Client]:
    with client_of(running) as client:
        yield client


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    """A person with six Goals."""
    made = new_person(surgery, known_to=())
    for n in range(6):
        new_goal(surgery, made, f"Goal {n}")
    return made


def no_more_than_it_should(text: str) -> bool:
    return not any(one in text for one in TELLS_TOO_MUCH)


@pytest.mark.parametrize("limit", REFUSED)
def test_what_goes_past_a_limit_is_refused_in_its_own_words(
    surgery: httpx.Client, limit: str
) -> None:
    (method, path, body), (status, code, words) = REFUSED[limit]
    answer = surgery.request(method, path, content=body)
    assert answer.status_code == status, answer.text
    [issue] = issues(answer)
    assert issue["code"] == code
    assert words in issue["diagnostics"]
    assert no_more_than_it_should(answer.text)


def test_what_keeps_to_the_limits_is_done(surgery: httpx.Client, person: str) -> None:
    deep: Any = goal(person, extension=[{"url": "urn:a", "extension": [{"url": "urn:b"}]}])
    deep["extension"][0]["extension"][0]["valueString"] = "x"
    assert surgery.post("/Goal", json={**deep, "note": [{"text": "x" * 19_000}]}).status_code == 201
    query = f"patient=Patient/{person}&_id=a,b,c&_sort=_id&_include=Goal:patient&_count=3"
    assert surgery.get(f"/Goal?{query}").status_code == 200
    assert send(surgery, "batch", *[entry("GET", "Goal")] * 3).status_code == 200


def test_a_body_that_comes_in_drops_is_given_up_and_its_connection_ended(
    running: Running, surgery: httpx.Client
) -> None:
    base = httpx.URL(running.settings.base_url)
    head = (
        "POST /fhir/Goal HTTP/1.1\r\nhost: record\r\ncontent-length: 100\r\n"
        "content-type: application/fhir+json\r\nauthorization: {}\r\n\r\n"
    )
    with socket.create_connection((base.host, base.port or 0), timeout=20) as line:
        line.sendall(head.format(surgery.headers["authorization"]).encode())
        line.sendall(f'{{"{CANARY}":'.encode())
        told = b""
        while part := line.recv(65_536):
            told += part
    assert told.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in told.lower()
    assert b"within 1 seconds" in told
    assert no_more_than_it_should(told.decode())


def test_a_page_has_the_entries_of_its_limits(surgery: httpx.Client, person: str) -> None:
    for query, entries in (("", 2), ("&_count=3", 3), ("&_count=1000", 4)):
        page = surgery.get(f"/Goal?patient=Patient/{person}{query}").json()
        assert len(page["entry"]) == entries
        assert link(page, "next")


def test_what_a_page_brings_along_ends_at_its_limit_and_that_is_told(surgery: httpx.Client) -> None:
    person = new_person(surgery, known_to=())
    where = new_goal(surgery, person)
    for _ in range(3):
        surgery.post("/Observation", json=observation(person, focus=[{"reference": where[1:]}]))
    page = surgery.get(f"/Goal?patient=Patient/{person}&_revinclude=Observation:focus").json()
    assert [one["search"]["mode"] for one in page["entry"]] == [
        "match",
        "include",
        "include",
        "outcome",
    ]


def test_a_long_answer_is_not_laid_out_for_people(as_client: Any) -> None:
    surgery = as_client("gp-surgery")
    person = new_person(surgery, known_to=())
    where = new_goal(surgery, person, note=[{"text": "x" * 1_000_000}] * 3)
    assert b"\n" not in surgery.get(f"{where}?_pretty=true").content
    assert b"\n" in surgery.get(f"/Patient/{person}?_pretty=true").content
