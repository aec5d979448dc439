"""$who-can-see tells what the same parties then really see."""

import random
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.access.caller import Role
from app.access.demo import CLIENTS
from tests.endpoints.asking import Json, ids, new_goal
from tests.endpoints.sharing import (
    JUST_US,
    NOT_SUPPORTERS,
    NOT_THE_PERSON,
    RESTRICTED,
    choice,
    labelled,
    stored,
    supporter,
    team,
)
from tests.people import goal, new_person, observation

ORGANIZATIONS = [name for name, one in CLIENTS.items() if one.role is Role.SYSTEM]


def told(own: httpx.Client, where: str) -> dict[str, dict[str, Any]]:
    """What is told of each party, by its reference."""
    answer = own.get(f"{where}/$who-can-see")
    assert answer.status_code == 200, answer.text
    return {
        parts["who"][0]["reference"]: parts
        for parts in (by_name(party) for party in answer.json()["parameter"])
    }


def by_name(party: Json) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for part in party["part"]:
        (value,) = (value for name, value in part.items() if name.startswith("value"))
        found.setdefault(part["name"], []).append(value)
    return found


@pytest.fixture(scope="module")
def clients(as_client: Callable[..., httpx.Client]) -> dict[str, httpx.Client]:
    return {f"Organization/{name}": as_client(name) for name in ORGANIZATIONS}


@pytest.mark.parametrize("seed", range(8))
def test_the_preview_equals_what_each_party_then_sees(
    surgery: httpx.Client,
    as_client: Callable[..., httpx.Client],
    clients: dict[str, httpx.Client],
    seed: int,
) -> None:
    chance = random.Random(seed)  # noqa: S311  (it must come out the same again)
    person = new_person(surgery, known_to=())
    own = as_client(f"person:{person}")
    marks = [[], [], [RESTRICTED], [JUST_US], [NOT_SUPPORTERS], [NOT_THE_PERSON]]
    entries = [
        stored(surgery, make(person, **labelled(*chance.choice(marks))))
        for make in (goal, goal, observation, observation)
    ]
    entries = [e for e in entries if own.get(f"/{e}").status_code == 200]
    everyone = stored(surgery, team(person, *chance.sample(ORGANIZATIONS, 3)))
    helper = stored(own, supporter(person, chance.choice(["chosen-by-person", "attorney-money"])))
    parties = {**clients, helper: as_client(f"supporter:{helper.partition('/')[2]}")}
    for _ in range(3):
        actor = chance.choice([*clients, everyone])
        rest: Json = {}
        if chance.random() < 0.5:
            rest["class"] = [{"system": "http://hl7.org/fhir/resource-types", "code": "Goal"}]
        if entries and chance.random() < 0.3:
            one = {"reference": chance.choice(entries)}
            rest["data"] = [{"meaning": "instance", "reference": one}]
        stored(own, choice(person, chance.choice(["permit", "deny"]), actor, **rest))
    for entry in [*entries, f"Patient/{person}"]:
        preview = told(own, f"/{entry}")
        assert parties.keys() <= preview.keys()
        for name, client in parties.items():
            kind, _, id = entry.partition("/")
            read = client.get(f"/{entry}").status_code == 200
            found = id in ids(client.get(f"/{kind}?_id={id}").json())
            seen = preview[name]["sees"][0] if kind != "Patient" else read
            assert read == found == seen, (entry, name)
    whole = told(own, f"/Patient/{person}")
    own_ids = set(ids(own.get(f"/Patient/{person}/$everything?_count=200").json()))
    for name, client in parties.items():
        everything = client.get(f"/Patient/{person}/$everything?_count=200")
        shown = [
            one
            for one in (everything.json().get("entry", ()) if everything.status_code == 200 else ())
            if one["search"]["mode"] == "match" and one["resource"]["id"] in own_ids
        ]
        if everything.status_code == 200:
            assert whole[name]["entries"] == [len(shown)], name


def test_a_use_that_would_show_more_is_named(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery, known_to=())
    where, own = new_goal(surgery, person), as_client(f"person:{person}")
    research = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HRESCH"}]
    stored(own, choice(person, "permit", "Organization/council-care", purpose=research))
    found = told(own, where)["Organization/council-care"]
    assert (found["sees"], found["also-for"]) == ([False], ["HRESCH"])
    assert told(own, where)["Organization/gp-surgery"]["sees"] == [True]


def test_it_is_for_the_person_alone(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery)
    where, own = new_goal(surgery, person), as_client(f"person:{person}")
    helper = stored(own, supporter(person))
    assert surgery.get(f"{where}/$who-can-see").status_code == 403
    assert as_client(f"supporter:{helper.partition('/')[2]}").get(f"{where}/$who-can-see").status_code == 403  # fmt: skip  # noqa: E501
    other = as_client(f"person:{new_person(surgery)}")
    nowhere = other.get("/Goal/aaaaaaaaaaaaaaaa-aaaaaaaaaaaa/$who-can-see")
    hidden = other.get(f"{where}/$who-can-see")
    assert (hidden.status_code, hidden.content) == (nowhere.status_code, nowhere.content)
    assert own.get("/Organization/gp-surgery/$who-can-see").status_code == 400
    assert own.get(f"{where}/$who-can-see?who=x").status_code == 400


def test_whoever_asks_is_recorded(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery)
    where, own = new_goal(surgery, person), as_client(f"person:{person}")
    told(own, where)
    log = own.get("/AuditEvent?subtype=who-can-see").json()
    assert len(log["entry"]) == 1
