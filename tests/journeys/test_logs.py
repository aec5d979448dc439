"""What the service writes about itself holds no token, no NHS number and nothing anybody said,
whatever goes wrong."""

import asyncio
import json
import re
from collections.abc import Iterator

import asyncpg
import httpx
import pytest

from tests.journeys import malformed
from tests.journeys.malformed import CANARY
from tests.journeys.served import Served, served
from tests.people import goal, new_person

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

NHS_NUMBER = "9990000026"
_TOLD = re.compile(rf"eyJ|{CANARY}|999[ -]?000[ -]?0026|bearer [a-z]", re.IGNORECASE)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    environment = {"WHATMATTERS_LOG_LEVEL": "debug"}
    yield from served(tmp_path_factory.mktemp("logs"), environment=environment)


@pytest.fixture(scope="module")
def surgery(house: Served) -> httpx.Client:
    return house.client()


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(
        surgery,
        known_to=(),
        identifier=[{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NHS_NUMBER}],
    )


def written(house: Served) -> str:
    """All the service and its database have written to their logs."""
    home = house.settings.data_dir.resolve() / "postgresql"
    logs = [home.resolve() / "start.log", *(home.resolve() / "cluster" / "log").iterdir()]
    return house.told() + "".join(log.read_text(errors="replace") for log in logs)


def run(house: Served, *statements: str) -> None:
    async def each() -> None:
        connection = await asyncpg.connect(house.database_url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(each())


def test_what_goes_well_and_what_is_refused_leaves_no_trace_of_what_was_said(
    house: Served, surgery: httpx.Client, person: str
) -> None:
    token = house.token()
    surgery.post("/Goal", json=goal(person, CANARY))
    surgery.get("/Patient", params={"identifier": NHS_NUMBER})
    surgery.get("/Patient", params={"identifier": NHS_NUMBER, "nonesuch": CANARY})
    surgery.get(f"/Patient/{NHS_NUMBER}")
    surgery.get(f"/{CANARY}/{NHS_NUMBER}?access_token={token}")
    surgery.get("/Patient", headers={"Authorization": f"Bearer {token[:-4]}AAAA"})
    surgery.get("/Patient", headers={"X-Request-Id": NHS_NUMBER})
    for text in list(malformed.texts(person))[::5]:
        surgery.post("/Goal", content=text)
    for entry in list(malformed.entries(person))[::5]:
        surgery.post("", json={"resourceType": "Bundle", "type": "batch", "entry": [entry]})
    assert not _TOLD.search(written(house))


def test_a_fault_of_ours_is_logged_by_its_kind_and_place_without_what_was_said(
    house: Served, surgery: httpx.Client, person: str
) -> None:
    """The database's own message about this row quotes all of it."""
    run(house, "alter table resources add constraint never check (version < 0) not valid")
    try:
        told = surgery.post(
            "/Goal",
            json=goal(person, f"{CANARY} {NHS_NUMBER}"),
            headers={"X-Request-Id": "the-fault"},
        )
    finally:
        run(house, "alter table resources drop constraint never")
    assert told.status_code == 500
    assert told.json()["issue"][0]["code"] == "exception"
    assert not _TOLD.search(told.text)

    logged = [json.loads(line) for line in house.told().splitlines() if "the-fault" in line]
    (failed,) = [one for one in logged if one["event"] == "request failed"]
    assert "asyncpg.exceptions.CheckViolationError (23514) at " in failed["exception"]
    assert "app/store/resources.py:" in failed["exception"]
    assert not _TOLD.search(written(house))


def test_an_outage_is_logged_one_json_object_a_line(
    house: Served, surgery: httpx.Client, person: str
) -> None:
    house.kill_database()
    for _ in range(5):
        surgery.post("/Goal", json=goal(person, f"{CANARY} {NHS_NUMBER}"))
        surgery.get("/Patient", params={"identifier": NHS_NUMBER})
    house.start_database()
    assert not _TOLD.search(written(house))
    for line in house.told().splitlines():
        assert json.loads(line)["level"] in ("debug", "info", "warning", "error")
