"""What happened to the demo people over the months: their stories, played through the plain API in
this process, each call by whoever makes it and at its own moment.

Source: fhir_profiles/examples/stories/README.md
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import httpx

from app.access import demo
from app.access.acts import Act
from app.cli.load import loader
from app.cli.story import Line, Story, play, read_story, reference_of
from app.endpoints.rest.application import rest_application
from app.endpoints.rest.door import RestDoor
from app.endpoints.under_way import UnderWay
from app.fhir.json_guard import parse
from app.fhir.library import FOLDER
from app.interactions.perform import perform
from app.interactions.visit import Ask, Record
from app.main import make_desk, make_record, open_database, own_issuer, present, trusted_issuers
from app.settings import Settings

_STORIES = FOLDER / "examples" / "stories"
_DONE_BY = "care-board"
_AT_ONCE = 4


def stories() -> Iterator[Path]:
    """The files of the demo people's stories, in order."""
    yield from sorted(_STORIES.glob("*.txt"))


async def tell_stories(settings: Settings, advance: Callable[[int, int], None]) -> int:
    """Play each story that was not played before, some at a time, as each is one person's; returns
    how many were. advance: told (done, total). Raises Malformed where a sentence is refused."""
    clock, files = _Clock(), list(stories())
    turns, played = asyncio.Semaphore(_AT_ONCE), list[bool]()

    async def tell(path: Path, record: Record, clients: _Clients) -> None:
        async with turns:
            played.append(await _told(read_story(path), record, clients, clock))
            advance(len(played), len(files))

    async with _at_the_door(settings, clock) as (record, transport):
        clients = _Clients(settings, transport)
        try:
            async with asyncio.TaskGroup() as group:
                for path in files:
                    group.create_task(tell(path, record, clients))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
    return sum(played)


async def _told(story: Story, record: Record, clients: "_Clients", clock: "_Clock") -> bool:
    """Whether it had to be played, which it then was."""
    if await _is_told(record, story, story.lines[-1]):
        return False
    is_begun = await _is_told(record, story, story.lines[0])
    await play(story, clients.of, clock.set, is_begun=is_begun)
    return True


class _Clock:
    """The present, until a story sets it, for itself alone."""

    def __init__(self) -> None:
        self._now: ContextVar[datetime | None] = ContextVar("now of a story", default=None)

    def set(self, now: datetime) -> None:
        self._now.set(now.astimezone(UTC))

    def __call__(self) -> datetime:
        return self._now.get() or present()


class _Clients:
    """Everybody in the stories, each with a token of their own."""

    def __init__(self, settings: Settings, transport: httpx.ASGITransport) -> None:
        self._settings, self._transport = settings, transport
        self._clients: dict[str, httpx.AsyncClient] = {}

    def of(self, who: str) -> httpx.AsyncClient:
        """The client of somebody; `person:` takes the Patient's id here, as not all have an NHS
        number."""
        if who not in self._clients:
            token = demo.mint(
                self._settings.data_dir,
                who,
                None,
                time.time(),
                person_id_by_nhs_number=lambda id: id,
                person_id_by_supporter=lambda id: "-".join(id.split("-")[:2]),
            )
            self._clients[who] = httpx.AsyncClient(
                transport=self._transport,
                base_url="http://demo",
                headers={"Authorization": f"Bearer {token}"},
            )
        return self._clients[who]


@asynccontextmanager
async def _at_the_door(
    settings: Settings, clock: Callable[[], datetime]
) -> AsyncIterator[tuple[Record, httpx.ASGITransport]]:
    """The record, and the way to its plain API without a network between."""
    database = await open_database(settings)
    try:
        record = make_record(settings, database, clock)
        desk = make_desk(settings, record, own_issuer(settings), trusted_issuers(settings))
        await desk.standing.refresh()
        places = UnderWay(settings.bounds.in_flight, settings.bounds.answer_seconds)
        door = RestDoor(record, desk.verifier, desk.standing, places)
        yield record, httpx.ASGITransport(rest_application(lambda: door, version("whatmatters")))
    finally:
        await database.close()


async def _is_told(record: Record, story: Story, line: Line) -> bool:
    """Whether a contact of the story is here, such as those with which it begins and ends."""
    ask = Ask(
        Act.SEARCH_TYPE,
        "Encounter",
        query=f"identifier={reference_of(story, line)}&_summary=count",
    )
    told = parse((await perform(record, loader(_DONE_BY), ask)).body)
    return bool(int(str(told["total"])))
