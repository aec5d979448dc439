"""At 10,000 moments between the audit and the answer, the audit is there already.

A process may be killed at any moment. So that no answer is ever given unaudited, whatever moment
that is, the record of it must be committed before the first byte goes out. Here each first byte is
held back until another connection has looked for the record of that very request.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import httpx
import pytest
import uvicorn

from app.main import Service
from app.settings import Settings
from tests.conftest import Running, mint_token
from tests.endpoints.asking import entry, new_goal
from tests.people import goal, new_person, observation

ANSWERS = 10_000
AT_ONCE = 16
_LOOK = """
select count(*) from audit_events
where updated > now() - interval '5 seconds' and position($1::bytea in body) > 0"""


class Watched:
    """The service, whose every first byte waits for a look into the database from outside."""

    def __init__(self, settings: Settings) -> None:
        self._service, self._url = Service(settings), settings.database_url
        self._opening = asyncio.Lock()
        self._looking: asyncpg.Pool | None = None
        self.answers = 0
        self.unaudited: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/fhir/"):
            await self._service(scope, receive, send)
            if scope["type"] == "lifespan" and self._looking is not None:
                self._looking.terminate()
            return

        async def held(message: Any) -> None:
            if message["type"] == "http.response.start":
                await self._look(scope, message)
            await send(message)

        await self._service(scope, receive, held)

    async def _look(self, scope: Any, message: Any) -> None:
        id = dict(message["headers"])[b"x-request-id"]
        async with self._opening:
            if self._looking is None:
                self._looking = await asyncpg.create_pool(self._url, min_size=1, max_size=4)
        found = await self._looking.fetchval(_LOOK, id)
        self.answers += 1
        if not found:
            self.unaudited.append(f"{scope['method']} {scope['path']} {message['status']}")


class RunningWatched(Running):
    """The same, served; `watched` once it runs."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.watched: Watched | None = None
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._made, factory=True, host="127.0.0.1", port=0, log_level="warning",
                access_log=False, lifespan="on",
            )
        )  # fmt: skip

    def _made(self) -> Watched:
        self.watched = Watched(self.settings)
        return self.watched


@pytest.fixture(scope="module")
def running(settings: Settings) -> Iterator[RunningWatched]:
    made = RunningWatched(settings)
    made.start()
    yield made
    made.stop()


def asks(person: str, where: str) -> list[Callable[[httpx.AsyncClient], Any]]:
    """Every kind of request, those that are refused too."""
    bundle = {"resourceType": "Bundle", "type": "transaction"}
    both = [entry("GET", where[1:]), entry("POST", "Goal", goal(person))]
    return [
        lambda c: c.get(where),
        lambda c: c.head(where),
        lambda c: c.get(where, headers={"If-None-Match": 'W/"1"'}),
        lambda c: c.get(f"{where}/_history/1"),
        lambda c: c.get(f"{where}/_history"),
        lambda c: c.get(f"/Goal?patient={person}&_count=5"),
        lambda c: c.get(f"/Goal?patient={person}&_summary=count"),
        lambda c: c.get(f"/Goal?patient={person}&_count=2&_revinclude=Observation:focus"),
        lambda c: c.get(f"/Patient/{person}/$everything?_count=5"),
        lambda c: c.get(f"{where}/$validate"),
        lambda c: c.get("/Goal/_history?_count=3"),
        lambda c: c.get(f"/AuditEvent?patient={person}&_count=3"),
        lambda c: c.get("/Organization/gp-surgery"),
        lambda c: c.get(f"/Goal/{person}-aaaaaaaaaaaa"),
        lambda c: c.get("/Goal?nonsense=1"),
        lambda c: c.get(where, headers={"Authorization": "Bearer a.b.c"}),
        lambda c: c.post("/Goal", json=goal(person)),
        lambda c: c.post(
            "/Observation", json=observation(person, focus=[{"reference": where[1:]}])
        ),
        lambda c: c.post("/Goal", json=goal(person, lifecycleStatus="begun")),
        lambda c: c.patch(where, json={"language": random.choice(["kw", "en"])}),  # noqa: S311
        lambda c: c.put(where, json=goal(person, id=where[6:], language="fr")),
        lambda c: c.delete(f"/Goal/{person}-aaaaaaaaaaaa"),
        lambda c: c.post("/", json={**bundle, "type": "batch", "entry": both}),
        lambda c: c.post("/", json={**bundle, "entry": both}),
        lambda c: c.post("/AuditEvent", json={"resourceType": "AuditEvent"}),
    ]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_answer_begins_before_its_audit_is_there(
    running: RunningWatched, surgery: httpx.Client
) -> None:
    person = new_person(surgery)
    kinds = asks(person, new_goal(surgery, person))
    headers = {
        "Authorization": f"Bearer {mint_token(running.settings, 'gp-surgery')}",
        "Content-Type": "application/fhir+json",
    }
    base = running.settings.fhir_base

    async def run() -> list[int]:
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
            statuses: list[int] = []

            async def some(first: int) -> None:
                for n in range(first, ANSWERS, AT_ONCE):
                    statuses.append((await kinds[n % len(kinds)](client)).status_code)

            await asyncio.gather(*(some(first) for first in range(AT_ONCE)))
            return statuses

    statuses = asyncio.run(run())
    watched = running.watched
    assert watched is not None
    assert watched.unaudited == []
    assert watched.answers >= ANSWERS
    assert {200, 201, 204, 304, 400, 401, 403, 404, 422} <= set(statuses)
    assert max(statuses) < 500
