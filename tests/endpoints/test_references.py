"""References lead somewhere, and stay so. Spec: https://hl7.org/fhir/R4/references.html"""

from collections.abc import Callable

import httpx
import pytest

from tests.conftest import Running
from tests.endpoints.asking import Json, changed, ids, new_goal, places, told
from tests.people import goal, new_person, observation


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


@pytest.fixture(scope="module")
def where(surgery: httpx.Client, person: str) -> str:
    return new_goal(surgery, person)


def focused(person: str, reference: Json) -> Json:
    return observation(person, focus=[reference])


@pytest.mark.parametrize(
    "reference",
    [
        "Goal/nowhere",
        "Patient/nobody",
        "Goal/nowhere/_history/1",
        "Medication/1",
        "urn:uuid:6f1e1a52-8d55-4f35-9b0e-0e9f4f8ad001",
        "urn:oid:1.2.3",
        "Goal?identifier=a",
        "#missing",
        "nowhere",
        "goal/1",
    ],
)
def test_a_reference_that_leads_nowhere_is_refused_and_named(
    surgery: httpx.Client, person: str, where: str, reference: str
) -> None:
    body = observation(
        person, focus=[{"reference": where[1:]}, {"reference": reference}], note=[{"text": "a"}]
    )
    answer = surgery.post("/Observation", json=body)
    assert answer.status_code == 422
    assert places(answer) == ["Observation.focus[1].reference"]


def test_each_reference_that_leads_nowhere_is_named(surgery: httpx.Client, person: str) -> None:
    body = goal(
        "nobody",
        note=[{"text": "a", "authorReference": {"reference": "Practitioner/nobody"}}],
    )
    answer = surgery.post("/Goal", json=body)
    assert answer.status_code == 422
    assert set(places(answer)) == {
        "Goal.subject.reference",
        "Goal.note[0].authorReference.reference",
    }
    assert "Send it first" in told(answer)


def test_an_update_with_a_reference_that_leads_nowhere_is_refused_for_that(
    surgery: httpx.Client, person: str, where: str
) -> None:
    body = {**surgery.get(where).json(), "expressedBy": {"reference": "Patient/nobody"}}
    answer = surgery.put(where, json=body, headers={"If-Match": 'W/"1"'})
    assert answer.status_code == 422
    assert places(answer) == ["Goal.expressedBy.reference"]


def test_a_reference_may_name_something_by_its_identifier_alone(
    surgery: httpx.Client, person: str
) -> None:
    logical = {
        "type": "Practitioner",
        "identifier": {"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "555"},
        "display": "Somebody elsewhere",
    }
    body = observation(person, performer=[logical])
    made = surgery.post("/Observation", json=body)
    assert made.status_code == 201
    assert made.json()["performer"] == [logical]


def test_a_reference_to_another_server_is_taken_as_it_is(
    surgery: httpx.Client, person: str
) -> None:
    reference = {"reference": "https://elsewhere.example/fhir/Practitioner/1"}
    made = surgery.post("/Observation", json=observation(person, performer=[reference]))
    assert made.status_code == 201
    assert made.json()["performer"] == [reference]


def test_a_whole_address_under_our_base_is_one_of_ours(
    surgery: httpx.Client, service: Running, person: str, where: str
) -> None:
    base = service.settings.fhir_base
    made = surgery.post("/Observation", json=focused(person, {"reference": base + where}))
    assert made.status_code == 201
    assert made.json()["focus"] == [{"reference": base + where}]
    found = surgery.get(f"/Observation?focus={where[1:]}&patient={person}").json()
    assert made.json()["id"] in ids(found)
    absent = focused(person, {"reference": f"{base}/Goal/nowhere"})
    assert surgery.post("/Observation", json=absent).status_code == 422


def test_a_reference_to_one_version_holds_the_resource_too(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    body = focused(person, {"reference": f"{where[1:]}/_history/1"})
    made = surgery.post("/Observation", json=body)
    assert made.status_code == 201
    assert surgery.delete(where).status_code == 409


def test_a_reference_to_what_was_deleted_is_refused(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    surgery.delete(where)
    answer = surgery.post("/Observation", json=focused(person, {"reference": where[1:]}))
    assert answer.status_code == 422


def test_a_reference_of_a_type_that_has_no_place_there_is_refused(
    surgery: httpx.Client, where: str
) -> None:
    body = {**goal("x"), "subject": {"reference": where[1:]}}
    answer = surgery.post("/Goal", json=body)
    assert answer.status_code == 422
    assert places(answer) == ["Goal.subject.reference"]


def test_an_update_may_not_come_to_lead_nowhere(
    surgery: httpx.Client, person: str, where: str
) -> None:
    made = surgery.post("/Observation", json=focused(person, {"reference": where[1:]})).json()
    answer = changed(surgery, f"/Observation/{made['id']}", focus=[{"reference": "Goal/nowhere"}])
    assert answer.status_code == 422


def test_a_resource_is_held_by_references_anywhere_in_another(
    surgery: httpx.Client, person: str
) -> None:
    where = new_goal(surgery, person)
    extension = {"url": "urn:example:about", "valueReference": {"reference": where[1:]}}
    body = observation(person, note=[{"text": "a", "extension": [extension]}])
    made = surgery.post("/Observation", json=body)
    assert made.status_code == 201
    assert surgery.delete(where).status_code == 409
    assert surgery.delete(f"/Observation/{made.json()['id']}").status_code == 204
    assert surgery.delete(where).status_code == 204


def test_what_an_older_version_referred_to_may_go(surgery: httpx.Client, person: str) -> None:
    where = new_goal(surgery, person)
    made = surgery.post("/Observation", json=focused(person, {"reference": where[1:]})).json()
    kept = {name: value for name, value in made.items() if name != "focus"}
    assert surgery.put(f"/Observation/{made['id']}", json=kept).status_code == 200
    assert surgery.delete(where).status_code == 204


def test_a_person_cannot_learn_by_a_reference_what_is_there(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client], person: str, where: str
) -> None:
    other = new_person(surgery)
    oneself = as_client(f"person:{other}")
    hidden = oneself.post("/Observation", json=focused(other, {"reference": where[1:]}))
    absent = oneself.post("/Observation", json=focused(other, {"reference": "Goal/nowhere"}))
    assert (hidden.status_code, hidden.text) == (422, absent.text)


def test_a_contained_resource_is_led_to_and_not_left_loose(
    surgery: httpx.Client, person: str
) -> None:
    contained = [{"resourceType": "Practitioner", "id": "p1"}]
    held = observation(person, contained=contained, performer=[{"reference": "#p1"}])
    assert surgery.post("/Observation", json=held).status_code == 201
    loose = observation(person, contained=contained)
    answer = surgery.post("/Observation", json=loose)
    assert places(answer) == ["Observation.contained[0]"]


def test_a_reference_inside_a_contained_resource_leads_somewhere_too(
    surgery: httpx.Client, person: str
) -> None:
    contained = [
        {
            "resourceType": "PractitionerRole",
            "id": "r1",
            "organization": {"reference": "Organization/nowhere"},
        }
    ]
    body = observation(person, contained=contained, performer=[{"reference": "#r1"}])
    answer = surgery.post("/Observation", json=body)
    assert places(answer) == ["Observation.contained[0].organization.reference"]
