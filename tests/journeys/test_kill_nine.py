"""The first promise: what was acknowledged is there, byte for byte, whatever was killed when; and
nothing is ever half there."""

import asyncio
import hashlib
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx
import msgspec
import pytest

from app.fhir.json_guard import parse
from app.interactions.draft import index_of
from tests.journeys.served import Served, served
from tests.people import goal, new_person
from tests.store.audit_world import faults

ROUNDS = 20
WRITERS = 6
TOGETHER = 3  # entries in each transaction
SYSTEM = "https://whatmatters.example/attempt"
SEED = 20261122

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


class Acknowledged(NamedTuple):
    """A version that a 2xx spoke of. sha256: of the bytes that came with it; None: a deletion."""

    type: str
    id: str
    version: int
    sha256: str | None


@dataclass
class Journal:
    """What the writers were told. Each line is on the disk before it counts."""

    path: Path
    acknowledged: list[Acknowledged] = field(default_factory=list)
    refused: list[httpx.Response] = field(default_factory=list)
    cut_off: int = 0
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, versions: Sequence[Acknowledged]) -> None:
        """Write down what was acknowledged."""
        with self.lock:
            with self.path.open("a") as file:
                file.writelines(json.dumps(version) + "\n" for version in versions)
            self.acknowledged += versions


class Writer(threading.Thread):
    """Writes without end, in every way there is, until it is told to stop."""

    def __init__(self, number: int, client: httpx.Client, person: str, journal: Journal) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self._random = random.Random(SEED + number)  # noqa: S311  (not for secrets)
        self._number, self._client, self._person, self._journal = number, client, person, journal
        self._attempts = 0
        self._known: list[tuple[str, int]] = []

    def run(self) -> None:
        ways = [self._create, self._create, self._update, self._put_new, self._together]
        ways += [self._delete]
        while not self.done.is_set():
            self._attempts += 1
            try:
                self._random.choice(ways)()
            except httpx.TransportError:
                self._journal.cut_off += 1
                self._known.clear()
                self.done.wait(0.05)
            except Exception as problem:
                self._journal.wrong.append(repr(problem))
                return

    def _goal(self) -> dict[str, Any]:
        attempt = f"{self._number}-{self._attempts}"
        words = " ".join(self._random.choices(("quay", "sea", "bench", "boat"), k=20))
        return goal(self._person, words, identifier=[{"system": SYSTEM, "value": attempt}])

    def _create(self) -> None:
        self._told(self._client.post("/Goal", json=self._goal()))

    def _put_new(self) -> None:
        id = f"chosen-{self._number}-{self._attempts}"
        self._told(self._client.put(f"/Goal/{id}", json={**self._goal(), "id": id}))

    def _update(self) -> None:
        if not self._known:
            return self._create()
        id, version = self._known.pop()
        headers = {"If-Match": f'W/"{version}"'}
        return self._told(
            self._client.put(f"/Goal/{id}", json={**self._goal(), "id": id}, headers=headers)
        )

    def _delete(self) -> None:
        if not self._known:
            return
        id, version = self._known.pop()
        answer = self._client.delete(f"/Goal/{id}")
        if self._is_done(answer):
            self._journal.note([Acknowledged("Goal", id, version + 1, None)])

    def _together(self) -> None:
        whole = self._goal()
        entries = [
            {"resource": whole, "request": {"method": "POST", "url": "Goal"}}
            for _ in range(TOGETHER)
        ]
        answer = self._client.post(
            "",
            json={"resourceType": "Bundle", "type": "transaction", "entry": entries},
            headers={"Prefer": "return=representation"},
        )
        if self._is_done(answer):
            self._journal.note([_acknowledged(one) for one in _entries(answer.content)])

    def _told(self, answer: httpx.Response) -> None:
        if self._is_done(answer):
            version = _acknowledged(answer.content)
            self._journal.note([version])
            self._known.append((version.id, version.version))

    def _is_done(self, answer: httpx.Response) -> bool:
        if answer.is_success:
            return True
        # Whether it was written is not known, so what is known of the version is not, either.
        self._known.clear()
        with self._journal.lock:
            self._journal.refused.append(answer)
        self.done.wait(0.05)
        return False


class _Entry(msgspec.Struct):
    resource: msgspec.Raw


class _Bundle(msgspec.Struct):
    entry: list[_Entry]


def _entries(body: bytes) -> list[bytes]:
    return [bytes(entry.resource) for entry in msgspec.json.decode(body, type=_Bundle).entry]


def _acknowledged(body: bytes) -> Acknowledged:
    tree = json.loads(body)
    version = int(tree["meta"]["versionId"])
    return Acknowledged("Goal", tree["id"], version, hashlib.sha256(body).hexdigest())


@dataclass
class Crowd:
    """The writers of one test, and what they were told."""

    journal: Journal
    writers: list[Writer]

    def write_on(self, more: int) -> None:
        """Returns when that many more versions were acknowledged."""
        enough = len(self.journal.acknowledged) + more
        deadline = time.monotonic() + 30
        while len(self.journal.acknowledged) < enough:
            assert not self.journal.wrong, self.journal.wrong
            assert time.monotonic() < deadline, "the writers are not answered any more"
            time.sleep(0.005)

    def stop(self) -> None:
        """Returns when the last writer has ended."""
        for writer in self.writers:
            writer.done.set()
        for writer in self.writers:
            writer.join(60)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Served]:
    yield from served(tmp_path)


@pytest.fixture
def gather(house: Served, tmp_path: Path) -> Iterator[Callable[[], Crowd]]:
    made: list[Crowd] = []

    def gather() -> Crowd:
        journal = Journal(tmp_path / "acknowledged.ndjson")
        person = new_person(house.client(), known_to=())
        writers = [Writer(n, house.client(), person, journal) for n in range(WRITERS)]
        made.append(Crowd(journal, writers))
        for writer in writers:
            writer.start()
        return made[-1]

    yield gather
    for crowd in made:
        crowd.stop()


def test_what_was_acknowledged_outlives_twenty_kills_of_the_service(
    house: Served, gather: Callable[[], Crowd]
) -> None:
    crowd, chance = gather(), random.Random(SEED)  # noqa: S311  (not for secrets)
    for _ in range(ROUNDS):
        crowd.write_on(chance.randint(5, 60))
        house.kill()
        house.start()
    crowd.write_on(10)
    crowd.stop()

    assert crowd.journal.cut_off
    assert not crowd.journal.refused, crowd.journal.refused[0].text
    examine(house, crowd.journal)


def test_what_was_acknowledged_outlives_twenty_kills_of_the_database(
    house: Served, gather: Callable[[], Crowd]
) -> None:
    crowd, chance = gather(), random.Random(SEED)  # noqa: S311  (not for secrets)
    for _ in range(ROUNDS):
        crowd.write_on(chance.randint(5, 60))
        house.kill_database()
        gap = len(crowd.journal.refused)
        while len(crowd.journal.refused) < gap + WRITERS:
            time.sleep(0.005)
        house.start_database()
    crowd.write_on(10)
    crowd.stop()

    refused = crowd.journal.refused
    assert {answer.status_code for answer in refused} == {503}
    assert all("retry-after" in answer.headers for answer in refused)
    assert all(answer.json()["resourceType"] == "OperationOutcome" for answer in refused)
    assert not crowd.journal.cut_off
    examine(house, crowd.journal)


def examine(house: Served, journal: Journal) -> None:
    """Look at everything there is: by HTTP at the last versions told, in the tables at all."""
    assert not journal.wrong, journal.wrong
    reader = house.client()
    for told in [one for one in journal.acknowledged if one.sha256][-100:]:
        read = reader.get(f"/{told.type}/{told.id}/_history/{told.version}")
        assert hashlib.sha256(read.content).hexdigest() == told.sha256
    asyncio.run(_examine_tables(house, journal.acknowledged))
    assert faults(house.database_url) == []


async def _examine_tables(house: Served, acknowledged: Sequence[Acknowledged]) -> None:
    connection = await asyncpg.connect(house.database_url)
    try:
        versions = {
            (row["type"], row["id"], row["version"]): row
            for row in await connection.fetch("select * from resource_versions")
        }
        current = await connection.fetch("select * from resources")
        _check_acknowledged(versions, acknowledged)
        _check_currents(versions, current)
        _check_whole_transactions(versions)
        for sql in _NOWHERE:
            assert await connection.fetch(sql) == [], sql
        await _check_index(connection, current, house.base)
    finally:
        await connection.close()


def _check_acknowledged(
    versions: dict[tuple[str, str, int], Any], acknowledged: Sequence[Acknowledged]
) -> None:
    assert len(set(acknowledged)) == len(acknowledged) > ROUNDS
    for told in acknowledged:
        row = versions[told[:3]]
        if told.sha256 is None:
            assert row["method"] == "DELETE"
        else:
            assert hashlib.sha256(row["body"]).hexdigest() == told.sha256


def _check_currents(versions: dict[tuple[str, str, int], Any], current: Sequence[Any]) -> None:
    """Versions count from 1 without a gap, and the last is the current one."""
    last = {(row["type"], row["id"]): row for row in current}
    assert sum(row["version"] for row in current) == len(versions)
    for type, id, version in versions:
        assert 1 <= version <= last[type, id]["version"]
    for row in current:
        assert versions[row["type"], row["id"], row["version"]]["body"] == row["body"]


def _check_whole_transactions(versions: dict[tuple[str, str, int], Any]) -> None:
    """Of what was sent under one attempt there is all or nothing."""
    count_by_attempt: dict[str, int] = {}
    for row in versions.values():
        if row["body"] and row["type"] == "Goal" and row["method"] != "PUT":
            attempt = parse(row["body"])["identifier"][0]["value"]
            count_by_attempt[attempt] = count_by_attempt.get(attempt, 0) + 1
    assert set(count_by_attempt.values()) == {1, TOGETHER}


_ENTITY = "'entity=' || v.type || '/' || v.id || '/_history/' || v.version"
_WRITTEN = "array['action=C', 'action=U', 'action=D']"
_INDEXES = ("index_dates", "index_numbers", "index_strings")
# Each finds what would be half there.
_NOWHERE = (
    # A version without its change, or with two; a change without its version.
    """select type, id, version from resource_versions full join changes
       using (person_id, type, id, version)
       group by type, id, version having count(*) <> 1 or count(changes.n) <> 1
         or count(resource_versions.method) <> 1""",
    # A version without the audit of its writing, or with two.
    f"""select type, id, version from resource_versions v
        where (select count(*) from audit_events a
          where a.person_id = v.person_id and a.tokens @> array[{_ENTITY}]
          and a.tokens && {_WRITTEN}) <> 1""",  # noqa: S608
    # The audit of a writing that did not happen.
    f"""select a.id from audit_events a
        where a.tokens && {_WRITTEN} and a.tokens @> array['outcome=0']
          and (select count(*) from resource_versions v where a.tokens @> array[{_ENTITY}]) <> 1
    """,  # noqa: S608
    # The index of a version that is not the current one.
    *(
        f"""select x.id from {table} x left join resources r using (person_id, type, id, version)
            where r.id is null or r.deleted"""  # noqa: S608
        for table in _INDEXES
    ),
)


async def _check_index(connection: Any, current: Sequence[Any], base: str) -> None:
    """Each current resource is indexed as its bytes say, to the last row."""
    counts = [
        {
            (row["person_id"], row["type"], row["id"]): row["n"]
            for row in await connection.fetch(
                f"select person_id, type, id, count(*) as n from {table} group by 1, 2, 3"  # noqa: S608
            )
        }
        for table in _INDEXES
    ]
    for row in current:
        if row["deleted"]:
            assert row["tokens"] == []
            continue
        index = index_of(parse(row["body"]), base)
        assert set(row["tokens"]) == set(index.tokens)
        found = [count.get((row["person_id"], row["type"], row["id"]), 0) for count in counts]
        assert found == [len(index.dates), len(index.numbers), len(index.strings)]
