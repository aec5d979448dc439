"""When the database is gone, hangs or is busy: a plain "try again", and all is well once it is
back, without a new start of the service."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from app.store import embedded
from app.store.database import PLANNED_CONNECTIONS
from tests.journeys.served import Served, served
from tests.people import goal, new_person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

_SHORT = {"WHATMATTERS_STATEMENT_TIMEOUT_MS": "500", "WHATMATTERS_POOL_SIZE": "4"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(tmp_path_factory.mktemp("outage"), environment=_SHORT)


@pytest.fixture(scope="module")
def surgery(house: Served) -> httpx.Client:
    return house.client()


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery, known_to=())


def every_kind_of_request(surgery: httpx.Client, person: str) -> list[httpx.Response]:
    entry = {"resource": goal(person), "request": {"method": "POST", "url": "Goal"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    condition = {"If-None-Exist": "identifier=https://a.example|7"}
    return [
        surgery.get(f"/Patient/{person}"),
        surgery.get("/Goal"),
        surgery.get("/_history"),
        surgery.get(f"/Patient/{person}/$everything"),
        surgery.post("/Goal", json=goal(person)),
        surgery.post("/Goal", json=goal(person), headers=condition),
        surgery.put("/Goal/chosen", json=goal(person, id="chosen")),
        surgery.patch(f"/Patient/{person}", json={"active": False}),
        surgery.delete(f"/Patient/{person}"),
        surgery.post("", json=bundle),
        surgery.post("/Goal", json={}),
        surgery.post("/Goal", json=goal(person), headers={"Authorization": "Bearer a.b.c"}),
    ]


def is_try_again(answer: httpx.Response) -> bool:
    return (
        answer.status_code == 503
        and int(answer.headers["retry-after"]) > 0
        and answer.json()["issue"][0]["code"] == "transient"
    )


def wait_for(claim: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_while_the_database_is_gone_every_request_is_told_to_try_again_and_then_all_is_well(
    house: Served, surgery: httpx.Client, person: str
) -> None:
    before = house.output.stat().st_size
    house.kill_database()

    asked = time.monotonic()
    answers = every_kind_of_request(surgery, person)
    assert all(is_try_again(answer) for answer in answers), [answer.text for answer in answers]
    assert time.monotonic() - asked < 10
    assert surgery.get("/metadata").status_code == 200
    assert httpx.get(f"{house.base}/../health/live").status_code == 200
    assert httpx.get(f"{house.base}/../health/ready").status_code == 503

    house.start_database()
    wait_for(house.is_ready)
    assert surgery.get(f"/Patient/{person}").json()["active"] is True
    assert surgery.post("/Goal", json=goal(person)).status_code == 201
    assert "request failed" not in house.told()[before:]


def test_a_database_that_was_stopped_in_order_is_found_again_once_it_is_started(
    house: Served, surgery: httpx.Client, person: str
) -> None:
    embedded.stop(house.settings.data_dir)
    assert is_try_again(surgery.get(f"/Patient/{person}"))
    house.start_database()
    wait_for(house.is_ready)
    assert surgery.get(f"/Patient/{person}").status_code == 200


def tell(processes: list[int], what: signal.Signals) -> None:
    """Each process that is still there: PostgreSQL ends some of its own as they have nothing left
    to do, between the look for them and the signal."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, what)


def test_a_database_that_hangs_is_answered_for_in_seconds(
    house: Served, surgery: httpx.Client, person: str
) -> None:
    processes = house.database_processes()
    tell(processes, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(6) as crowd:
            asked = time.monotonic()
            waiting = [
                crowd.submit(surgery.get if n % 2 else surgery.delete, f"/Patient/{person}")
                for n in range(6)
            ]
            assert all(is_try_again(one.result()) for one in waiting)
            assert time.monotonic() - asked < 20
        assert not house.is_ready(within_seconds=2)
    finally:
        tell(processes, signal.SIGCONT)
    wait_for(house.is_ready)
    assert surgery.get(f"/Patient/{person}").status_code == 200


def test_requests_that_are_given_up_half_way_leave_no_connection_behind(
    house: Served, surgery: httpx.Client, person: str
) -> None:
    head = f"Host: here\r\nAuthorization: Bearer {house.token()}\r\n"
    for n in range(300):
        with closing(socket.create_connection(("127.0.0.1", house.port), 10)) as wire:
            path = ("Goal", f"Patient/{person}/$everything", "_history?_count=1000")[n % 3]
            wire.sendall(f"GET /fhir/{path} HTTP/1.1\r\n{head}\r\n".encode())
    assert surgery.get(f"/Patient/{person}").status_code == 200
    assert surgery.post("/Goal", json=goal(person)).status_code == 201
    wait_for(lambda: house.count(_BUSY) == 0)
    assert house.count(_OPEN) <= int(_SHORT["WHATMATTERS_POOL_SIZE"]) + PLANNED_CONNECTIONS


_OPEN = "select count(*) from pg_stat_activity where application_name = 'whatmatters'"
_BUSY = _OPEN + " and xact_start is not null"


def test_a_slow_body_keeps_nobody_else_waiting(
    house: Served, surgery: httpx.Client, person: str
) -> None:
    slow = [HTTPConnection("127.0.0.1", house.port, timeout=10) for _ in range(200)]
    try:
        for connection in slow:
            connection.putrequest("POST", "/fhir/Goal")
            connection.putheader("Authorization", f"Bearer {house.token()}")
            connection.putheader("Content-Type", "application/fhir+json")
            connection.putheader("Content-Length", "1000")
            connection.endheaders(b'{"resourceType":')
        asked = time.monotonic()
        assert surgery.get(f"/Patient/{person}").status_code == 200
        assert surgery.post("/Goal", json=goal(person)).status_code == 201
        assert time.monotonic() - asked < 2
    finally:
        for connection in slow:
            connection.close()
    assert surgery.get(f"/Patient/{person}").status_code == 200


def test_a_record_deep_in_the_folders_is_found_again_too(tmp_path: Path) -> None:
    """A long path has its socket elsewhere; the service must know it after a crash as well."""
    for house in served(tmp_path / ("deep" * 20) / ("down" * 20)):
        surgery = house.client()
        person = new_person(surgery, known_to=())
        house.kill_database()
        assert is_try_again(surgery.get(f"/Patient/{person}"))
        house.start_database()
        wait_for(house.is_ready)
        assert surgery.get(f"/Patient/{person}").status_code == 200
