"""More than one worker can answer: the answers there are, are right; the rest are refused at once.

Source: https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from typing import TypeVar
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from app.settings import Settings
from tests.conftest import Running
from tests.endpoints.asking import entry, issues, new_goal, send
from tests.endpoints.emergencies import WORDS, parameters, practitioner
from tests.endpoints.limited import client_of, small_service
from tests.people import goal, new_person

PLACES = 10
OFFERED = 120
Told = TypeVar("Told")


@pytest.fixture(scope="module")
def running(settings: Settings) -> Iterator[Running]:
    """A worker that has few places, and does not give up waiting for a lock."""
    with small_service(settings, f"in-flight={PLACES}", lock_timeout_ms=30_000) as made:
        yield made


@pytest.fixture(scope="module")
def surgery(running: Running) -> Iterator[httpx.Client]:
    with client_of(running) as client:
        yield client


@asynccontextmanager
async def held(settings: Settings, table: str) -> AsyncIterator[None]:
    """Whoever reads or writes this table waits, inside."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        async with connection.transaction():
            await connection.execute(f"lock table {table} in access exclusive mode")
            yield
    finally:
        await connection.close()


@asynccontextmanager
async def line(client: httpx.Client) -> AsyncIterator[httpx.AsyncClient]:
    """The same client, for many requests at once."""
    limits = httpx.Limits(max_connections=None)
    made = httpx.AsyncClient(
        base_url=client.base_url, headers=client.headers, timeout=30, limits=limits
    )
    async with made:
        yield made


async def until(told: Callable[[], Awaitable[bool]]) -> None:
    """Asks again until it is so."""
    ends = time.monotonic() + 20
    while not await told():
        assert time.monotonic() < ends


async def fill(
    client: httpx.AsyncClient, path: str
) -> tuple[list[asyncio.Task[httpx.Response]], list[httpx.Response]]:
    """Ask far more often than there are places: those that wait, and those that were refused."""
    tasks = [asyncio.create_task(client.get(path)) for _ in range(OFFERED)]

    async def are_all_others_refused() -> bool:
        await asyncio.wait(tasks, timeout=0.05)
        return sum(task.done() for task in tasks) >= OFFERED - PLACES

    await until(are_all_others_refused)
    return [t for t in tasks if not t.done()], [t.result() for t in tasks if t.done()]


def test_twelve_times_what_can_be_answered_is_answered_in_part_and_refused_in_part(
    running: Running, surgery: httpx.Client
) -> None:
    person = new_person(surgery, known_to=())

    async def run() -> tuple[list[httpx.Response], list[httpx.Response], list[int]]:
        async with line(surgery) as client:
            async with held(running.settings, "audit_events"):
                waiting, refused = await fill(client, f"/Patient/{person}")
                health = [
                    (await client.get(f"{running.settings.base_url}/health/{one}")).status_code
                    for one in ("live", "ready")
                ]
            return await asyncio.gather(*waiting), refused, health

    answered, refused, health = asyncio.run(run())
    assert health == [200, 200]
    assert len(answered) == PLACES
    assert {(one.status_code, one.json()["id"]) for one in answered} == {(200, person)}
    assert {one.status_code for one in refused} == {503}
    assert {one.headers["retry-after"] for one in refused} == {"2"}
    [issue] = issues(refused[0])
    assert issue["code"] == "transient"
    assert person not in refused[0].text
    for _ in range(PLACES + 1):
        assert surgery.get(f"/Patient/{person}").status_code == 200


def test_an_emergency_does_not_wait_behind_others(
    running: Running, surgery: httpx.Client, settings: Settings
) -> None:
    person, other = new_person(surgery, known_to=()), new_person(surgery, known_to=())
    asked = parameters(patient=person, reason="in-danger", explanation=WORDS)
    with practitioner(running.settings, "dr-nance") as doctor:

        async def opened_while_full() -> int:
            async with line(surgery) as client, line(doctor) as theirs:
                async with held(running.settings, "audit_events"):
                    waiting, _ = await fill(client, f"/Patient/{other}")
                    opening = asyncio.create_task(
                        theirs.post("/Patient/$emergency-access", json=asked)
                    )
                    refused = await client.get(f"/Patient/{other}")
                    assert refused.status_code == 503
                await asyncio.gather(*waiting)
                return (await opening).status_code

        async def read_while_full() -> tuple[int, int]:
            async with line(surgery) as client, line(doctor) as theirs:
                async with held(running.settings, "audit_events"):
                    waiting, _ = await fill(client, f"/Patient/{other}")
                    reading = asyncio.create_task(theirs.get(f"/Patient/{person}"))
                    refused = await client.get(f"/Patient/{other}")
                await asyncio.gather(*waiting)
                return (await reading).status_code, refused.status_code

        assert asyncio.run(opened_while_full()) == 200
        assert asyncio.run(read_while_full()) == (200, 503)


def test_an_emergency_that_was_opened_elsewhere_is_known_once_it_was_met(
    running: Running, service: Running, surgery: httpx.Client
) -> None:
    person = new_person(surgery, known_to=())
    asked = parameters(patient=person, reason="in-danger", explanation=WORDS)
    with practitioner(service.settings, "dr-hosking") as there:
        assert there.post("/Patient/$emergency-access", json=asked).status_code == 200
    with practitioner(running.settings, "dr-hosking") as doctor:
        assert doctor.get(f"/Patient/{person}").status_code == 200

        async def run() -> int:
            async with line(surgery) as client, line(doctor) as theirs:
                async with held(running.settings, "audit_events"):
                    waiting, _ = await fill(client, f"/Patient/{person}")
                    reading = asyncio.create_task(theirs.get(f"/Patient/{person}"))
                    assert (await client.get(f"/Patient/{person}")).status_code == 503
                await asyncio.gather(*waiting)
                return (await reading).status_code

        assert asyncio.run(run()) == 200


def test_sign_in_has_places_of_its_own(running: Running, surgery: httpx.Client) -> None:
    person = new_person(surgery, known_to=())
    where = f"{running.settings.base_url}/oauth/token"

    async def run() -> int:
        async with line(surgery) as client:
            async with held(running.settings, "audit_events"):
                waiting, _ = await fill(client, f"/Patient/{person}")
                status = (await client.get(where)).status_code
            await asyncio.gather(*waiting)
            return status

    assert asyncio.run(run()) == 405


def plain(client: httpx.Client) -> httpx.Client:
    """The same client, at the plain API."""
    base = str(client.base_url).rstrip("/").removesuffix("/fhir") + "/api"
    return httpx.Client(base_url=base, headers=client.headers, timeout=30)


def test_the_plain_api_refuses_in_its_own_form_and_keeps_fhir_its_places(
    running: Running, surgery: httpx.Client
) -> None:
    person = new_person(surgery, known_to=())
    goal_id = new_goal(surgery, person)[6:]

    async def run() -> tuple[list[httpx.Response], list[httpx.Response], int]:
        with plain(surgery) as api:
            async with line(api) as client:
                async with held(running.settings, "audit_events"):
                    waiting, refused = await fill(client, f"/people/{person}/goals/{goal_id}")
                    metadata = await client.get(f"{running.settings.fhir_base}/metadata")
                return await asyncio.gather(*waiting), refused, metadata.status_code

    answered, refused, metadata = asyncio.run(run())
    assert {(one.status_code, one.json()["id"]) for one in answered} == {(200, goal_id)}
    assert len(answered) == PLACES
    assert {(one.status_code, one.headers["retry-after"]) for one in refused} == {(503, "2")}
    assert refused[0].headers["content-type"] == "application/problem+json"
    assert metadata == 200


@pytest.fixture(scope="module")
def hurried(settings: Settings) -> Iterator[httpx.Client]:
    """gp-surgery, at a worker that gives up a request after a second."""
    limits = "answer-seconds=1"
    with small_service(settings, limits, lock_timeout_ms=30_000) as made, client_of(made) as client:
        yield client


def late(settings: Settings, ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, int]:
    """What is answered while nobody may read what is stored, and how many statements then still
    wait for it."""

    async def run() -> tuple[httpx.Response, int]:
        async with held(settings, "resources"):
            answer = await asyncio.to_thread(ask)
            there = await waiting(settings)
        return answer, there

    return asyncio.run(run())


async def waiting(settings: Settings) -> int:
    connection = await asyncpg.connect(settings.database_url)
    try:
        return int(
            await connection.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and application_name = 'whatmatters' and wait_event_type = 'Lock'"
            )
        )
    finally:
        await connection.close()


def test_a_request_that_takes_too_long_is_given_up_with_its_statement_and_on_record(
    settings: Settings, surgery: httpx.Client, hurried: httpx.Client
) -> None:
    person = new_person(surgery, known_to=())
    headers = {"X-Request-Id": f"late-{person}"}
    answer, still_waiting = late(
        settings, lambda: hurried.get(f"/Goal?patient=Patient/{person}", headers=headers)
    )
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    [issue] = issues(answer)
    assert issue["code"] == "timeout"
    assert "longer than 1 seconds" in issue["diagnostics"]
    assert person not in answer.text
    assert still_waiting == 0
    log = surgery.get(f"/Patient/{person}")
    assert log.status_code == 200
    assert recorded(settings, f"late-{person}") == 1


def test_the_plain_api_gives_up_what_takes_too_long(
    settings: Settings, surgery: httpx.Client, hurried: httpx.Client
) -> None:
    person = new_person(surgery, known_to=())
    headers = {"X-Request-Id": f"late-{person}"}
    with plain(hurried) as api:
        answer, still_waiting = late(
            settings, lambda: api.get(f"/people/{person}/goals", headers=headers)
        )
    assert (answer.status_code, answer.headers["retry-after"], still_waiting) == (503, "2", 0)
    assert "longer than 1 seconds" in answer.text
    assert recorded(settings, f"late-{person}") == 1


def recorded(settings: Settings, request_id: str) -> int:
    async def run() -> int:
        connection = await asyncpg.connect(settings.database_url)
        try:
            sql = "select count(*) from audit_events where position($1::bytea in body) > 0"
            return int(await connection.fetchval(sql, request_id.encode()))
        finally:
            await connection.close()

    return asyncio.run(run())


def test_of_a_transaction_that_takes_too_long_nothing_is_stored(
    settings: Settings, surgery: httpx.Client, hurried: httpx.Client
) -> None:
    person = new_person(surgery, known_to=())
    where = new_goal(surgery, person)
    asked = [entry("POST", "Goal", goal(person)), entry("DELETE", where[1:])]
    answer, still_waiting = late(settings, lambda: send(hurried, "transaction", *asked))
    assert (answer.status_code, issues(answer)[0]["code"], still_waiting) == (503, "timeout", 0)
    found = surgery.get(f"/Goal?patient=Patient/{person}").json()["entry"]
    assert [one["resource"]["id"] for one in found] == [where[6:]]
    assert send(hurried, "transaction", *asked).status_code == 200


def test_slow_bodies_of_nobody_we_know_take_no_place(
    running: Running, surgery: httpx.Client
) -> None:
    """What anyone may ask of the definitions is asked without a token, and may come slowly."""
    person = new_person(surgery, known_to=())
    address = urlsplit(running.settings.base_url)
    head = (
        b"POST /fhir/ValueSet/$expand HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/fhir+json\r\nContent-Length: 90\r\n\r\n{"
    )
    with ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection((address.hostname, address.port)))
            for _ in range(2 * PLACES)
        ]
        for one in slow:
            one.sendall(head)
        told = [surgery.get(f"/Patient/{person}").status_code for _ in range(10)]
    assert told == [200] * 10
