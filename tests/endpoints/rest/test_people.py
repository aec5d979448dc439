"""People over the plain API: found without telling of anybody else, added once, read and changed
without loss."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests.conftest import Running, mint_token
from tests.endpoints.asking import about
from tests.endpoints.numbers import identifier, new_number
from tests.endpoints.rest.test_goals import at, if_match
from tests.endpoints.sharing import RESTRICTED, choice, labelled, stored
from tests.people import new_person

Clients = Callable[..., httpx.Client]
BORN = "1955-02-11"


@pytest.fixture
def number() -> str:
    return new_number()


@pytest.fixture
def stranger(api_as: Clients) -> httpx.Client:
    """An organisation without a relationship to anybody here."""
    return api_as("stranger-clinic")


def known(client: httpx.Client, number: str, **rest: Any) -> str:
    """A person whom this client alone knows."""
    named = {"birthDate": BORN, "identifier": [identifier(number)], **rest}
    return new_person(client, known_to=(), **named)


def person(number: str | None = None, **rest: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "called": "Tam",
        "names": [{"kind": "official", "family": "Pender", "given": ["Tamsin", "Mary"]}],
        "born": BORN,
        **rest,
    }
    return said | ({"nhs_number": {"number": number, "checked": "verified"}} if number else {})


def find(client: httpx.Client, **said: Any) -> httpx.Response:
    return client.post("/people/find", json=said)


def test_a_person_is_added_as_they_want_to_be_known(
    api: httpx.Client, surgery: httpx.Client, number: str
) -> None:
    said = person(
        number,
        languages=[
            {"code": "kw", "name": "Cornish", "likes_best": True},
            {"code": "en", "name": "English"},
        ],
        needs_interpreter=False,
        pronouns=["she / her"],
        reach=[{"by": "phone", "at": "07700 900201", "where": "mobile", "order": 1}],
        addresses=[{"no_fixed_address": True, "words": "Most mornings at Open Door, Truro."}],
        ethnic_category={"code": "CD", "name": "Cornish"},
        surgery=[{"kind": "organisation", "id": "gp-surgery", "name": "Polmear Surgery"}],
    )
    made = api.post("/people", json=said)
    assert made.status_code == 201, made.text
    told = api.get(at(made)).json()
    assert {name: told[name] for name in said} == said
    patient = surgery.get(f"/Patient/{told['id']}").json()
    assert patient["meta"]["profile"][0].endswith("/person")
    assert patient["active"] is True
    assert patient["communication"][0]["preferred"] is True
    assert patient["generalPractitioner"][0]["reference"] == "Organization/gp-surgery"


def test_what_must_be_known_first_is_told_first(api: httpx.Client) -> None:
    told = list(api.get("/people/ewa-penrose").json())
    assert told[2:4] == ["languages", "needs_interpreter"]


def test_a_verified_number_that_is_here_is_409_with_how_to_go_on_and_without_whose(
    surgery: httpx.Client, stranger: httpx.Client, number: str
) -> None:
    holder = known(surgery, number)
    answer = stranger.post("/people", json=person(number))
    assert answer.status_code == 409
    (fault,) = answer.json()["faults"]
    assert fault["field"] == "nhs_number"
    assert "POST /api/people/find" in fault["detail"]
    assert holder not in answer.text
    unsure = {**person(), "nhs_number": {"number": number}}
    assert stranger.post("/people", json=unsure).status_code == 201


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"nhs_number": {"number": "9990000019"}}, "nhs_number.number"),
        ({"nhs_number": {"number": "999"}}, "nhs_number.number"),
        (
            {"nhs_number": {"number": "9990000018"}, "no_nhs_number_because": "not-known"},
            "no_nhs_number_because",
        ),
        ({"addresses": [{"kind": "home"}]}, "addresses"),
        (
            {
                "languages": [
                    {"code": "en", "likes_best": True},
                    {"code": "pl", "likes_best": True},
                ]
            },
            "languages",
        ),
        ({"surgery": [{"kind": "organisation", "id": "nowhere-here"}]}, "surgery"),
        ({"patient": "yes"}, "patient"),
        ({"names": None, "called": None}, "names"),
    ],
)
def test_what_is_wrong_with_a_person_is_told_at_its_field(
    api: httpx.Client, said: dict[str, Any], field: str
) -> None:
    answer = api.post("/people", json={**person(), **said})
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["faults"]] == [field]


def test_a_change_keeps_what_has_no_plain_word(api: httpx.Client, surgery: httpx.Client) -> None:
    own = {"system": "urn:example:ours", "value": "17"}
    name = {
        "use": "official",
        "family": "Pender",
        "extension": [{"url": "urn:a", "valueCode": "b"}],
    }
    id = new_person(surgery, identifier=[own], maritalStatus={"text": "Widowed"}, name=[name])
    read = api.get(f"/people/{id}")
    assert read.json()["also"]["maritalStatus"] == {"text": "Widowed"}
    said = {"called": "Tam", "names": [{"kind": "official", "family": "Trembath"}]}
    changed = api.patch(f"/people/{id}", json=said, headers=if_match(read))
    assert (changed.status_code, changed.json()["called"]) == (200, "Tam")
    patient = surgery.get(f"/Patient/{id}").json()
    assert patient["identifier"] == [own]
    assert patient["maritalStatus"] == {"text": "Widowed"}
    assert patient["name"] == [
        {**name, "family": "Trembath"},
        {"use": "usual", "text": "Tam", "given": ["Tam"]},
    ]


def test_a_change_of_a_person_names_its_version(api: httpx.Client, surgery: httpx.Client) -> None:
    id = new_person(surgery)
    assert api.patch(f"/people/{id}", json={"called": "Tam"}).status_code == 428
    read = api.get(f"/people/{id}")
    api.patch(f"/people/{id}", json={"called": "Tam"}, headers=if_match(read))
    late = api.patch(f"/people/{id}", json={"called": "Tamsin"}, headers=if_match(read))
    assert late.status_code == 412


def test_a_person_changes_what_they_are_called_but_not_their_number(
    api_as: Clients, surgery: httpx.Client, number: str
) -> None:
    id = known(surgery, number)
    me = api_as(f"person:{id}")
    read = me.get(f"/people/{id}")
    mine = me.patch(f"/people/{id}", json={"called": "Tam"}, headers=if_match(read))
    assert mine.json()["called"] == "Tam"
    other = {"nhs_number": {"number": new_number()}}
    assert me.patch(f"/people/{id}", json=other, headers=if_match(mine)).status_code == 403
    assert me.post("/people", json=person()).status_code == 403
    assert find(me, nhs_number=number, born=BORN).status_code == 403


def test_another_number_is_not_verified_by_what_was_known_of_the_one_before(
    api: httpx.Client, surgery: httpx.Client, number: str
) -> None:
    id, other = known(surgery, number), new_number()
    said = {"nhs_number": {"number": other}}
    api.patch(f"/people/{id}", json=said, headers=if_match(api.get(f"/people/{id}")))
    assert surgery.get(f"/Patient/{id}").json()["identifier"] == [identifier(other, None)]


def test_by_number_and_date_of_birth_one_whom_the_caller_does_not_see_is_told_by_id_alone(
    surgery: httpx.Client, as_client: Clients, stranger: httpx.Client, number: str
) -> None:
    id = known(surgery, number, name=[{"family": "Xpenderix"}], address=[{"city": "Mousehole"}])
    answer = find(stranger, nhs_number=number, born=BORN)
    (one,) = answer.json()["people"]
    assert set(one) == {"id", "sure", "likeness", "seen", "what_next"}
    assert (one["id"], one["sure"], one["seen"]) == (id, "certain", False)
    assert "Xpenderix" not in answer.text
    assert stranger.get(f"/people/{id}").status_code == 404
    assert find(stranger, nhs_number=number, born="1955-02-12").json() == {"people": []}
    (event,) = [
        one
        for one in about(as_client(f"person:{id}"), id)
        if any(sub["code"] == "match" for sub in one["subtype"])
    ]
    assert "stranger-clinic" in str(event["agent"])
    assert number not in str(event)


def test_one_whom_the_caller_sees_is_told_by_name_and_how_sure(
    api: httpx.Client, surgery: httpx.Client, number: str
) -> None:
    family = f"Pen{secrets.token_hex(4)}"
    name = [{"family": family, "given": ["Tamsin"]}]
    telecom = [{"system": "phone", "value": "01632 960201"}]
    id = known(surgery, number, name=name, telecom=telecom)
    told = {
        "id": id,
        "seen": True,
        "born": BORN,
        "names": [{"family": family, "given": ["Tamsin"]}],
    }
    (sure,) = find(api, nhs_number=number, born=BORN).json()["people"]
    assert sure == {**told, "sure": "certain", "likeness": 1.0}
    like = {"family": family, "given": "Tamsin", "born": BORN, "phone": "01632960201"}
    (alike,) = find(api, **like).json()["people"]
    assert {**alike, "likeness": 0} == {**told, "sure": "probable", "likeness": 0}
    assert find(api, **like, only_certain=True).json() == {"people": []}


def test_whoever_is_restricted_or_said_no_is_answered_as_nobody(
    surgery: httpx.Client, as_client: Clients, stranger: httpx.Client
) -> None:
    nobody = find(stranger, nhs_number=new_number(), born=BORN)
    hidden, refusing = new_number(), new_number()
    known(surgery, hidden, **labelled(RESTRICTED))
    id = known(surgery, refusing)
    stored(as_client(f"person:{id}"), choice(id, "deny", "Organization/stranger-clinic"))
    for one in (hidden, refusing):
        assert find(stranger, nhs_number=one, born=BORN).json() == nobody.json() == {"people": []}


def test_what_says_too_little_or_no_number_is_told_at_its_field(api: httpx.Client) -> None:
    little = find(api, family="Pender")
    assert little.status_code == 422
    assert "does not say who is meant" in little.json()["detail"]
    wrong = find(api, nhs_number="9990000019", born=BORN)
    assert [one["field"] for one in wrong.json()["faults"]] == ["nhs_number"]


def test_nothing_that_tells_of_a_person_goes_into_an_address(api: httpx.Client) -> None:
    assert api.get("/people/find", params={"family": "Pender"}).status_code in (400, 404)


@pytest.fixture
def limited(settings: Settings) -> Iterator[httpx.Client]:
    """A stranger at a service that lets them ask twice."""
    ours = settings.model_copy(
        update={"rate_limits": "match=2/900000", "secret": secrets.token_hex(8)}
    )
    running = Running(ours)
    running.start()
    token = mint_token(running.settings, "stranger-clinic")
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{running.settings.base_url}/api", headers=headers) as client:
        yield client
    running.stop()


def test_who_asks_too_often_is_told_when_to_ask_again(limited: httpx.Client) -> None:
    answers = [find(limited, nhs_number=new_number(), born=BORN) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[0].headers["RateLimit"].startswith('"match";r=1')
    assert answers[0].headers["RateLimit-Policy"] == '"match";q=2;w=900000'
    assert int(answers[2].headers["Retry-After"]) > 0
    assert answers[2].json()["title"] == "Too many at once"
