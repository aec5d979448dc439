"""A story: what was said and done about one person, day by day, in sentences that are each a call
of the plain API; read from a text file, and played.

Source: fhir_profiles/examples/stories/README.md
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from app.cli.story_scene import Call, Scene
from app.cli.story_sentences import call_of
from app.errors import Malformed
from app.fhir.resource_types import Json

ZONE = ZoneInfo("Europe/London")
_NEXT = timedelta(minutes=1)  # between two sentences of one day
_DAY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_KNOWN = re.compile(r"(?P<name>\w+) is (?P<id>[a-z0-9-]+)\.")
_SUPPORTER = re.compile(r"(?P<name>\w+) helps as (?P<id>[a-z0-9-]+)\.")
_LABELLED = re.compile(r"\[(?P<label>[\w-]+)\] is (?P<id>[a-z0-9-]+)\.")


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, and the moment that it was said or done."""

    number: int
    when: datetime
    sentence: str


@dataclass(slots=True)
class Story:
    """A story as it was written. scene: whom it is about, where they are here already."""

    name: str
    scene: Scene
    lines: tuple[Line, ...]


def read_story(path: Path) -> Story:
    """The story of a file. Raises Malformed for a sentence that comes before any day."""
    scene, lines = Scene(datetime(2026, 1, 1, tzinfo=ZONE)), []
    when: datetime | None = None
    for number, raw in _written(path):
        if _DAY.fullmatch(raw):
            when = datetime.fromisoformat(raw).replace(tzinfo=ZONE)
        elif found := _KNOWN.fullmatch(raw):
            scene.called, scene.person = found["name"], found["id"]
        elif found := _SUPPORTER.fullmatch(raw):
            scene.supporters[found["name"]] = found["id"]
        elif found := _LABELLED.fullmatch(raw):
            scene.ids[found["label"]] = found["id"]
        elif when is None:
            raise Malformed(f"{path.name}, line {number}: say first on which day this was.")
        else:
            lines.append(Line(number, when, raw))
            when += _NEXT
    return Story(path.stem, scene, tuple(lines))


def _written(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not empty and are no remarks, with their numbers."""
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if raw.strip() and not raw.startswith("#"):
            yield number, raw.strip()


def reference_of(story: Story, line: Line) -> str:
    """What the call of a line is known by, whenever it is made again."""
    return f"story-{story.name}-{line.number}"


async def play(
    story: Story,
    client_of: Callable[[str], httpx.AsyncClient],
    set_clock: Callable[[datetime], None],
    *,
    is_begun: bool = False,
) -> Scene:
    """Make every call of a story, each at its moment and with a key of its own. client_of: makes or
    keeps the client of each who signs in, at the base of the plain API. is_begun: it was played
    before, within a day, and cut short: by its key nothing is done twice, and what is refused now
    was done then. Raises Malformed where a call is refused."""
    scene = story.scene
    for line in story.lines:
        scene.now, scene.reference = line.when, reference_of(story, line)
        set_clock(line.when)
        try:
            call = call_of(line.sentence, scene)
            await _make(call, client_of(call.who), scene)
        except Malformed as refusal:
            if not is_begun:
                raise Malformed(f"{story.name}, line {line.number}: {refusal}") from None
    return scene


async def _make(call: Call, client: httpx.AsyncClient, scene: Scene) -> None:
    headers = {"Idempotency-Key": scene.reference} if call.method == "POST" else {}
    if call.changes:
        headers["If-Match"] = _of(await client.get(call.changes)).headers["ETag"]
    answer = _of(await client.request(call.method, call.path, json=call.body, headers=headers))
    made: Json = answer.json()
    if call.label == "the person":
        scene.person = made["id"]
    elif call.label.startswith("supporter "):
        scene.supporters[call.label.partition(" ")[2]] = made["id"]
    elif call.label:
        scene.ids[call.label] = made["id"]


def _of(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success or '"outcome":"refused"' in answer.text.replace(" ", ""):
        raise Malformed(f"{answer.request.method} {answer.request.url.path}: {answer.text}")
    return answer
