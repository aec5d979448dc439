"""The requests of each row of the table, written out as bytes before anything is timed."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, cycle
from random import Random
from typing import TypeAlias

from app.cli.made_up_people import Person, has_long_record
from app.fhir.json_guard import encode
from app.fhir.resource_types import Json

_MOST_PEOPLE = 2_000
_STORY = "http://loinc.org|81338-6"
_MARK = b"@@"  # stands where each request differs from the last
_numbers = count(secrets.randbelow(10**9))


@dataclass(slots=True)
class World:
    """Some of the people who are there. long: the ids of those with exactly twenty goals. goals:
    of the others, as they were loaded."""

    long: list[str] = field(default_factory=list)
    goals: list[Json] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Server:
    """Where requests go, and what each carries."""

    port: int
    token: str
    base: str = "/fhir"

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """One request, whole."""
        head = [
            f"{method} {self.base}/{path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Authorization: Bearer {self.token}",
            "Accept: application/fhir+json",
        ]
        if body:
            head += ["Content-Type: application/fhir+json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*head, "", ""]).encode() + body


Make: TypeAlias = Callable[[World, Server], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. status: of every answer. make: requests without end."""

    name: str
    status: int
    make: Make


def worlds(people: int) -> tuple[World, World]:
    """Two samples of the people from number 0 on, the same each time; nobody is in both."""
    most = min(people, 2 * _MOST_PEOPLE)
    some = Random(people).sample(range(people), most)  # noqa: S311
    # Those with long records first, so that both samples have their share of them.
    some.sort(key=has_long_record, reverse=True)
    return _world(some[::2]), _world(some[1::2])


def _world(numbers: list[int]) -> World:
    found = World()
    for number in numbers:
        person = Person(number)
        if has_long_record(number):
            found.long.append(person.id)
        else:
            found.goals += [o for o in person.resources() if o["resourceType"] == "Goal"]
    return found


def read(world: World, server: Server) -> Iterator[bytes]:
    """Read a Goal."""
    return _again_and_again([server.request("GET", f"Goal/{one['id']}") for one in world.goals])


def create(world: World, server: Server) -> Iterator[bytes]:
    """Create a Goal of about 2 kB."""
    return _marked([server.request("POST", "Goal", _body(one)) for one in world.goals])


def update(world: World, server: Server) -> Iterator[bytes]:
    """Update a Goal; each time it says something new."""
    goals = [
        server.request("PUT", f"Goal/{one['id']}", _body(one, id=one["id"])) for one in world.goals
    ]
    return _marked(goals)


def search(world: World, server: Server) -> Iterator[bytes]:
    """A person's goals: twenty rows."""
    paths = [f"Goal?patient=Patient/{person}&_count=20" for person in world.long]
    return _again_and_again([server.request("GET", path) for path in paths])


def search_with_include(world: World, server: Server) -> Iterator[bytes]:
    """The same, with what was said about each goal."""
    paths = [
        f"Goal?patient=Patient/{person}&_count=20&_revinclude=Observation:focus"
        for person in world.long
    ]
    return _again_and_again([server.request("GET", path) for path in paths])


def search_by_code_and_date(_: World, server: Server) -> Iterator[bytes]:
    """What mattered to anybody in some month: the first twenty."""
    first = date(2025, 12, 1)
    months = [(first + timedelta(days=n), first + timedelta(days=n + 30)) for n in range(300)]
    paths = [
        f"Observation?code={_STORY}&date=ge{start}&date=lt{end}&_count=20" for start, end in months
    ]
    return _again_and_again([server.request("GET", path) for path in paths])


def transaction(world: World, server: Server) -> Iterator[bytes]:
    """Ten new resources together: three goals, and seven things said about them."""
    bundles = [_bundle(world, n) for n in range(min(200, len(world.goals) // 3))]
    return _marked([server.request("POST", "", body) for body in bundles])


ROWS = (
    Row("read", 200, read),
    Row("create", 201, create),
    Row("update", 200, update),
    Row("search a person's goals", 200, search),
    Row("search with include", 200, search_with_include),
    Row("search by code and date", 200, search_by_code_and_date),
    Row("transaction of ten", 200, transaction),
)


def _bundle(world: World, n: int) -> bytes:
    goals = world.goals[3 * n : 3 * n + 3]
    person = goals[0]["subject"]
    entries = [
        _entry(f"urn:uuid:00000000-0000-4000-8000-{m:012}", {**_new(goal), "subject": person})
        for m, goal in enumerate(goals)
    ]
    for m in range(7):
        said = {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "112296-9"}]},
            "subject": person,
            "focus": [{"reference": entries[m % 3]["fullUrl"]}],
            "effectiveDateTime": "2026-05-01T10:00:00+00:00",
            "valueString": f"A little closer than last week. {_MARK.decode()}",
        }
        entries.append(_entry(f"urn:uuid:00000000-0000-4000-8000-{m + 3:012}", said))
    return encode({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def _entry(url: str, resource: Json) -> Json:
    request = {"method": "POST", "url": resource["resourceType"]}
    return {"fullUrl": url, "resource": resource, "request": request}


def _new(goal: Json) -> Json:
    text = f"{goal['description']['text']} {_MARK.decode()}"
    return {**{k: v for k, v in goal.items() if k != "id"}, "description": {"text": text}}


def _body(goal: Json, **rest: str) -> bytes:
    return encode({**_new(goal), **rest})


def _again_and_again(requests: list[bytes]) -> Iterator[bytes]:
    Random(0).shuffle(requests)  # noqa: S311
    return cycle(requests)


def _marked(requests: list[bytes]) -> Iterator[bytes]:
    """Each with a number of its own in place of the mark, so that none says what is stored."""
    parts = [_split(request) for request in requests]
    Random(0).shuffle(parts)  # noqa: S311
    for pieces in cycle(parts):
        yield (b"%012d" % next(_numbers)).join(pieces)


def _split(request: bytes) -> list[bytes]:
    """The pieces around the marks, with the length that the numbers will give."""
    head, _, body = request.partition(b"\r\n\r\n")
    longer = len(body) + body.count(_MARK) * (12 - len(_MARK))
    head = head.replace(b"Length: %d" % len(body), b"Length: %d" % longer)
    return (head + b"\r\n\r\n" + body).split(_MARK)
