"""A choice that is taken back binds every request that starts after it was answered, on every
worker, whichever way it is asked."""

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from tests.conftest import mint_token
from tests.endpoints.asking import new_goal
from tests.endpoints.sharing import choice, stored
from tests.journeys.served import Served, served
from tests.people import new_person

READERS = 16
# The whole race is 100,000 requests: WHATMATTERS_RACE=100000. As a rule fewer must do.
REQUESTS = int(os.environ.get("WHATMATTERS_RACE", "40000"))
ORGANIZATION = "harbour-befriending"


@dataclass
class Watch:
    """When the answers came, on one clock. closed: (from the answer that it was taken back, to the
    request that gives it again). seen: (when it was asked, when answered) of each that showed it.
    """

    closed: list[tuple[float, float]] = field(default_factory=list)
    seen: list[tuple[float, float]] = field(default_factory=list)
    hidden: int = 0
    asked: int = 0


class Connection:
    """One kept-alive connection that asks and reads the status and body."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, head: bytes, body: bytes = b"") -> tuple[int, bytes]:
        self._writer.write(head + b"content-length: %d\r\n\r\n" % len(body) + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in answer.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(answer[9:12]), await self._reader.readexactly(length) if length else b""

    def close(self) -> None:
        self._writer.close()


async def connected(port: int) -> Connection:
    return Connection(*await asyncio.open_connection("127.0.0.1", port))


def head(method: str, path: str, token: str) -> bytes:
    return (
        f"{method} /fhir{path} HTTP/1.1\r\nhost: record\r\nauthorization: Bearer {token}\r\n"
        "content-type: application/fhir+json\r\n"
    ).encode()


async def read(house: Served, watch: Watch, goal: str, person: str) -> None:
    """Asks for the same entry by turns: by its id, by a search, by its history."""
    token = mint_token(house.settings, ORGANIZATION)
    paths = (goal, f"/Goal?patient={person}", f"{goal}/_history", f"/Patient/{person}")
    asks = [head("GET", path, token) for path in paths]
    connection = await connected(house.port)
    marks = (goal[6:].encode(), goal[6:].encode(), goal[6:].encode(), person.encode())
    turn = 0
    while watch.asked < REQUESTS:
        watch.asked += 1
        turn = (turn + 1) % len(asks)
        began = time.perf_counter()
        status, body = await connection.ask(asks[turn])
        ended = time.perf_counter()
        # A search repeats what it was asked, so that the entry itself is looked for.
        shown = b'"resourceType":"Goal"' in body if turn == 1 else marks[turn] in body
        if status == 200 and shown:
            watch.seen.append((began, ended))
        else:
            watch.hidden += 1
    connection.close()


async def withdraw(house: Served, watch: Watch, where: str, bodies: tuple[bytes, bytes]) -> None:
    """Gives the choice and takes it back, again and again."""
    given, taken_back = bodies
    token = mint_token(house.settings, f"person:{where.rpartition('/')[2].partition('-')[0]}")
    put = head("PUT", where, token)
    connection = await connected(house.port)
    while watch.asked < REQUESTS:
        status, _ = await connection.ask(put, taken_back)
        closed_from = time.perf_counter()
        assert status == 200
        await asyncio.sleep(0.03)
        watch.closed.append((closed_from, time.perf_counter()))
        status, _ = await connection.ask(put, given)
        assert status == 200
        await asyncio.sleep(0.03)
    connection.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(tmp_path_factory.mktemp("withdrawal"), ["--workers", "2"])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_that_starts_after_a_withdrawal_sees_what_it_denies(house: Served) -> None:
    surgery = house.client()
    for name in ("gp-surgery", ORGANIZATION):
        body = {"resourceType": "Organization", "id": name, "name": name}
        assert surgery.put(f"/Organization/{name}", json=body).status_code == 201
    person = new_person(surgery, known_to=())
    goal = new_goal(surgery, person)
    own = house.client(f"person:{person}")
    where = "/" + stored(own, choice(person, "permit", f"Organization/{ORGANIZATION}"))
    given = own.get(where)
    taken_back = httpx.Response(200, json={**given.json(), "status": "inactive"})
    watch = Watch()

    async def run() -> None:
        readers = [read(house, watch, goal, person) for _ in range(READERS)]
        bodies = (given.content, taken_back.content)
        await asyncio.gather(*readers, withdraw(house, watch, where, bodies))

    asyncio.run(run())
    assert watch.asked >= REQUESTS
    assert len(watch.closed) > 20
    assert min(len(watch.seen), watch.hidden) > REQUESTS // 20
    late = [
        (began, ended)
        for began, ended in watch.seen
        for low, high in watch.closed
        if began > low and ended < high
    ]
    assert late == []
