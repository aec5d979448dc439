"""Class 14: operations, by everyone, about the other person and about what is hidden."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.attacks.cast import LOOKERS, SIGNED_IN, Cast, leaks
from tests.endpoints.asking import Json, ids, link
from tests.endpoints.sharing import NOT_THE_PERSON, labelled, stored
from tests.people import goal, new_person

AsClient = Callable[..., httpx.Client]


@pytest.mark.parametrize("looker", LOOKERS)
def test_everything_is_everything_that_is_seen(cast: Cast, looker: str) -> None:
    client = cast.clients[looker]
    for person in (cast.a, cast.b):
        url: str | None = f"/Patient/{person}/$everything?_count=2"
        while url:
            page = client.get(url)
            assert leaks(cast, looker, page, person) == []
            url = link(page.json(), "next") if page.status_code == 200 else None
        for more in ("_type=Goal,Provenance", "_since=2020-01-01T00:00:00Z", "_count=200"):
            page = client.get(f"/Patient/{person}/$everything?{more}")
            assert leaks(cast, looker, page, person) == []
    if looker not in ("the surgery",):
        hidden, absent = (
            client.get(f"/Patient/{one}/$everything") for one in (cast.b, "aaaaaaaaaaaaaaaa")
        )
        assert hidden.status_code == absent.status_code == (401 if looker == "no token" else 404)
        assert hidden.content == absent.content


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_everything_brings_no_directory_entry_that_hints_at_a_hidden_one(
    fresh: Cast, looker: str
) -> None:
    """A practitioner named by hidden entries alone is not brought along."""
    surgery, client = fresh.clients["the surgery"], fresh.clients[looker]
    body = {"resourceType": "Practitioner", "name": [{"family": "Hyssop"}]}
    doctor = stored(surgery, body)
    for name in fresh.hidden_from(looker):
        if not fresh.entries[name].startswith("Goal"):
            continue
        where = f"/{fresh.entries[name]}"
        told = {**surgery.get(where).json(), "expressedBy": {"reference": doctor}}
        assert surgery.put(where, json=told).status_code == 200
    for path in (f"Patient/{fresh.a}/$everything?_count=200", f"Goal?patient={fresh.a}&_include=*"):
        assert "Hyssop" not in client.get(f"/{path}").text


@pytest.mark.parametrize("looker", SIGNED_IN)
def test_validate_tells_nothing_of_what_is_hidden(cast: Cast, looker: str) -> None:
    client = cast.clients[looker]
    for name in cast.hidden_from(looker):
        kind, _, id = cast.entries[name].partition("/")
        for absent in ("aaaaaaaaaaaaaaaa-bbbbbbbbbbbb",):
            answers = []
            for one in (id, absent):
                body = {**goal(cast.a), "id": one, "addresses": [{"reference": f"{kind}/{one}"}]}
                answers.append(
                    [
                        (answer.status_code, answer.text.replace(one, "(id)"))
                        for answer in (
                            client.get(f"/{kind}/{one}/$validate"),
                            client.get(f"/{kind}/{one}/$validate?mode=delete"),
                            client.post(f"/{kind}/{one}/$validate?mode=update", json=body),
                            client.post("/Goal/$validate", json=body),
                        )
                    ]
                )
            assert answers[0] == answers[1]


@pytest.mark.parametrize("looker", LOOKERS)
def test_who_can_see_is_for_the_person_alone(cast: Cast, looker: str) -> None:
    client = cast.clients[looker]
    for where in (*cast.entries.values(), f"Patient/{cast.a}", f"Patient/{cast.b}"):
        answer = client.get(f"/{where}/$who-can-see")
        if looker != "the person":
            assert answer.status_code in (401, 403, 404)
        assert "entries" not in answer.text or where == f"Patient/{cast.a}"
    for name in cast.hidden_from(looker):
        answer = client.get(f"/{cast.entries[name]}/$who-can-see")
        assert answer.status_code in (401, 404)


def counts(client: httpx.Client, person: str) -> Any:
    """By organisation or supporter, how many entries they see."""
    told = client.get(f"/Patient/{person}/$who-can-see").json()["parameter"]
    return [[part for part in one["part"] if part["name"] != "also-for"] for one in told]


def test_who_can_see_does_not_count_what_is_hidden_from_the_person(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    person = new_person(surgery, known_to=())
    own = as_client(f"person:{person}")
    stored(surgery, goal(person))
    before = counts(own, person)
    secret = stored(surgery, goal(person, **labelled(NOT_THE_PERSON)))
    assert counts(own, person) == before
    assert own.get(f"/{secret}/$who-can-see").status_code == 404
    stored(surgery, goal(person))
    assert counts(own, person) != before


@pytest.mark.parametrize("looker", LOOKERS)
def test_operations_that_are_not_offered_tell_nothing(cast: Cast, looker: str) -> None:
    client = cast.clients[looker]
    body: Json = {"resourceType": "Parameters"}
    for path in (
        "$export",
        "Patient/$export",
        f"Patient/{cast.b}/$export",
        f"Group/{cast.b}/$export",
        "Patient/$match",
        f"Observation/$lastn?patient={cast.b}",
        f"{cast.entries['just us']}/$meta-delete",
        f"{cast.entries['just us']}/$meta",
        f"{cast.entries['just us']}/$graph",
        "$reindex",
        "$expunge",
        "graphql?query={Patient{id}}",
    ):
        for answer in (client.get(f"/{path}"), client.post(f"/{path}", json=body)):
            assert answer.status_code in (400, 401, 403, 404, 405, 501), path
            assert leaks(cast, looker, answer, path) == []


def test_expansion_is_of_codes_and_names_nobody(cast: Cast) -> None:
    for looker in LOOKERS:
        for path in (
            "ValueSet/$expand?url=https://whatmatters.example/fhir/ValueSet/sharing-label",
            "ValueSet/$expand?url=Patient",
            "CodeSystem/$lookup?code=just-us",
        ):
            answer = cast.clients[looker].get(f"/{path}")
            assert leaks(cast, looker, answer) == []
            assert not ids(answer.json()) if "entry" in answer.json() else True
