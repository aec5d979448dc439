"""Pages of entries that are large: shorter than asked for, and nothing lost.

Spec: https://hl7.org/fhir/R4/http.html#paging
"""

import json
from collections.abc import Iterator

import httpx
import pytest

from app.settings import Settings
from tests.endpoints.asking import changed, entry, ids, json_patch, new_goal, pages, send
from tests.endpoints.limited import client_of, small_service
from tests.people import new_person, observation

ROOM = 30_000


@pytest.fixture(scope="module")
def surgery(settings: Settings) -> Iterator[httpx.Client]:
    """gp-surgery, at a service whose pages hold little."""
    limits = f"answer-bytes={ROOM}"
    with small_service(settings, limits) as running, client_of(running) as client:
        yield client


@pytest.fixture(scope="module")
def person(surgery: httpx.Client) -> str:
    return new_person(surgery, known_to=())


@pytest.fixture(scope="module")
def goals(surgery: httpx.Client, person: str) -> list[str]:
    """The ids of nine Goals of ten thousand bytes each."""
    words = "I want to hear the sea. " * 400
    return [new_goal(surgery, person, "A long story", note=[{"text": words}])[6:] for _ in range(9)]


@pytest.mark.parametrize(
    "order", ["", "&_sort=start-date", "&_sort=-_lastUpdated", "&_sort=lifecycle-status"]
)
def test_a_search_of_large_entries_goes_on_over_several_pages(
    surgery: httpx.Client, person: str, goals: list[str], order: str
) -> None:
    url = f"/Goal?patient={person}&_count=100{order}"
    walked = [ids(page) for page in pages(surgery, url)]
    assert sorted(id for page in walked for id in page) == sorted(goals)
    assert max(len(page) for page in walked) == 4  # the fourth goes past what is left of the room


def test_a_history_of_large_entries_goes_on_over_several_pages(
    surgery: httpx.Client, person: str, goals: list[str]
) -> None:
    where = f"/Goal/{goals[0]}"
    for n in range(8):
        changed(surgery, where, description={"text": f"Told for the {n}th time"})
    walked = [page["entry"] for page in pages(surgery, f"{where}/_history?_count=100")]
    versions = [int(one["resource"]["meta"]["versionId"]) for page in walked for one in page]
    assert versions == list(range(9, 0, -1))
    assert max(len(page) for page in walked) == 4


def test_everything_of_large_entries_goes_on_over_several_pages(
    surgery: httpx.Client, person: str, goals: list[str]
) -> None:
    walked = [ids(page) for page in pages(surgery, f"/Patient/{person}/$everything?_count=100")]
    found = [id for page in walked for id in page]
    assert sorted(found) == sorted([person, *goals])
    assert len(walked) > 2


def test_what_large_entries_bring_along_is_cut_and_that_is_told(
    surgery: httpx.Client, goals: list[str]
) -> None:
    person = new_person(surgery)
    where = new_goal(surgery, person)
    words = "It went well. " * 600
    for _ in range(9):
        body = observation(person, focus=[{"reference": where[1:]}], note=[{"text": words}])
        assert surgery.post("/Observation", json=body).status_code == 201
    page = surgery.get(f"/Goal?patient={person}&_revinclude=Observation:focus").json()
    modes = [one["search"]["mode"] for one in page["entry"]]
    assert modes.count("include") == 4
    assert modes[-1] == "outcome"


def test_everything_says_when_what_it_brings_along_is_cut(surgery: httpx.Client) -> None:
    words = "We are by the harbour. " * 600
    person = new_person(surgery, known_to=())
    made = []
    for n in range(4):
        body = {"resourceType": "Organization", "name": f"Place {n}", "alias": [words]}
        made.append(surgery.post("/Organization", json=body).json()["id"])
    by = [{"reference": f"Organization/{one}"} for one in made]
    assert surgery.post("/Observation", json=observation(person, performer=by)).status_code == 201
    page = surgery.get(f"/Patient/{person}/$everything").json()
    modes = [one["search"]["mode"] for one in page["entry"]]
    assert modes.count("include") == 3
    assert page["entry"][-1]["resource"]["issue"][0]["code"] == "incomplete"


@pytest.mark.parametrize("type", ["batch", "transaction"])
def test_what_is_written_is_done_though_the_answer_has_no_room_to_show_it(
    surgery: httpx.Client, goals: list[str], type: str
) -> None:
    patch = [{"op": "replace", "path": "/lifecycleStatus", "value": "on-hold"}]
    asked = [entry("PATCH", f"Goal/{id}", json_patch(json.dumps(patch))) for id in goals]
    answer = send(surgery, type, *asked, prefer="return=representation")
    shown = ["resource" in one for one in answer.json()["entry"]]
    assert shown == [True] * 3 + [False] * 6
    last = answer.json()["entry"][-1]["response"]
    assert last["status"] == "200 OK"
    assert last["outcome"]["issue"][0]["code"] == "too-costly"
    assert surgery.get(last["location"]).json()["lifecycleStatus"] == "on-hold"
