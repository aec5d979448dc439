"""What the entries of a transaction refer and link to in their Bundle.

Spec: https://hl7.org/fhir/R4/http.html#trules, https://hl7.org/fhir/R4/bundle.html#references
"""

import httpx
import pytest

from tests.conftest import Running
from tests.endpoints.asking import Json, done, entry, id_of, places, send
from tests.people import goal, new_person, observation

GOAL = "urn:uuid:6f1e1a52-8d55-4f35-9b0e-0e9f4f8ad001"


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery)


def narrative(link: str) -> Json:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{link}">My goal</a></div>'
    return {"status": "generated", "div": div}


def test_a_link_in_a_narrative_is_led_too(surgery: httpx.Client, person: str) -> None:
    answer = send(
        surgery,
        "transaction",
        entry("POST", "Goal", goal(person), fullUrl=GOAL),
        entry("POST", "Observation", observation(person, text=narrative(GOAL))),
    )
    made, note = (id_of(one) for one in done(answer))
    stored = surgery.get(f"/Observation/{note}").json()
    assert stored["text"] == narrative(f"Goal/{made}")


def test_a_link_in_a_narrative_to_no_entry_is_refused(surgery: httpx.Client, person: str) -> None:
    body = observation(person, text=narrative(GOAL))
    answer = send(surgery, "transaction", entry("POST", "Observation", body))
    assert answer.status_code == 422
    assert places(answer) == ["Bundle.entry[0].resource.text.div"]


@pytest.mark.parametrize("other", ["https://other.example/fhir", None])
def test_a_relative_reference_is_relative_to_the_server_its_entry_comes_from(
    surgery: httpx.Client, service: Running, other: str | None
) -> None:
    base = other or service.settings.fhir_base
    about = {"subject": {"reference": "Patient/9"}}
    note = {**observation("9", focus=[{"reference": "Goal/7"}]), **about}
    answer = send(
        surgery,
        "transaction",
        entry("POST", "Observation", note, fullUrl=f"{base}/Observation/5"),
        entry("POST", "Goal", {**goal("9"), **about}, fullUrl=f"{base}/Goal/7"),
        entry("POST", "Patient", {"resourceType": "Patient"}, fullUrl=f"{base}/Patient/9"),
    )
    note_id, goal_id, person = (id_of(one) for one in done(answer))
    stored = surgery.get(f"/Observation/{note_id}").json()
    assert stored["focus"] == [{"reference": f"Goal/{goal_id}"}]
    assert stored["subject"] == {"reference": f"Patient/{person}"}


def test_a_relative_reference_does_not_lead_to_an_entry_of_another_server(
    surgery: httpx.Client, person: str
) -> None:
    answer = send(
        surgery,
        "transaction",
        entry("POST", "Goal", goal(person), fullUrl="https://one.example/fhir/Goal/7"),
        entry(
            "POST",
            "Observation",
            observation(person, focus=[{"reference": "Goal/7"}]),
            fullUrl="https://two.example/fhir/Observation/5",
        ),
    )
    assert answer.status_code == 422
    assert places(answer) == ["Bundle.entry[1].resource.focus[0].reference"]


def test_a_urn_is_led_wherever_it_stands_in_a_resource(surgery: httpx.Client, person: str) -> None:
    answer = send(
        surgery,
        "transaction",
        entry("POST", "Goal", goal(person), fullUrl=GOAL),
        entry(
            "POST",
            "Observation",
            observation(
                person,
                extension=[
                    {"url": "urn:example:see", "valueUri": GOAL},
                    {"url": "urn:example:about", "valueReference": {"reference": GOAL}},
                ],
            ),
        ),
    )
    made, note = (id_of(one) for one in done(answer))
    extensions = surgery.get(f"/Observation/{note}").json()["extension"]
    assert extensions[0]["valueUri"] == f"Goal/{made}"
    assert extensions[1]["valueReference"] == {"reference": f"Goal/{made}"}


def test_every_reference_that_leads_nowhere_is_told_at_once(
    surgery: httpx.Client, person: str
) -> None:
    answer = send(
        surgery,
        "transaction",
        entry("POST", "Goal", goal("nobody")),
        entry("POST", "Goal", goal(person)),
        entry("POST", "Observation", observation(person, focus=[{"reference": "Goal/none"}])),
    )
    assert answer.status_code == 422
    assert places(answer) == [
        "Bundle.entry[0].resource.subject.reference",
        "Bundle.entry[2].resource.focus[0].reference",
    ]
