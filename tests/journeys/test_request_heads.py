"""A head that is too large or too slow ends its connection with a sentence, and nobody waits for
it; nor for whoever does not take their answer. Source: RFC 6585 section 5, RFC 9110 section 15.5.9.
"""

import json
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from tests.journeys.served import Served, served
from tests.people import goal, new_person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

_SHORT = {"WHATMATTERS_LIMITS": "head-bytes=8192 head-seconds=1 taking-seconds=1 connections=400"}
SILENT = 300
TOO_MANY = 410


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(tmp_path_factory.mktemp("heads"), environment=_SHORT)


def said(house: Served, *parts: bytes) -> tuple[int, str]:
    """The status and the words of what is answered to parts sent one after the other."""
    with socket.create_connection(("127.0.0.1", house.port), timeout=20) as line:
        for part in parts:
            line.sendall(part)
        return answer(line)


def answer(line: socket.socket) -> tuple[int, str]:
    """All that comes until the other side ends the connection."""
    whole = b""
    while part := line.recv(65_536):
        whole += part
    head, _, body = whole.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return int(head[9:12]), json.loads(body)["issue"][0]["diagnostics"]


def test_a_connection_that_says_nothing_is_ended(house: Served) -> None:
    assert said(house) == (408, "The headers were not here within 1 seconds.")


def test_half_a_head_is_not_waited_for(house: Served) -> None:
    status, _ = said(house, b"GET /fhir/metadata HTTP/1.1\r\nhost: record\r\n", b"accept: a")
    assert status == 408


def test_a_second_head_on_the_same_connection_has_its_own_time(house: Served) -> None:
    whole = b"GET /health/live HTTP/1.1\r\nhost: record\r\n\r\n"
    with socket.create_connection(("127.0.0.1", house.port), timeout=20) as line:
        line.sendall(whole)
        first = b""
        while b'"pass"' not in first:
            first += line.recv(65_536)
        assert first.startswith(b"HTTP/1.1 200")
        line.sendall(whole[:20])
        assert answer(line)[0] == 408


@pytest.mark.parametrize(
    "head",
    [
        b"GET /fhir/Goal?_id=" + b"a" * 9_000 + b" HTTP/1.1\r\nhost: record\r\n\r\n",
        b"GET /fhir/metadata HTTP/1.1\r\nhost: record\r\nx-long: " + b"a" * 9_000 + b"\r\n\r\n",
        b"GET /fhir/metadata HTTP/1.1\r\n" + b"x-many: a\r\n" * 900 + b"\r\n",
        b"GET /fhir/metadata HTTP/1.1\r\nx-endless: " + b"a" * 70_000,
    ],
    ids=["address", "header", "many headers", "never ends"],
)
def test_a_head_that_is_too_large_is_refused(house: Served, head: bytes) -> None:
    status, words = said(house, head)
    assert status == 431
    assert "8192 bytes" in words


def test_a_body_of_any_allowed_size_is_no_part_of_the_head(house: Served) -> None:
    surgery = house.client()
    person = new_person(surgery, known_to=(), name=[{"text": "N" * 50_000}])
    assert surgery.get(f"/Patient/{person}").status_code == 200


def test_many_silent_connections_keep_nobody_else_waiting(house: Served) -> None:
    surgery = house.client()
    person = new_person(surgery, known_to=())
    with ExitStack() as open_lines:
        for _ in range(SILENT):
            line = socket.create_connection(("127.0.0.1", house.port), timeout=20)
            open_lines.enter_context(line)
            line.sendall(b"GET /fhir/metadata HTTP/1.1\r\n")
        for _ in range(20):
            assert surgery.get(f"/Patient/{person}", timeout=5).status_code == 200


def test_more_connections_than_there_may_be_are_turned_away_but_for_what_cannot_wait(
    house: Served,
) -> None:
    asked = b"GET %s HTTP/1.1\r\nhost: record\r\n\r\n"
    with ExitStack() as open_lines:
        crowd = [
            open_lines.enter_context(
                socket.create_connection(("127.0.0.1", house.port), timeout=20)
            )
            for _ in range(TOO_MANY)
        ]
        crowd[-1].sendall(asked % b"/fhir/metadata")
        status, words = answer(crowd[-1])
        assert (status, words) == (
            503,
            "More callers are connected than can be answered. Please try again in 2 seconds.",
        )
        crowd[-2].sendall(asked % b"/health/live")
        assert crowd[-2].recv(100).startswith(b"HTTP/1.1 200")
        crowd[-3].sendall(asked % b"/fhir/Patient/$emergency-access")
        assert crowd[-3].recv(100).startswith(b"HTTP/1.1 4")
    assert house.client().get("/metadata").status_code == 200


def test_an_answer_that_nobody_takes_is_given_up(house: Served) -> None:
    surgery = house.client()
    person = new_person(surgery, known_to=())
    long = [{"text": "x" * 1_000_000}] * 4
    for _ in range(4):
        assert surgery.post("/Goal", json=goal(person, note=long)).status_code == 201
    asked = f"GET /fhir/Goal?patient={person} HTTP/1.1\r\nhost: record\r\n"
    asked += f"authorization: Bearer {house.token()}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", house.port), timeout=20) as line:
        line.sendall(asked.encode())
        waiting = select.poll()
        waiting.register(line, select.POLLHUP)
        waiting.poll(2_500)  # longer than it may be left lying
        assert taken(line) < 16_000_000
    with socket.create_connection(("127.0.0.1", house.port), timeout=20) as line:
        line.sendall(asked.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n").encode())
        assert taken(line) > 16_000_000


def taken(line: socket.socket) -> int:
    """How many bytes come before the connection ends."""
    size = 0
    with suppress(ConnectionError):
        while part := line.recv(65_536):
            size += len(part)
    return size
