"""`relationships rebuild` finds what the entries do not say, puts it right, and proves it equal."""

import asyncio
from collections.abc import Callable

import asyncpg
import httpx

from app.cli.relationships import Rebuilt, rebuild, sentence
from app.settings import Settings
from tests.conftest import Running, run_sql
from tests.endpoints.asking import new_goal
from tests.endpoints.emergencies import opened, parameters, practitioner
from tests.endpoints.sharing import (
    JUST_US,
    NOT_THE_PERSON,
    choice,
    labelled,
    stored,
    supporter,
    team,
)
from tests.endpoints.test_x_provenance import header, said
from tests.people import goal, new_person


def rebuilt(settings: Settings) -> Rebuilt:
    return asyncio.run(rebuild(settings, lambda _done, _total: None))


def kept(settings: Settings) -> list[tuple[object, ...]]:
    async def run() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(settings.database_url)
        try:
            rights = await connection.fetch("select * from rights order by 1, 2, 3, 4, 5")
            labels = await connection.fetch(
                "select person_id, type, id, version, labels from resource_versions"
                " order by 1, 2, 3, 4"
            )
            return [tuple(row) for row in (*rights, *labels)]
        finally:
            await connection.close()

    return asyncio.run(run())


def test_what_was_written_is_what_a_rebuild_would_make(
    settings: Settings, surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery)
    own = as_client(f"person:{person}")
    where = new_goal(surgery, person)
    secret = stored(surgery, goal(person, **labelled(JUST_US)))
    assert surgery.delete(f"/{secret}").status_code == 204
    on_team = stored(surgery, team(person, "council-care", "acute-trust"))
    single = [{"meaning": "instance", "reference": {"reference": where[1:]}}]
    made = stored(own, choice(person, "deny", "Organization/council-care", data=single))
    stored(own, supporter(person))
    assert own.delete(f"/{made}").status_code == 204
    hidden = goal(person, **labelled(NOT_THE_PERSON))
    told_of = surgery.post("/Goal", json=hidden, headers=header(said(person))).json()["id"]
    assert surgery.get(f"/Provenance?target=Goal/{told_of}").json()["entry"]
    ended = {**surgery.get(f"/{on_team}").json(), "status": "inactive"}
    assert surgery.put(f"/{on_team}", json=ended).status_code == 200
    before = kept(settings)
    told = rebuilt(settings)
    assert (told.labels, told.rights) == (0, 0)
    assert told.entries > 100
    assert "as they say" in sentence(told)
    assert kept(settings) == before


def test_a_right_that_an_emergency_gave_is_left_alone(
    settings: Settings, service: Running, surgery: httpx.Client
) -> None:
    person = new_person(surgery, known_to=())
    with practitioner(service.settings, "dr-rebuild") as doctor:
        opened(doctor, person)
        told = rebuilt(settings)
        assert (told.labels, told.rights) == (0, 0)
        assert doctor.get(f"/Patient/{person}").status_code == 200


def test_what_is_set_apart_stays_so_and_its_yes_stays_away(
    settings: Settings, surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery, known_to=())
    where = new_goal(surgery, person)
    on_team = stored(surgery, team(person, "council-care"))
    body = parameters(entry=[where[1:], on_team], explanation="These are about her sister.")
    assert surgery.post(f"/Patient/{person}/$quarantine", json=body).status_code == 200
    before = kept(settings)
    told = rebuilt(settings)
    assert (told.labels, told.rights) == (0, 0)
    assert kept(settings) == before
    url = settings.database_url or ""
    for table in ("resources", "resource_versions"):
        run_sql(url, f"update {table} set labels = 0 where person_id = '{person}'")  # noqa: S608
    assert rebuilt(settings).labels == 2
    assert kept(settings) == before
    assert surgery.get(where).status_code == 404
    assert as_client("council-care").get(f"/Patient/{person}").status_code == 404


def test_what_differs_is_put_right_and_counted(
    settings: Settings, surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery)
    secret = stored(surgery, goal(person, **labelled(JUST_US)))
    before = kept(settings)
    url = settings.database_url or ""
    run_sql(url, f"delete from rights where person_id = '{person}' and n = 1")  # noqa: S608
    run_sql(url, f"update resources set labels = 0 where person_id = '{person}'")  # noqa: S608
    run_sql(url, f"update resource_versions set labels = 0 where person_id = '{person}'")  # noqa: S608
    run_sql(url, f"update rights set says = not says where person_id = '{person}'")  # noqa: S608
    told = rebuilt(settings)
    assert (told.labels, told.rights) == (1, 1)
    assert "Put right" in sentence(told)
    assert kept(settings) == before
    befriending = as_client("harbour-befriending")
    assert befriending.get(f"/{secret}").status_code == 404
    assert befriending.get(f"/Patient/{person}").status_code == 200
