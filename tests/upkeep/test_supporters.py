"""What becomes of supporters as time passes: their last day, an invitation unanswered, a child who
comes of an age. The moment is given; nobody waits for it."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.cli.relationships import rebuild
from app.interactions.visit import Record
from app.main import make_record, open_database
from app.settings import Settings
from app.store.upkeep import claim
from app.upkeep.rounds import Done, one_round
from app.what_matters.supporter_reviews import Review, reviews_of
from tests.cli.erasing import fetch
from tests.endpoints.asking import new_goal
from tests.endpoints.sharing import standing, stored, supporter, team
from tests.endpoints.test_invitations import PARENT, answer, invite, notices_of, told
from tests.people import new_person

AsClient = Callable[..., httpx.Client]
Json = dict[str, Any]
REVIEWS = reviews_of("11/90/keep 16/90/pause")
TODAY = datetime.now(UTC).date()


def run(settings: Settings, work: Callable[[Record], Coroutine[Any, Any, Any]]) -> Any:
    """Do this with a record of its own, as another worker has."""

    async def whole() -> Any:
        database = await open_database(settings)
        try:
            return await work(make_record(settings, database))
        finally:
            await database.close()

    return asyncio.run(whole())


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def round_at(settings: Settings, now: datetime, reviews: tuple[Review, ...] = REVIEWS) -> Done:
    done: Done = run(settings, lambda record: one_round(record, reviews, now))
    return done


def born_to_turn(age: int, on: date) -> str:
    """The date of birth of somebody who turns this age on that day, which is no leap day."""
    return f"{on.year - age}-{on.month:02}-{on.day:02}"


def no_leap_day(day: date) -> date:
    return day + timedelta(days=1) if (day.month, day.day) == (2, 29) else day


def stands(client: httpx.Client, where: str) -> tuple[str, str]:
    """State and reason."""
    extension = client.get(f"/{where}").json()["extension"]
    codes = [one["valueCodeableConcept"]["coding"][0]["code"] for one in extension]
    return codes[-2], codes[-1]


def tasks(client: httpx.Client, person: str) -> list[Json]:
    found = client.get(f"/Task?patient=Patient/{person}").json()
    return [one["resource"] for one in found.get("entry", ())]


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    return new_person(surgery, known_to=("gp-surgery",))


@pytest.fixture
def own(as_client: AsClient, person: str) -> httpx.Client:
    return as_client(f"person:{person}")


@pytest.fixture
def child(surgery: httpx.Client) -> str:
    """Somebody who turns 16 in thirty days."""
    born = born_to_turn(16, no_leap_day(TODAY + timedelta(days=30)))
    return new_person(surgery, known_to=("gp-surgery",), birthDate=born)


def mother_of(surgery: httpx.Client, child: str) -> str:
    return stored(surgery, supporter(child, "parental-responsibility", name=[{"text": "Kerra"}]))


def turning(surgery: httpx.Client, child: str, age: int) -> datetime:
    born = date.fromisoformat(surgery.get(f"/Patient/{child}").json()["birthDate"])
    return at(date(born.year + age, born.month, born.day))


def test_a_supporter_whose_last_day_is_over_has_ended_and_the_person_is_told(
    settings: Settings, as_client: AsClient, surgery: httpx.Client, own: httpx.Client, person: str
) -> None:
    last = TODAY + timedelta(days=3)
    period = {"start": "2026-01-01", "end": last.isoformat()}
    helper = stored(own, supporter(person, period=period, name=[{"text": "Bessie"}]))
    paused = stored(
        own, standing(supporter(person, period=period), "paused", "person-asked-to-pause")
    )
    contact = {k: v for k, v in supporter(person, period=period).items() if k != "extension"}
    mere = stored(own, contact)
    round_at(settings, at(last, 23))
    assert own.get(f"/{helper}").json()["active"] is True
    round_at(settings, at(last + timedelta(days=1), 0))
    assert stands(own, helper) == stands(own, paused) == ("ended", "end-date-reached")
    assert own.get(f"/{helper}").json()["active"] is False
    assert own.get(f"/{mere}").json()["active"] is True, "who states no ground opens nothing"
    assert any(
        f"Bessie does not help you here any more: {last.day}" in one for one in notices_of(own)
    )
    version = own.get(f"/{helper}").json()["meta"]["versionId"]
    round_at(settings, at(last + timedelta(days=2)))
    assert own.get(f"/{helper}").json()["meta"]["versionId"] == version
    looked = own.get(f"/Patient/{person}/$who-has-looked").text
    assert "This service, by itself, changed the people who help you" in looked


def test_what_is_seen_follows_in_the_same_transaction_and_is_what_a_rebuild_makes(
    settings: Settings, as_client: AsClient, surgery: httpx.Client, child: str
) -> None:
    mother = mother_of(surgery, child)
    where = new_goal(surgery, child)
    kerra = as_client(f"supporter:{mother.partition('/')[2]}")
    assert kerra.get(where).status_code == 200
    rights = "select actor from rights where person_id = $1 and type = 'RelatedPerson'"
    url = settings.database_url or ""
    assert [one["actor"] for one in fetch(url, rights, child)] == [mother]
    round_at(settings, turning(surgery, child, 16) + timedelta(hours=1))
    assert kerra.get(where).status_code == 404
    assert fetch(url, rights, child) == []
    rebuilt = asyncio.run(rebuild(settings, lambda done, total: None))
    assert (rebuilt.labels, rebuilt.rights) == (0, 0)


def test_an_invitation_that_nobody_answered_is_closed(
    settings: Settings, own: httpx.Client, person: str
) -> None:
    made = told(invite(own, person))
    in_time = datetime.now(UTC) + timedelta(days=13)
    round_at(settings, in_time)
    assert stands(own, made["supporter"]) == ("invited", "invited-by-person")
    round_at(settings, in_time + timedelta(days=2))
    assert stands(own, made["supporter"]) == ("ended", "invitation-expired")
    assert "did not answer your invitation in time" in notices_of(own)[0]


def test_a_review_is_asked_for_once_by_however_many_workers(
    settings: Settings, as_client: AsClient, surgery: httpx.Client, child: str
) -> None:
    mother = mother_of(surgery, child)
    now = datetime.now(UTC)

    async def together(record: Record) -> None:
        await asyncio.gather(*(one_round(record, REVIEWS, now) for _ in range(4)))

    run(settings, together)
    round_at(settings, now + timedelta(hours=1))
    (task,) = tasks(surgery, child)
    assert task["owner"] == {"reference": "Organization/gp-surgery"}
    assert task["focus"] == {"reference": mother}
    assert task["restriction"]["period"]["end"] == f"{turning(surgery, child, 16):%Y-%m-%d}"
    assert "Kerra" not in str(task)
    assert stands(surgery, mother) == ("active", "under-review")
    notices = notices_of(as_client(f"person:{child}"))
    assert len([one for one in notices if "You turn 16 on" in one and "Kerra" in one]) == 1


def test_no_review_is_asked_for_before_its_day(
    settings: Settings, surgery: httpx.Client, child: str
) -> None:
    mother_of(surgery, child)
    turns = turning(surgery, child, 16)
    early = turns - timedelta(days=91)
    round_at(settings, early)
    assert tasks(surgery, child) == []
    round_at(settings, early + timedelta(days=1))
    assert len(tasks(surgery, child)) == 1


def test_a_supporter_sees_nothing_of_a_review_and_ends_none(
    settings: Settings, as_client: AsClient, surgery: httpx.Client, child: str
) -> None:
    mother = mother_of(surgery, child)
    kerra = as_client(f"supporter:{mother.partition('/')[2]}")
    before = kerra.get(f"/Patient/{child}/$everything").json()
    round_at(settings, datetime.now(UTC))
    (task,) = tasks(surgery, child)
    for path in (
        f"Task/{task['id']}",
        f"Task/{task['id']}/_history",
        f"Task/{task['id']}/_history/1",
    ):
        assert kerra.get(f"/{path}").status_code == 404
    assert tasks(kerra, child) == []
    after = kerra.get(f"/Patient/{child}/$everything").json()
    assert len(after["entry"]) == len(before["entry"])
    assert kerra.put(f"/Task/{task['id']}", json={**task, "status": "completed"}).status_code == 404
    assert kerra.get("/Patient/$notices").status_code == 403
    assert kerra.get(f"/Patient/{child}/$who-has-looked").status_code == 403
    assert kerra.get(f"/{mother}/$who-can-see").status_code == 403


def test_who_was_agreed_to_goes_on_on_the_day(
    settings: Settings, as_client: AsClient, surgery: httpx.Client, child: str
) -> None:
    mother = mother_of(surgery, child)
    round_at(settings, datetime.now(UTC))
    agreed = standing(surgery.get(f"/{mother}").json(), "active", "review-agreed")
    assert as_client(f"person:{child}").put(f"/{mother}", json=agreed).status_code == 403
    assert surgery.put(f"/{mother}", json=agreed).status_code == 200
    round_at(settings, turning(surgery, child, 16) + timedelta(hours=1))
    assert stands(surgery, mother) == ("active", "review-agreed")


def test_who_was_not_looked_at_is_paused_on_the_day_until_somebody_agrees(
    settings: Settings, as_client: AsClient, surgery: httpx.Client, child: str
) -> None:
    own, mother = as_client(f"person:{child}"), mother_of(surgery, child)
    round_at(settings, datetime.now(UTC))
    eve = turning(surgery, child, 16).replace(hour=0) - timedelta(hours=2)
    round_at(settings, eve)
    assert stands(own, mother)[0] == "active"
    assert round_at(settings, eve + timedelta(hours=3)).paused >= 1
    assert stands(own, mother) == ("paused", "under-review")
    assert "does not see your record for now" in notices_of(own)[0]
    resumed = standing(own.get(f"/{mother}").json(), "active", "person-asked-to-resume")
    assert own.put(f"/{mother}", json=resumed).status_code == 422
    agreed = standing(resumed, "active", "review-agreed")
    assert surgery.put(f"/{mother}", json=agreed).status_code == 200
    round_at(settings, eve + timedelta(days=30))
    assert stands(own, mother) == ("active", "review-agreed")


def test_a_pause_of_the_persons_own_is_no_way_round_the_day(
    settings: Settings, as_client: AsClient, surgery: httpx.Client, child: str
) -> None:
    own, mother = as_client(f"person:{child}"), mother_of(surgery, child)
    round_at(settings, datetime.now(UTC))
    rest = standing(own.get(f"/{mother}").json(), "paused", "person-asked-to-pause")
    assert own.put(f"/{mother}", json=rest).status_code == 200
    round_at(settings, turning(surgery, child, 16) + timedelta(hours=1))
    assert stands(own, mother) == ("paused", "under-review")


def test_an_invitation_accepted_after_the_day_is_looked_at_then(
    settings: Settings, as_client: AsClient, surgery: httpx.Client, child: str
) -> None:
    """Asked before the birthday, on the ground of parental responsibility; accepted after it."""
    made = told(invite(surgery, child, **PARENT))
    told(answer(as_client("invited:late mother"), made["code"]))
    assert round_at(settings, turning(surgery, child, 16) + timedelta(days=1)).paused >= 1
    assert stands(surgery, made["supporter"]) == ("paused", "under-review")
    assert len(tasks(surgery, child)) == 1


def test_at_eleven_it_is_looked_at_and_goes_on(settings: Settings, surgery: httpx.Client) -> None:
    born = born_to_turn(11, no_leap_day(TODAY + timedelta(days=10)))
    child = new_person(surgery, birthDate=born)
    mother = mother_of(surgery, child)
    round_at(settings, datetime.now(UTC))
    round_at(settings, turning(surgery, child, 11) + timedelta(days=1))
    assert stands(surgery, mother) == ("active", "under-review")
    assert len(tasks(surgery, child)) == 1


@pytest.mark.parametrize("text", ["16/90/keep", ""])
def test_whoever_runs_the_service_says_what_happens_on_the_day(
    settings: Settings, surgery: httpx.Client, child: str, text: str
) -> None:
    mother = mother_of(surgery, child)
    for now in (datetime.now(UTC), turning(surgery, child, 16) + timedelta(days=1)):
        round_at(settings, now, reviews_of(text))
    assert surgery.get(f"/{mother}").json()["active"] is True
    assert len(tasks(surgery, child)) == (1 if text else 0)


@pytest.mark.parametrize(
    "change",
    [
        {"basis": "chosen-by-person"},
        {"basis": "attorney-health"},
    ],
)
def test_other_grounds_do_not_end_with_an_age(
    settings: Settings, surgery: httpx.Client, child: str, change: dict[str, str]
) -> None:
    helper = stored(surgery, supporter(child, change["basis"]))
    round_at(settings, turning(surgery, child, 16) + timedelta(days=1))
    assert surgery.get(f"/{helper}").json()["active"] is True
    assert tasks(surgery, child) == []


def test_who_was_written_down_after_the_day_or_whose_child_died_is_not_looked_at(
    settings: Settings, surgery: httpx.Client
) -> None:
    grown = new_person(surgery, birthDate=born_to_turn(17, no_leap_day(TODAY)))
    born = born_to_turn(16, no_leap_day(TODAY + timedelta(days=5)))
    lost = new_person(surgery, birthDate=born, deceasedBoolean=True)
    unknown = new_person(surgery)
    for each in (grown, lost, unknown):
        mother_of(surgery, each)
    round_at(settings, datetime.now(UTC))
    assert [tasks(surgery, each) for each in (grown, lost, unknown)] == [[], [], []]


def test_where_no_organisation_is_on_the_team_the_privacy_officer_is_told(
    settings: Settings, as_client: AsClient, surgery: httpx.Client
) -> None:
    born = born_to_turn(16, no_leap_day(TODAY + timedelta(days=5)))
    admin = as_client("admin")
    child = new_person(admin, known_to=(), birthDate=born)
    mother = stored(admin, supporter(child, "parental-responsibility"))
    round_at(settings, datetime.now(UTC))
    (task,) = tasks(admin, child)
    assert "owner" not in task
    told_officer = notices_about(as_client("privacy-officer"), child)
    assert "No organisation is on their team" in told_officer[0]
    assert stands(admin, mother) == ("active", "under-review")


def notices_about(officer: httpx.Client, person: str) -> list[str]:
    found = officer.get("/Patient/$notices").json().get("parameter", ())
    parts = [{part["name"]: part for part in one["part"]} for one in found]
    return [
        one["text"]["valueString"]
        for one in parts
        if one["patient"]["valueReference"]["reference"] == f"Patient/{person}"
    ]


def test_a_team_is_asked_where_nobody_looks_after_the_record(
    settings: Settings, as_client: AsClient
) -> None:
    born = born_to_turn(16, no_leap_day(TODAY + timedelta(days=5)))
    admin = as_client("admin")
    child = new_person(admin, known_to=(), birthDate=born)
    stored(admin, team(child, "council-care"))
    stored(admin, supporter(child, "parental-responsibility"))
    round_at(settings, datetime.now(UTC))
    (task,) = tasks(as_client("council-care"), child)
    assert task["owner"] == {"reference": "Organization/council-care"}


def test_of_two_workers_one_takes_the_round_and_the_other_waits_for_the_next(
    settings: Settings,
) -> None:
    async def claims(record: Record) -> list[bool]:
        session, hour = record.store.database.session(), timedelta(hours=1)
        return [await claim(session, "a test of rounds", hour) for _ in range(2)] + [
            await claim(record.store.database.session(), "a test of rounds", timedelta(0))
        ]

    assert run(settings, claims) == [True, False, True]
