"""$provenance: of every version, who wrote it, for whom and when.

Source: fhir_profiles/OperationDefinition/provenance.json
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from app.access.acts import Act
from app.access.caller import Role
from app.access.scopes import parse
from app.fhir import structure
from app.interactions.perform import perform
from app.interactions.visit import Ask
from app.main import make_record, open_database
from app.settings import Settings
from tests.access.callers import surgery as surgery_itself
from tests.endpoints.asking import Json, changed, new_goal
from tests.endpoints.sharing import JUST_US, NOT_THE_PERSON, labelled, stored, team
from tests.endpoints.test_x_provenance import header, said
from tests.people import goal, new_person


@pytest.fixture
def person(surgery: httpx.Client) -> str:
    """Somebody whom the surgery alone knows."""
    return new_person(surgery, known_to=())


def told(client: httpx.Client, where: str) -> list[Json]:
    answer = client.get(f"{where}/$provenance")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert structure.check(body) == []
    return [one["resource"] for one in body["entry"]]


def who(one: Json) -> str:
    return str(one["agent"][0]["who"].get("reference"))


def test_every_version_is_attributed_though_nobody_said_anything(
    surgery: httpx.Client, befriending: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery, known_to=("harbour-befriending",))
    where = new_goal(surgery, person)
    own = as_client(f"person:{person}")
    assert changed(befriending, where, language="kw").status_code == 200
    assert changed(own, where, language="en").status_code == 200
    assert surgery.delete(where).status_code == 204
    for client in (surgery, befriending, own):
        some = told(client, where)
        assert [(who(one), one["activity"]["coding"][0]["code"]) for one in some] == [
            ("Organization/gp-surgery", "DELETE"),
            (f"Patient/{person}", "UPDATE"),
            ("Organization/harbour-befriending", "UPDATE"),
            ("Organization/gp-surgery", "CREATE"),
        ]
        targets = [one["target"][0]["reference"] for one in some]
        assert targets == [f"{where[1:]}/_history/{n}" for n in (4, 3, 2, 1)]
    versions = surgery.get(f"{where}/_history").json()["entry"]
    assert [one["recorded"] for one in some[1:]] == [
        one["resource"]["meta"]["lastUpdated"] for one in versions[1:]
    ]
    assert all("occurredDateTime" not in one and "id" not in one for one in some)


def test_who_sent_what_was_there_already_has_written_nothing(
    surgery: httpx.Client, befriending: httpx.Client
) -> None:
    where = new_goal(surgery, new_person(surgery, known_to=("harbour-befriending",)))
    for client in (befriending, surgery, befriending):
        assert changed(client, where).json()["meta"]["versionId"] == "1"
    assert [who(one) for one in told(surgery, where)] == ["Organization/gp-surgery"]
    assert changed(surgery, where, language="kw").status_code == 200
    assert changed(befriending, where).json()["meta"]["versionId"] == "2"
    assert [who(one) for one in told(surgery, where)] == ["Organization/gp-surgery"] * 2


def written_by_wella(settings: Settings, person: str) -> str:
    """A Goal written by a human being of the surgery; returns its address."""
    caller = replace(surgery_itself(), role=Role.PRACTITIONER, name="Wella Bray", purpose="TREAT")
    caller = replace(caller, scopes=parse("user/*.cruds"))

    async def run() -> str:
        database = await open_database(settings)
        try:
            ask = Ask(Act.CREATE, "Goal", method="POST", tree=goal(person))
            return f"/Goal/{(await perform(make_record(settings, database), caller, ask)).id}"
        finally:
            await database.close()

    return asyncio.run(run())


def test_the_human_being_is_named_to_the_person_and_to_their_own_organisation(
    settings: Settings,
    surgery: httpx.Client,
    befriending: httpx.Client,
    as_client: Callable[..., httpx.Client],
) -> None:
    person = new_person(surgery, known_to=("harbour-befriending",))
    where = written_by_wella(settings, person)
    own = as_client(f"person:{person}")
    for client in (surgery, own):
        (one,) = told(client, where)
        assert one["agent"][0]["who"]["display"] == "Wella Bray"
        assert one["agent"][0]["onBehalfOf"] == {"reference": "Organization/gp-surgery"}
    (one,) = told(befriending, where)
    assert one["agent"][0]["who"] == {"reference": "Organization/gp-surgery"}
    first = own.get(f"/Patient/{person}/$who-has-looked").json()["parameter"]
    texts = [one["part"][0]["valueString"] for one in first]
    assert any(
        one.startswith("Wella Bray, of Polmear Surgery, added to your goals on ")
        and one.endswith(", to care for you or help you.")
        for one in texts
    )


def test_what_was_said_follows_with_its_own_times(surgery: httpx.Client, person: str) -> None:
    made = surgery.post("/Goal", json=goal(person), headers=header(said(person)))
    by_itself, as_said = told(surgery, f"/Goal/{made.json()['id']}")
    assert "id" not in by_itself
    assert as_said["occurredDateTime"] == "2026-03-01T10:00:00Z"
    assert as_said["recorded"] == by_itself["recorded"]
    author, enterer = as_said["agent"]
    assert author["who"] == {"reference": f"Patient/{person}"}
    assert enterer["onBehalfOf"] == {"reference": "Organization/gp-surgery"}


def test_what_may_not_be_seen_has_no_origin_either(
    surgery: httpx.Client,
    befriending: httpx.Client,
    as_client: Callable[..., httpx.Client],
    person: str,
) -> None:
    stored(surgery, team(person, "harbour-befriending"))
    ours = stored(surgery, goal(person, **labelled(JUST_US)))
    hidden = stored(surgery, goal(person, **labelled(NOT_THE_PERSON)))
    own = as_client(f"person:{person}")
    for client, where in ((befriending, ours), (own, hidden)):
        absent = client.get(f"/Goal/{person}-abcdefghijkl/$provenance")
        answer = client.get(f"/{where}/$provenance")
        assert (answer.status_code, answer.content) == (404, absent.content)
    assert len(told(surgery, f"/{ours}")) == 1


def test_without_the_right_to_provenances_only_the_versions_are_told(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str
) -> None:
    made = surgery.post("/Goal", json=goal(person), headers=header(said(person)))
    narrow = as_client("gp-surgery", scope="system/Goal.r")
    (one,) = told(narrow, f"/Goal/{made.json()['id']}")
    assert who(one) == "Organization/gp-surgery"


def test_it_is_asked_of_an_entry_of_a_person_and_takes_no_parameters(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    assert surgery.get("/Organization/gp-surgery/$provenance").status_code == 400
    assert surgery.get(f"{where}/$provenance?colour=red").status_code == 400
