"""What a person reads of who has looked at their record, and what of it is kept from them.

Spec: https://hl7.org/fhir/R4/auditevent.html
"""

import base64
from collections.abc import Callable

import httpx

from tests.endpoints.asking import Json, about, entry, link, new_goal
from tests.endpoints.sharing import NOT_THE_PERSON, labelled, stored
from tests.people import goal, new_person, observation


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


def test_the_own_log_does_not_tell_of_an_entry_that_is_hidden_from_the_person(
    surgery: httpx.Client, as_client: Callable[..., httpx.Client]
) -> None:
    person = new_person(surgery)
    own = as_client(f"person:{person}")
    log = f"/AuditEvent?patient={person}&_count=200"
    before = own.get(log).json()["entry"]
    where = "/" + stored(surgery, goal(person, **labelled(NOT_THE_PERSON)))
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [entry("GET", where[1:])],
    }
    assert surgery.post("", json=bundle).status_code == 200
    for path in (where, f"{where}/_history/1", f"{where}/_history", f"{where}/$validate"):
        assert surgery.get(path).status_code == 200
    changed = {**surgery.get(where).json(), "language": "kw"}
    assert surgery.put(where, json=changed).status_code == 200
    assert surgery.delete(where).status_code == 204
    after = own.get(log).json()["entry"]
    own_reads = 1  # the look into the log itself
    assert len(after) == len(before) + own_reads
    assert where[1:] not in own.get(log).text
    officer = as_client("privacy-officer")
    assert where[1:] in officer.get(log).text
