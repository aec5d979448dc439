"""What a person reads of who has looked at their record, and what of it is kept from them.

Spec: https://hl7.org/fhir/R4/auditevent.html
"""

import base64
from collections.abc import Callable

import httpx

from tests.endpoints.asking import Json, about, link, new_goal
from tests.people import new_person, observation


def queries(event: Json) -> list[str]:
    """The searches in an event, as text."""
    kept = [one["query"] for one in event["entity"] if "query" in one]
    return [base64.b64decode(one).decode() for one in kept]


def test_a_person_reads_what_kind_of_search_found_them_and_of_whom_else_it_asked_nothing(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    other = new_person(surgery, name=[{"family": "Penhallow-a"}])
    person = new_person(surgery, name=[{"family": "Penhallow-b"}])
    new_goal(surgery, person)
    surgery.get(f"/Goal?patient=Patient/{other},Patient/{person}")
    # The token of the second page holds the place of the last row on the first.
    first = surgery.get("/Patient?name=penhallow&_sort=name&_count=1").json()
    surgery.get(str(link(first, "next")))
    by_performer = {"performer": [{"reference": f"Patient/{other}"}]}
    surgery.post("/Observation", json=observation(person, **by_performer))
    surgery.get(f"/Patient/{other}/Observation")
    oneself = as_client(f"person:{person}")
    events = [event for event in about(oneself, person) if queries(event)]
    assert {query for event in events for query in queries(event)} == {
        "GET Goal?patient",
        "GET Patient?name&_sort&_count&_page",
        "GET Observation",
    }
    kept = {
        query for event in about(as_client("privacy-officer"), person) for query in queries(event)
    }
    assert f"GET Goal?patient=Patient/{other},Patient/{person}" in kept
    alone = [oneself.get(f"/AuditEvent/{event['id']}").json() for event in events]
    assert alone == events
    brought = oneself.get("/Patient?_revinclude=AuditEvent:patient").json()["entry"]
    assert all(event in [one["resource"] for one in brought] for event in events)
