"""Each of the cast tells it once: a story played over HTTP, by the organisations and the person
with tokens of their own, and then read as a journey and as what was said and done.

Beside each story, `<person>.read.txt` is how it must read. To see a change, delete it: the test
writes it anew, and fails until it stands there.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app.cli.story import Story, play, read_story
from app.settings import Settings
from tests.conftest import EXAMPLES, Running, mint_token

FOLDER = Path(__file__).with_name("stories")
STORIES = sorted(path for path in FOLDER.glob("*.txt") if not path.name.endswith(".read.txt"))


class Clock:
    """The time in the stories."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def set(self, now: datetime) -> None:
        self.now = now.astimezone(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def told(settings: Settings, clock: Clock) -> Iterator[Running]:
    """The service, in the time of the stories."""
    running = Running(settings, clock)
    running.start()
    yield running
    running.stop()


async def _read(told: Running, clock: Clock, story: Story) -> str:
    clients: dict[str, httpx.AsyncClient] = {}

    def client_of(who: str) -> httpx.AsyncClient:
        if who not in clients:
            headers = {"Authorization": f"Bearer {mint_token(told.settings, who)}"}
            base = f"{told.settings.base_url}/api"
            clients[who] = httpx.AsyncClient(base_url=base, headers=headers, timeout=30)
        return clients[who]

    try:
        scene = await play(story, client_of, clock.set)
        own = client_of(f"person:{scene.person}")
        texts = []
        for page in ("journey", "said-and-done"):
            plain = {"Accept": "text/plain"}
            answer = await own.get(f"/people/{scene.person}/{page}", headers=plain)
            assert answer.status_code == 200, answer.text
            texts.append(answer.text)
        return "\n".join(texts)
    finally:
        for one in clients.values():
            await one.aclose()


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_told_once_reads_as_it_was_told(told: Running, clock: Clock, path: Path) -> None:
    text = asyncio.run(_read(told, clock, read_story(path)))
    written = path.with_suffix(".read.txt")
    if not written.exists():
        written.write_text(text, encoding="utf-8")
        pytest.fail(f"{written.name} was not there. It is now: read it.")
    assert text == written.read_text(encoding="utf-8")


def test_each_of_the_cast_tells_it_once() -> None:
    cast = [path.stem.partition("-")[2] for path in (EXAMPLES / "people").glob("*.json")]
    assert [path.stem for path in STORIES] == sorted(cast)
