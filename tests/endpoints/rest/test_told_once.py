"""Tell it once, in figures, over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.endpoints.rest.test_journey import AGAIN, about, request_for
from tests.endpoints.rest.test_what_matters import contact
from tests.endpoints.sharing import JUST_US, RESTRICTED, labelled, stored
from tests.people import goal, new_person

Json = dict[str, Any]
ApiAs = Callable[..., httpx.Client]
SURGERY: Json = {"kind": "organisation", "id": "gp-surgery"}


def told(client: httpx.Client, person: str) -> Json:
    answer = client.get(f"/people/{person}/told-once")
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def test_what_one_wrote_and_another_read_is_counted_and_who_for_the_person_alone(
    surgery: httpx.Client, befriending: httpx.Client, api: httpx.Client, api_as: ApiAs
) -> None:
    person = new_person(surgery)
    where = stored(surgery, goal(person))
    for client in (surgery, befriending, befriending):
        assert client.get(f"/{where}").status_code == 200
    ours = told(api, person)
    assert ours["figures"]["read_elsewhere"] == 2
    assert ours["figures"]["entries_read_elsewhere"] == 1
    assert ours["by_organisation"] is None
    own = told(api_as(f"person:{person}"), person)
    assert own["by_organisation"] == [{"organisation": "Harbour Befriending", "times": 2}]


def test_reads_of_what_is_hidden_are_in_nobody_elses_figures(
    surgery: httpx.Client,
    befriending: httpx.Client,
    as_client: Callable[..., httpx.Client],
    api_as: ApiAs,
) -> None:
    person = new_person(surgery)
    hidden = stored(befriending, goal(person, **labelled(RESTRICTED)))
    contacts = contact(person, "acute-trust", "2026-03-03", **labelled(JUST_US))
    contacts["extension"] = [{"url": AGAIN, "valueBoolean": True}]
    stored(as_client(f"person:{person}"), contacts)
    council, before = api_as("council-care"), told(api_as("council-care"), person)
    assert befriending.get(f"/{hidden}").status_code == 200
    assert told(council, person) == before
    assert before["figures"]["contacts"] == 0


def test_waits_are_counted_by_every_version_of_the_work(
    surgery: httpx.Client, api: httpx.Client
) -> None:
    person = new_person(surgery)
    where = stored(surgery, goal(person))
    asked = request_for(person, "A rail", "2026-03-01T09:00:00Z", **about(where))
    request = stored(surgery, asked)
    task = {
        "resourceType": "Task",
        "status": "accepted",
        "intent": "order",
        "focus": {"reference": request},
        "for": {"reference": f"Patient/{person}"},
        "owner": {"reference": "Organization/council-care"},
        "authoredOn": "2026-03-01T09:00:00Z",
        "lastModified": "2026-03-04T09:00:00Z",
    }
    work = stored(surgery, task)
    later = {**task, "id": work.partition("/")[2], "lastModified": "2026-05-01T09:00:00Z"}
    assert surgery.put(f"/{work}", json={**later, "status": "in-progress"}).status_code == 200
    assert told(api, person)["waits"]["days_to_answer"] == 3.0


def test_contacts_that_started_with_what_matters_are_counted_of_those_that_say(
    asker: str, api: httpx.Client
) -> None:
    for what_matters in ("read", "updated", "not-asked", None):
        said = {"organisation": SURGERY, "began": "2026-03-01", "ended": "2026-03-01"}
        said |= {"how": "at-home"} | ({"what_matters": what_matters} if what_matters else {})
        made = api.post(f"/people/{asker}/contacts", json=said)
        assert made.status_code == 201, made.text
    assert told(api, asker)["conversations"] == {
        "contacts": 4,
        "said": 3,
        "with_what_matters": 2,
    }
