"""$who-has-looked: a person reads in plain sentences who has looked at their record.

Source: fhir_profiles/OperationDefinition/who-has-looked.json
"""

import asyncio
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.access import audit
from app.access.acts import Act
from app.access.audit import Deed
from app.main import open_database
from app.settings import Settings
from app.store.resources import write_audit
from tests.access.callers import surgery as surgery_itself
from tests.endpoints.asking import Json, new_goal, told
from tests.endpoints.sharing import stored, supporter, team
from tests.endpoints.test_who_can_see import by_name
from tests.people import new_person

_DAY = re.compile(r" on \d{1,2} [A-Z][a-z]+ \d{4}(?:, \d+ times)?(?: at| between) [\d: and]+")


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    """Somebody whom the surgery alone knows."""
    return new_person(surgery, known_to=())


@pytest.fixture
def own(as_client: Callable[..., httpx.Client], person: str) -> httpx.Client:
    return as_client(f"person:{person}")


def looked(client: httpx.Client, person: str, query: str = "") -> list[Json]:
    answer = client.get(f"/Patient/{person}/$who-has-looked{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["resourceType"] == "Parameters"
    return [by_name(one) for one in answer.json().get("parameter", []) if one["name"] == "looked"]


def sentences(client: httpx.Client, person: str) -> list[str]:
    """What is told, without the time."""
    return [_DAY.sub("", one["text"][0]) for one in looked(client, person)]


def test_a_person_reads_who_has_looked_the_latest_first(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], own: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    surgery.get(where)
    as_client("gp-surgery", purpose="TREAT").get(where)
    own.get(where)
    system = "The computer system of Polmear Surgery"
    assert sentences(own, person) == [
        "You read your goals.",
        f"{system} read your goals, to care for you or help you.",
        f"{system} read your goals.",
        f"{system} added to your goals.",
        f"{system} added to your name and how to reach you.",
    ]
    first = looked(own, person)[-1]
    assert first["who"] == [{"reference": "Organization/gp-surgery", "display": system}]
    assert (first["times"], first["what"], first["refused"]) == ([1], ["Patient"], [False])


def test_asking_who_has_looked_is_told_too(own: httpx.Client, person: str) -> None:
    looked(own, person)
    assert sentences(own, person)[0] == "You asked who has looked at your record."


def test_who_was_not_let_in_is_told(
    befriending: httpx.Client, surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    assert befriending.get(where).status_code == 404
    assert befriending.get(where).status_code == 404
    latest = looked(own, person)[0]
    assert latest["refused"] == [True]
    assert latest["times"] == [2]
    assert _DAY.sub("", latest["text"][0]) == (
        "The computer system of Harbour Befriending tried to read your goals, and was not let in."
    )


def test_a_supporter_is_told_by_name(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], own: httpx.Client, person: str
) -> None:
    made = stored(surgery, supporter(person, name=[{"given": ["Kensa"], "family": "Pender"}]))
    where = new_goal(surgery, person)
    as_client(f"supporter:{made.partition('/')[2]}").get(where)
    assert sentences(own, person)[0] == "Kensa Pender, who helps you, read your goals."


def test_only_the_person_and_who_guards_the_record_may_ask(
    surgery: httpx.Client,
    as_client: Callable[..., httpx.Client],
    own: httpx.Client,
    person: str,
) -> None:
    made = stored(surgery, supporter(person))
    stored(surgery, team(person, "harbour-befriending"))
    assert own.get("/Organization/gp-surgery").status_code == 200  # no look at anybody's record
    expected = looked(own, person)
    assert all(one["what"] != ["record"] for one in expected)
    for name in ("privacy-officer", "admin"):
        found = looked(as_client(name), person)
        assert all(one["what"] != ["record"] for one in found)
        assert found[-len(expected) :] == expected
    where = f"/Patient/{person}/$who-has-looked"
    for name in ("gp-surgery", "harbour-befriending", f"supporter:{made.partition('/')[2]}"):
        answer = as_client(name).get(where)
        assert answer.status_code == 403
        assert "own token" in told(answer)
    other = as_client(f"person:{new_person(surgery)}")
    absent = other.get("/Patient/abcdefghijklmnop/$who-has-looked")
    answer = other.get(where)
    assert (answer.status_code, answer.content) == (404, absent.content)
    narrow = as_client(f"person:{person}", scope="patient/Goal.rs")
    assert narrow.get(where).status_code == 403


def test_nothing_of_another_persons_log_is_told(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], own: httpx.Client, person: str
) -> None:
    other = new_person(surgery)
    assert own.get(f"/Patient/{other}").status_code == 404
    before = looked(own, person)
    officer = as_client("privacy-officer")
    assert all(one["refused"] == [False] for one in looked(officer, person))
    assert any(one["refused"] == [True] for one in looked(officer, other))
    surgery.get(new_goal(surgery, other))
    own_looks = [one for one in looked(own, person) if one["what"] != ["Patient"]]
    assert own_looks == [one for one in before if one["what"] != ["Patient"]]


def days_ago(settings: Settings, person: str, *days: int) -> None:
    """Puts looks by the surgery into the log, so many days ago."""
    now = datetime.now(UTC)
    deeds = [
        Deed(
            who=surgery_itself(),
            act=Act.READ,
            type="Goal",
            id=f"{person}-abc",
            version=1,
            person_id=person,
            outcome="0",
            refusal=None,
            query=None,
            request_id=None,
            recorded=now - timedelta(days=ago),
            method="GET",
        )
        for ago in days
    ]
    rows = [audit.row(one, secrets.token_hex(12), settings.fhir_base) for one in deeds]

    async def run() -> None:
        database = await open_database(settings)
        try:
            await write_audit(database.session(), rows)
        finally:
            await database.close()

    asyncio.run(run())


def test_long_ago_is_told_on_later_pages_day_by_day(
    settings: Settings, own: httpx.Client, person: str
) -> None:
    days_ago(settings, person, *([30] * 150), *([20] * 150), *([10] * 150))
    url: str | None = f"/Patient/{person}/$who-has-looked?_count=160"
    pages: list[list[Json]] = []
    while url is not None:
        body = own.get(url).json()
        pages.append([by_name(one) for one in body["parameter"] if one["name"] == "looked"])
        url = next((one["valueUrl"] for one in body["parameter"] if one["name"] == "next"), None)
    reads = [[one["times"][0] for one in page if one["what"] == ["Goal"]] for page in pages]
    assert [count for page in reads for count in page] == [150, 150, 150]
    assert len(pages) > 1


def test_what_was_before_a_day_can_be_asked_for(
    settings: Settings, own: httpx.Client, person: str
) -> None:
    days_ago(settings, person, 10, 20)
    day = (datetime.now(UTC) - timedelta(days=15)).date()
    assert len(looked(own, person, f"?before={day}")) == 1
    for query in ("?before=yesterday", "?_count=0", "?colour=red", "?before=2026&before=2025"):
        answer = own.get(f"/Patient/{person}/$who-has-looked{query}")
        assert answer.status_code == 400, query
