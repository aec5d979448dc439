"""People whose whereabouts must not be found out: their Patient is marked restricted."""

from collections.abc import Callable

import httpx
import pytest

from tests.endpoints.asking import about, ids, new_goal
from tests.endpoints.numbers import Json, identifier, new_number
from tests.endpoints.sharing import RESTRICTED, choice, labelled, stored
from tests.people import new_person

CITY, POSTCODE, STREET = "Zennor", "TR26 3BY", "Poison Lane"
PHONE, EMAIL = "01736 000 999", "hidden@zennor.example"
WHERE = "The cottage behind the quoit"
PLACE: Json = {
    "address": [{"line": [STREET], "city": CITY, "postalCode": POSTCODE, "state": "Cornwall"}],
    "telecom": [
        {"system": "phone", "value": PHONE},
        {"system": "email", "value": EMAIL},
    ],
    "managingOrganization": {"reference": "Organization/acute-trust"},
}
# What leads to a place or to a way to reach them.
LEADS = [
    f"address={CITY}",
    f"address:contains={STREET}",
    f"address-city={CITY}",
    f"address-city:exact={CITY}",
    f"address-postalcode={POSTCODE}",
    "address-state=Cornwall",
    "address-city:missing=false",
    f"telecom={PHONE}",
    f"phone={PHONE}",
    f"email={EMAIL}",
    "organization=Organization/acute-trust",
    "general-practitioner=Organization/gp-surgery",
    "organization.name:contains=trust",
    "general-practitioner.name:contains=surgery",
    f"address-city={CITY}&_id={{person}}",
]


@pytest.fixture(scope="module")
def trust(as_client: Callable[..., httpx.Client]) -> httpx.Client:
    """An organisation that has a relationship with the person, and is not permitted by name."""
    return as_client("acute-trust")


@pytest.fixture(scope="module")
def number() -> str:
    return new_number()


@pytest.fixture(scope="module")
def person(surgery: httpx.Client, number: str) -> str:
    made = new_person(
        surgery,
        birthDate="1950-03-01",
        identifier=[identifier(number)],
        contact=[{"address": {"line": [WHERE]}}],
        **PLACE,
        **labelled(RESTRICTED),
    )
    new_goal(surgery, made)
    return made


@pytest.fixture(scope="module")
def plain(surgery: httpx.Client) -> str:
    """A person of the same place, who is not restricted: what is asked for does find people."""
    return new_person(surgery, **PLACE)


@pytest.mark.parametrize("lead", LEADS)
def test_no_place_leads_to_them(
    trust: httpx.Client, surgery: httpx.Client, person: str, plain: str, lead: str
) -> None:
    query = lead.format(person=person) + "&_count=1000"
    found = ids(trust.get(f"/Patient?{query}").json())
    assert person not in found
    assert person in ids(surgery.get(f"/Patient?{query}").json())
    assert (plain in found) is ("_id" not in lead)


@pytest.mark.parametrize("lead", LEADS)
def test_no_place_leads_to_what_is_theirs(
    trust: httpx.Client, surgery: httpx.Client, person: str, plain: str, lead: str
) -> None:
    if "_id" in lead:
        return
    query = f"patient={person}&patient.{lead}"
    assert ids(surgery.get(f"/Goal?{query}").json()) != []
    answer = trust.get(f"/Goal?{query}")
    assert answer.status_code == 200
    assert ids(answer.json()) == []
    assert trust.get(f"/Goal?{query}&_summary=count").json()["total"] == 0


def test_nothing_that_others_read_says_where_they_are(
    trust: httpx.Client, surgery: httpx.Client, person: str
) -> None:
    paths = [
        f"/Patient/{person}",
        f"/Patient/{person}/_history",
        f"/Patient/{person}/_history/1",
        f"/Patient/{person}/$everything",
        f"/Patient/{person}/*",
        f"/Goal?patient={person}&_include=*",
        f"/Goal?patient={person}&_include=Goal:patient",
        "/Organization?_id=acute-trust&_revinclude=Patient:organization&_count=1000",
        f"/Patient?_id={person}&_summary=true",
        f"/Patient?_id={person}&_elements=address",
        "/_history?_since=2026-01-01",
    ]
    for path in paths:
        told = trust.get(path).text
        assert f'"id":"{person}"' not in told, path
        assert WHERE not in told, path
    assert WHERE in surgery.get(f"/Patient/{person}").text


def test_their_order_among_others_tells_nothing(
    trust: httpx.Client, person: str, plain: str
) -> None:
    for sort in ("address-city", "-address-postalcode", "email"):
        query = f"_sort={sort}&_id={person},{plain}&_total=accurate"
        page = trust.get(f"/Patient?{query}").json()
        assert (page["total"], ids(page)) == (1, [plain])


def test_a_match_does_not_find_them(trust: httpx.Client, person: str, number: str) -> None:
    patient: Json = {
        "resourceType": "Patient",
        "identifier": [identifier(number, None)],
        "birthDate": "1950-03-01",
        "address": PLACE["address"],
        "telecom": PLACE["telecom"],
    }
    body = {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": patient}],
    }
    answer = trust.post("/Patient/$match", json=body)
    assert answer.status_code == 200
    assert person not in answer.text


def test_whoever_is_permitted_by_name_finds_them(
    as_client: Callable[..., httpx.Client], surgery: httpx.Client
) -> None:
    number = new_number()
    person = new_person(surgery, identifier=[identifier(number)], **PLACE, **labelled(RESTRICTED))
    council = as_client("council-care")
    query = f"/Patient?address-city={CITY}&_id={person}"
    assert ids(council.get(query).json()) == []
    labels: Json = {"securityLabel": [RESTRICTED]}
    permit = choice(person, "permit", "Organization/council-care", **labels)
    stored(as_client(f"person:{person}"), permit)
    assert ids(council.get(query).json()) == [person]


def test_to_look_for_them_stands_in_their_log(
    as_client: Callable[..., httpx.Client], trust: httpx.Client, person: str
) -> None:
    trust.get(f"/Patient?_id={person}&address-city={CITY}")
    log = about(as_client(f"person:{person}"), person)
    assert any("acute-trust" in str(event["agent"]) for event in log)
