"""Many who write at the same moment, in one worker and across two: nothing twice, nothing lost."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.journeys.crowd import Crowd, Told, Wire
from tests.journeys.served import Served, served
from tests.people import goal, new_person

SIZE = 64
ROUNDS = 50
SYSTEM = "https://whatmatters.example/race"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    yield from served(tmp_path_factory.mktemp("race"), ["--workers", str(request.param)])


@pytest.fixture(scope="module")
def crowd(house: Served) -> Iterator[Crowd]:
    made = Crowd(house.port, house.token(), SIZE)
    yield made
    made.close()


@pytest.fixture(scope="module")
def reader(house: Served) -> httpx.Client:
    return house.client()


@pytest.fixture(scope="module")
def person(reader: httpx.Client) -> str:
    return new_person(reader, known_to=())


def marked(person: str, value: str, text: str = "Walk to the quay", **rest: Any) -> dict[str, Any]:
    return goal(person, text, identifier=[{"system": SYSTEM, "value": value}], **rest)


def history(reader: httpx.Client, id: str) -> list[dict[str, Any]]:
    """All versions, the newest first."""
    told = reader.get(f"/Goal/{id}/_history", params={"_count": 1000}).json()
    return [entry["resource"] for entry in told["entry"]]


def ids(told: list[Told]) -> set[str]:
    return {one.tree["id"] for one in told}


def test_a_conditional_create_makes_one_resource_fifty_times_out_of_fifty(
    crowd: Crowd, person: str
) -> None:
    for n in range(ROUNDS):
        one = marked(person, f"create-{n}")
        condition = f"identifier={SYSTEM}|create-{n}"

        def create(_: int, wire: Wire, one: Any = one, condition: str = condition) -> Told:
            return wire.ask("POST", "/Goal", one, if_none_exist=condition)

        told = crowd.at_once(create)
        assert Counter(one.status for one in told) == {201: 1, 200: SIZE - 1}
        assert len(ids(told)) == 1


def test_a_conditional_create_inside_a_transaction_makes_one_resource(
    crowd: Crowd, person: str
) -> None:
    for n in range(5):
        request = {
            "method": "POST",
            "url": "Goal",
            "ifNoneExist": f"identifier={SYSTEM}|together-{n}",
        }
        entry = {"resource": marked(person, f"together-{n}"), "request": request}
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}

        def send(_: int, wire: Wire, bundle: Any = bundle) -> Told:
            return wire.ask("POST", "", bundle)

        told = crowd.at_once(send)
        assert {one.status for one in told} == {200}
        made = [one.tree["entry"][0]["response"] for one in told]
        assert Counter(one["status"][:3] for one in made) == {"201": 1, "200": SIZE - 1}
        assert len({one["location"] for one in made}) == 1


def test_a_conditional_update_of_nothing_yet_makes_one_resource_and_loses_no_change(
    crowd: Crowd, reader: httpx.Client, person: str
) -> None:
    for n in range(5):
        where = f"/Goal?identifier={SYSTEM}%7Cupdate-{n}"

        def put(number: int, wire: Wire, n: int = n, where: str = where) -> Told:
            return wire.ask("PUT", where, marked(person, f"update-{n}", f"Walk {number}"))

        told = crowd.at_once(put)
        assert Counter(one.status for one in told) == {201: 1, 200: SIZE - 1}
        (id,) = ids(told)
        texts = {version["description"]["text"] for version in history(reader, id)}
        assert texts == {f"Walk {number}" for number in range(SIZE)}


def test_a_create_under_a_chosen_id_creates_once(
    crowd: Crowd, reader: httpx.Client, person: str
) -> None:
    for n in range(5):
        id = f"chosen-{n}"

        def put(number: int, wire: Wire, id: str = id) -> Told:
            return wire.ask("PUT", f"/Goal/{id}", marked(person, id, f"Walk {number}", id=id))

        told = crowd.at_once(put)
        counted = Counter(one.status for one in told)
        assert counted[201] == 1
        assert set(counted) <= {200, 201, 409}
        assert_each_success_is_in_the_history(reader, id, told)


def test_of_many_editors_with_if_match_none_overwrites_another(
    crowd: Crowd, reader: httpx.Client, person: str
) -> None:
    id = reader.post("/Goal", json=goal(person)).json()["id"]

    def add_a_note(number: int, wire: Wire) -> Told:
        while True:
            read = wire.ask("GET", f"/Goal/{id}")
            tree = read.tree
            tree["note"] = [*tree.get("note", []), {"text": f"note {number}"}]
            told = wire.ask("PUT", f"/Goal/{id}", tree, if_match=read.headers["etag"])
            if told.status != 412:
                return told

    told = crowd.at_once(add_a_note)
    assert {one.status for one in told} == {200}
    versions = history(reader, id)
    assert [len(version.get("note", [])) for version in versions] == list(range(SIZE, -1, -1))
    assert {note["text"] for note in versions[0]["note"]} == {f"note {n}" for n in range(SIZE)}
    assert_each_success_is_in_the_history(reader, id, told)


def test_of_many_editors_of_one_version_one_succeeds(
    crowd: Crowd, reader: httpx.Client, person: str
) -> None:
    id = reader.post("/Goal", json=goal(person)).json()["id"]

    def change(number: int, wire: Wire) -> Told:
        tree = goal(person, f"Walk {number}", id=id)
        return wire.ask("PUT", f"/Goal/{id}", tree, if_match='W/"1"')

    told = crowd.at_once(change)
    assert Counter(one.status for one in told) == {200: 1, 412: SIZE - 1}
    assert len(history(reader, id)) == 2


def test_each_of_many_patches_is_made_or_refused(
    crowd: Crowd, reader: httpx.Client, person: str
) -> None:
    id = reader.post("/Goal", json=goal(person, note=[{"text": "first"}])).json()["id"]

    def patch(number: int, wire: Wire) -> Told:
        steps = [{"op": "add", "path": "/note/-", "value": {"text": f"note {number}"}}]
        kind = {"Content_Type": "application/json-patch+json"}
        return wire.ask("PATCH", f"/Goal/{id}", steps, **kind)

    told = crowd.at_once(patch)
    done = [number for number, one in enumerate(told) if one.status == 200]
    assert {one.status for one in told} <= {200, 409}
    notes = {note["text"] for note in history(reader, id)[0]["note"]}
    assert notes == {"first", *(f"note {number}" for number in done)}


def test_a_delete_and_an_update_at_once_leave_a_history_that_tells_both(
    crowd: Crowd, reader: httpx.Client, person: str
) -> None:
    id = reader.post("/Goal", json=goal(person)).json()["id"]

    def change(number: int, wire: Wire) -> Told:
        if number % 2:
            return wire.ask("DELETE", f"/Goal/{id}")
        return wire.ask("PUT", f"/Goal/{id}", goal(person, f"Walk {number}", id=id))

    told = crowd.at_once(change)
    assert {one.status for one in told} <= {200, 201, 204, 409}
    entries = reader.get(f"/Goal/{id}/_history", params={"_count": 1000}).json()["entry"]
    etags = [int(entry["response"]["etag"][3:-1]) for entry in entries]
    assert etags == list(range(len(etags), 0, -1))
    written = [one.tree["meta"]["versionId"] for one in told if one.status in (200, 201)]
    kept = {entry["resource"]["meta"]["versionId"] for entry in entries if "resource" in entry}
    assert kept == {"1", *written}


def assert_each_success_is_in_the_history(reader: httpx.Client, id: str, told: list[Told]) -> None:
    """Each 2xx has a version of its own, and the history holds just what it was told."""
    version_by_number = {int(one["meta"]["versionId"]): one for one in history(reader, id)}
    answered = [one.tree for one in told if one.status in (200, 201)]
    numbers = [int(tree["meta"]["versionId"]) for tree in answered]
    assert len(set(numbers)) == len(numbers)
    for number, tree in zip(numbers, answered, strict=True):
        assert version_by_number[number] == tree
