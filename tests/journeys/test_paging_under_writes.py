"""Whoever walks the pages while others write meets everything that was there all the time, once."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.people import goal, new_person, observation

COUNT = 60
PAGE = 7
SEED = 20261122

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture
def there(surgery: httpx.Client, person: str) -> dict[str, dict[str, Any]]:
    """What is there all the time, by id."""
    made = {}
    for n in range(COUNT):
        date = f"2026-{n % 3 + 1:02d}-{n % 9 + 1:02d}"  # so that many have the same
        one = surgery.post("/Goal", json=goal(person, f"Walk {n % 4}", startDate=date))
        made[one.json()["id"]] = one.json()
    return made


class Writers(threading.Thread):
    """Makes new Goals, and changes those that are there, until it is told to stop."""

    def __init__(self, client: httpx.Client, person: str, there: dict[str, dict[str, Any]]) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.count = 0
        self._client, self._person, self._there = client, person, there
        self._random = random.Random(SEED)  # noqa: S311  (not for secrets)

    def run(self) -> None:
        while not self.done.is_set():
            date = f"2026-0{self._random.randint(1, 3)}-0{self._random.randint(1, 9)}"
            new = goal(self._person, f"Walk {self.count % 4}", startDate=date)
            self._told(self._client.post("/Goal", json=new))
            id, one = self._random.choice(list(self._there.items()))
            note = {"note": [{"text": f"change {self.count}"}]}
            self._told(self._client.put(f"/Goal/{id}", json={**one, **note}))

    def _told(self, answer: httpx.Response) -> None:
        assert answer.is_success, answer.text
        self.count += 1

    def write_on(self, more: int) -> None:
        """Returns when so many more have been written."""
        enough, deadline = self.count + more, time.monotonic() + 30
        while self.count < enough:
            assert self.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.001)


@pytest.fixture
def writers(
    as_client: Callable[..., httpx.Client], person: str, there: dict[str, dict[str, Any]]
) -> Iterator[Writers]:
    made = Writers(as_client("harbour-befriending"), person, there)
    made.start()
    yield made
    made.done.set()
    made.join(30)


def walk(client: httpx.Client, address: str, writers: Writers) -> list[dict[str, Any]]:
    """All entries on all pages; between two pages there is always something written."""
    entries: list[dict[str, Any]] = []
    following: str | None = address
    while following is not None:
        page = client.get(following)
        assert page.status_code == 200, page.text
        entries += page.json().get("entry", [])
        links = {link["relation"]: link["url"] for link in page.json()["link"]}
        following = links.get("next")
        writers.write_on(6)
    return entries


def ids(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["resource"]["id"] for entry in entries]


ORDERS = (
    "",
    "_sort=start-date",
    "_sort=-start-date",
    "_sort=_id",
    "_sort=-_id",
    "_sort=lifecycle-status",
    "_sort=start-date,-_id",
    "_sort=target-date",
)


@pytest.mark.parametrize("order", ORDERS)
def test_each_that_was_there_all_the_time_is_met_once(
    surgery: httpx.Client,
    person: str,
    there: dict[str, dict[str, Any]],
    writers: Writers,
    order: str,
) -> None:
    address = f"/Goal?patient=Patient/{person}&_count={PAGE}&{order}".rstrip("&")
    met = Counter(ids(walk(surgery, address, writers)))
    assert set(met.values()) == {1}
    assert set(there) <= set(met)


def test_the_same_holds_across_types_in_a_compartment(
    surgery: httpx.Client, person: str, there: dict[str, dict[str, Any]], writers: Writers
) -> None:
    told = [surgery.post("/Observation", json=observation(person)).json()["id"] for _ in range(20)]
    met = Counter(ids(walk(surgery, f"/Patient/{person}/*?_count={PAGE * 3}", writers)))
    assert set(met.values()) == {1}
    assert {person, *there, *told} <= set(met)


def test_by_last_change_each_is_met_and_again_when_it_has_changed_since(
    surgery: httpx.Client, person: str, there: dict[str, dict[str, Any]], writers: Writers
) -> None:
    """Nothing is missed that way, so that who keeps a copy can follow the changes."""
    address = f"/Goal?patient=Patient/{person}&_count=40&_sort=_lastUpdated"
    writers.write_on(20)
    begun = time.monotonic()
    met: list[dict[str, Any]] = []
    following: str | None = address
    while following is not None:
        page = surgery.get(following).json()
        met += [entry["resource"] for entry in page["entry"]]
        following = {link["relation"]: link["url"] for link in page["link"]}.get("next")
        if time.monotonic() - begun > 1:
            writers.done.set()
    assert set(there) <= {one["id"] for one in met}
    versions = Counter((one["id"], one["meta"]["versionId"]) for one in met)
    assert set(versions.values()) == {1}
    times = [one["meta"]["lastUpdated"] for one in met]
    assert times == sorted(times)


def test_a_history_that_grows_tells_each_version_once(
    surgery: httpx.Client, person: str, there: dict[str, dict[str, Any]], writers: Writers
) -> None:
    id = next(iter(there))
    for n in range(30):
        changed = goal(person, "Walk on", note=[{"text": f"note {n}"}], id=id)
        assert surgery.put(f"/Goal/{id}", json=changed).status_code == 200
    (first,) = surgery.get(f"/Goal/{id}/_history?_count=1").json()["entry"]
    newest = int(first["resource"]["meta"]["versionId"])
    entries = walk(surgery, f"/Goal/{id}/_history?_count={PAGE}", writers)
    versions = [int(entry["resource"]["meta"]["versionId"]) for entry in entries]
    assert versions == sorted(set(versions), reverse=True)
    assert set(range(1, newest + 1)) <= set(versions)
