"""Many who read and write at once, of one person and of several, in two workers: every chain of
the audit is whole, and nobody waits in a circle (docs/decisions/0017)."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.journeys.crowd import Crowd, Told, Wire
from tests.journeys.served import Served, served
from tests.people import goal, new_person
from tests.store.audit_world import faults

SIZE = 24
ROUNDS = 15

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(tmp_path_factory.mktemp("chains"), ["--workers", "2"])


@pytest.fixture(scope="module")
def people(house: Served) -> list[str]:
    reader = house.client()
    made = [new_person(reader, known_to=()) for _ in range(4)]
    for person in made:
        reader.post("/Goal", json=goal(person)).raise_for_status()
    return made


@pytest.fixture
def crowd(house: Served) -> Iterator[Crowd]:
    made = Crowd(house.port, house.token(), SIZE)
    yield made
    made.close()


def statuses(told: list[list[Told]]) -> Counter[int]:
    return Counter(one.status for some in told for one in some)


def test_all_who_have_to_do_with_one_person_at_once_leave_one_chain(
    house: Served, crowd: Crowd, people: list[str]
) -> None:
    person = people[0]

    def act(number: int, wire: Wire) -> list[Told]:
        return [
            one
            for _ in range(ROUNDS)
            for one in (
                wire.ask("GET", f"/Patient/{person}"),
                wire.ask("POST", "/Goal", goal(person)),
                wire.ask("GET", f"/Goal?patient=Patient/{person}&_count=1"),
                wire.ask("GET", f"/Goal/{person}-aaaaaaaaaaaa"),
            )
        ]

    told = statuses(crowd.at_once(act))
    assert told == {200: SIZE * ROUNDS * 2, 201: SIZE * ROUNDS, 404: SIZE * ROUNDS}
    assert faults(house.database_url) == []
    events = f"select count(*) from audit_events where person_id = '{person}'"  # noqa: S608
    assert house.count(events) >= SIZE * ROUNDS * 4


def test_all_who_have_to_do_with_several_people_at_once_wait_in_no_circle(
    house: Served, crowd: Crowd, people: list[str]
) -> None:
    """Each transaction writes to one and reads another, each of these pairs in both orders."""

    def together(one: str, other: str) -> object:
        create = {"resource": goal(one), "request": {"method": "POST", "url": "Goal"}}
        read = {"request": {"method": "GET", "url": f"Patient/{other}"}}
        return {"resourceType": "Bundle", "type": "transaction", "entry": [create, read]}

    def act(number: int, wire: Wire) -> list[Told]:
        told = []
        for n in range(ROUNDS):
            one, other = people[(number + n) % 4], people[(number * 3 + n + 1) % 4]
            told += [
                wire.ask("POST", "", together(one, other)),
                wire.ask("POST", "", together(other, one)),
                wire.ask("GET", "/Goal?_count=50&_sort=-_lastUpdated"),
                wire.ask("GET", "/Organization"),
            ]
        return told

    assert statuses(crowd.at_once(act)) == {200: SIZE * ROUNDS * 4}
    assert faults(house.database_url) == []
