"""Told to stop (SIGTERM), the service finishes what is under way, takes nothing new, and ends
well."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest

from tests.journeys.served import Served, served
from tests.people import goal, new_person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    yield from served(tmp_path_factory.mktemp("stop"), ["--workers", str(request.param)])


def half_sent(house: Served, whole: bytes) -> HTTPConnection:
    """A create of which the body has come half-way."""
    connection = HTTPConnection("127.0.0.1", house.port, timeout=20)
    connection.putrequest("POST", "/fhir/Goal")
    connection.putheader("Authorization", f"Bearer {house.token()}")
    connection.putheader("Content-Type", "application/fhir+json")
    connection.putheader("Content-Length", str(len(whole)))
    connection.endheaders(whole[: len(whole) // 2])
    return connection


def wait_until_no_new_caller_is_answered(house: Served) -> None:
    deadline = time.monotonic() + 10
    while house.is_ready(within_seconds=0.5):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_is_under_way_is_finished_and_the_exit_code_is_0(house: Served) -> None:
    person = new_person(house.client(), known_to=())
    whole = json.dumps(goal(person, "Hear the sea from my own bed")).encode()
    with ExitStack() as wires:
        connections = [wires.enter_context(closing(half_sent(house, whole))) for _ in range(20)]
        # Once later callers have been answered, these have been read as far as they go.
        assert all(house.is_ready() for _ in range(20))

        house.signal(signal.SIGTERM)
        wait_until_no_new_caller_is_answered(house)
        for connection in connections:
            connection.send(whole[len(whole) // 2 :])
        answers = [connection.getresponse() for connection in connections]
        made = [json.loads(answer.read())["id"] for answer in answers]
    assert [answer.status for answer in answers] == [201] * len(answers)
    assert house.wait() == 0

    house.start()
    reader = house.client()
    assert all(reader.get(f"/Goal/{id}").status_code == 200 for id in made)


def test_it_ends_well_when_its_database_is_gone(house: Served) -> None:
    house.kill_database()
    house.signal(signal.SIGTERM)
    assert house.wait() == 0
    assert "Traceback" not in house.told()
