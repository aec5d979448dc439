"""What opens or closes a record binds the next request at another worker, and a write under way."""

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest

from app.main import open_database
from app.settings import Settings
from app.store.quarantines import set_apart
from tests.conftest import Running, mint_token
from tests.endpoints.asking import new_goal
from tests.endpoints.emergencies import by_name, opened, parameters, practitioner
from tests.people import goal, new_person

AsClient = Callable[..., httpx.Client]
WHY = "It has to be so for the time being."
TIMES = 20


@pytest.fixture(scope="module")
def second(settings: Settings) -> Iterator[Running]:
    """Another worker over the same record."""
    running = Running(settings)
    running.start()
    yield running
    running.stop()


def at(worker: Running, name: str) -> httpx.Client:
    token = mint_token(worker.settings, name)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    return httpx.Client(base_url=worker.settings.fhir_base, headers=headers, timeout=30)


def test_a_freeze_and_its_end_bind_the_other_worker(surgery: httpx.Client, second: Running) -> None:
    person = new_person(surgery)
    where = new_goal(surgery, person)
    why = parameters(explanation=WHY)
    with at(second, f"person:{person}") as own:
        for _ in range(TIMES):
            assert surgery.post(f"/Patient/{person}/$freeze", json=why).status_code == 200
            assert own.get(where).status_code == 403
            assert surgery.post(f"/Patient/{person}/$unfreeze", json=why).status_code == 200
            assert own.get(where).status_code == 200


def test_an_emergency_and_its_end_bind_the_other_worker(
    surgery: httpx.Client, service: Running, second: Running
) -> None:
    person = new_person(surgery, known_to=())
    where = new_goal(surgery, person)
    with (
        practitioner(service.settings, "dr-two-workers") as here,
        practitioner(second.settings, "dr-two-workers") as there,
    ):
        for _ in range(TIMES):
            id = opened(here, person)
            assert there.get(where).status_code == 200
            ended = here.post("/Patient/$emergency-access-end", json=parameters(access=id))
            assert ended.status_code == 200
            assert there.get(where).status_code == 404


def test_what_is_set_apart_and_put_back_is_so_at_the_other_worker(
    surgery: httpx.Client, as_client: AsClient, second: Running
) -> None:
    person, admin = new_person(surgery), as_client("admin")
    where = new_goal(surgery, person)
    body = parameters(entry=where[1:], explanation=WHY)
    with at(second, "council-care") as council:
        for _ in range(TIMES):
            made = surgery.post(f"/Patient/{person}/$quarantine", json=body).json()
            assert council.get(where).status_code == 404
            step = parameters(quarantine=by_name(made)["quarantine"], explanation=WHY)
            assert admin.post("/Patient/$quarantine-lift", json=step).status_code == 200
            assert council.get(where).status_code == 200


def test_a_write_under_way_does_not_bring_back_what_is_set_apart(
    surgery: httpx.Client, settings: Settings
) -> None:
    person = new_person(surgery)
    where = new_goal(surgery, person)
    changed = {**goal(person, "Another word"), "id": where[6:]}

    async def race() -> httpx.Response:
        database = await open_database(settings)
        session, outside = database.session(), database.session()
        async with session.transaction():
            await set_apart(session, person, [("Goal", where[6:])], "somebody", WHY)
            writing = asyncio.create_task(asyncio.to_thread(surgery.put, where, json=changed))
            async with asyncio.timeout(2):
                while not await outside.fetch("select from pg_locks where not granted", []):
                    assert not writing.done()
        answer = await writing
        await database.close()
        return answer

    assert asyncio.run(race()).status_code == 200
    assert surgery.get(where).status_code == 404
    assert surgery.get(f"{where}/_history/2").status_code == 404
