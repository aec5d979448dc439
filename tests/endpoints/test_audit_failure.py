"""If what was asked cannot be recorded, nothing is done and nothing is told (decision 0009)."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import asyncpg
import httpx
import pytest

from app.access import demo
from app.settings import Settings
from tests.conftest import Running, mint_token, run_sql
from tests.people import goal, new_person

WORDS = "Walk to the lighthouse before breakfast"


@pytest.fixture(scope="module")
def url(make_database: Callable[[], str]) -> str:
    return make_database()


@pytest.fixture(scope="module")
def surgery(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """gp-surgery, at a service on a database of its own that gives up waiting soon."""
    folder = tmp_path_factory.mktemp("unrecorded")
    demo.ensure_issuer(folder)
    running = Running(
        Settings(
            database_url=url, data_dir=folder, demo=True, log_level="error", lock_timeout_ms=100
        )
    )
    running.start()
    headers = {
        "Authorization": f"Bearer {mint_token(running.settings, 'gp-surgery')}",
        "Content-Type": "application/fhir+json",
    }
    with httpx.Client(base_url=running.settings.fhir_base, headers=headers, timeout=30) as client:
        yield client
    running.stop()


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    """Somebody with a goal."""
    made = new_person(surgery, known_to=())
    surgery.put("/Goal/known", json=goal(made, WORDS, id="known")).raise_for_status()
    return made


@contextmanager
def refused_by_a_constraint(url: str) -> Iterator[None]:
    run_sql(url, "alter table audit_events add constraint broken check (false) not valid")
    try:
        yield
    finally:
        run_sql(url, "alter table audit_events drop constraint broken")


@contextmanager
def held_by_another(url: str) -> Iterator[None]:
    """Somebody has locked the heads of the chains, and does not let go."""
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(url))
        runner.run(connection.execute("begin; lock table audit_heads in exclusive mode"))
        try:
            yield
        finally:
            runner.run(connection.execute("rollback"))
            runner.run(connection.close())


@contextmanager
def read_only(url: str) -> Iterator[None]:
    """As on a standby: everything can be read."""
    run_sql(
        url,
        "create function broken() returns trigger language plpgsql as "
        "$$ begin raise read_only_sql_transaction; end $$",
    )
    run_sql(
        url,
        "create trigger broken before insert on audit_events execute function broken()",
    )
    try:
        yield
    finally:
        run_sql(url, "drop trigger broken on audit_events")
        run_sql(url, "drop function broken")


def bundle(type: str, *entries: Any) -> Any:
    return {"resourceType": "Bundle", "type": type, "entry": list(entries)}


@pytest.mark.parametrize("broken", [refused_by_a_constraint, held_by_another, read_only])
def test_while_nothing_can_be_recorded_nothing_is_done_or_told(
    surgery: httpx.Client,
    url: str,
    person: str,
    broken: Callable[[str], AbstractContextManager[None]],
) -> None:
    entry = {"resource": goal(person, "Sing"), "request": {"method": "POST", "url": "Goal"}}
    looking = {"request": {"method": "GET", "url": "Goal/known"}}
    before = surgery.get(f"/Goal?patient={person}&_summary=count").json()["total"]
    with broken(url):
        answers = [
            surgery.get(f"/Patient/{person}"),
            surgery.get("/Goal/known"),
            surgery.get("/Goal/known/_history/1"),
            surgery.get(f"/Goal?patient=Patient/{person}"),
            surgery.get("/Goal/known/_history"),
            surgery.get(f"/Patient/{person}/$everything"),
            surgery.get(f"/Goal/{person}-aaaaaaaaaaaa"),
            surgery.post("/Goal", json=goal(person, "Sing")),
            surgery.put("/Goal/known", json=goal(person, "Sing", id="known")),
            surgery.patch("/Goal/known", json={"lifecycleStatus": "completed"}),
            surgery.delete("/Goal/known"),
            surgery.post("", json=bundle("transaction", entry)),
            surgery.post("", json=bundle("transaction", looking)),
            surgery.post("/Goal", json={}),
        ]
        alone = surgery.post("", json=bundle("batch", entry, looking))
    assert {answer.status_code for answer in answers} == {503}
    assert all(answer.json()["resourceType"] == "OperationOutcome" for answer in answers)
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    assert [one["response"]["status"][:3] for one in alone.json()["entry"]] == ["503", "503"]
    assert not any("lighthouse" in answer.text for answer in (*answers, alone))
    assert surgery.get(f"/Goal?patient={person}&_summary=count").json()["total"] == before
    assert surgery.get("/Goal/known").json()["description"]["text"] == WORDS
