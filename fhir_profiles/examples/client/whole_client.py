"""A client that does all that the sandbox asks of one. Each function is one scenario.

Its one argument is where the scenarios are, such as http://127.0.0.1:8100.
"""

import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number|9990123403"
PROFILE = "https://whatmatters.example/fhir/StructureDefinition/person-stated-goal"
PERSON = "Patient/rosen-sandbox"
GOAL = "/Goal/sea-swim"
OUR_IDS = "https://your-organisation.example/goal"

Json = dict[str, Any]


def new_goal() -> Json:
    """A goal with an identifier of our own, by which it can be told from others."""
    return {
        "resourceType": "Goal",
        "meta": {"profile": [PROFILE]},
        "identifier": [{"system": OUR_IDS, "value": str(uuid4())}],
        "lifecycleStatus": "active",
        "description": {"text": "I want to dance at my granddaughter's wedding"},
        "subject": {"reference": PERSON},
        "expressedBy": {"reference": PERSON},
        "startDate": "2026-11-20",
    }


def find_the_person(http: httpx.Client) -> None:
    found = http.get("/Patient", params={"identifier": NHS_NUMBER}).json()
    [entry] = found["entry"]
    http.get("/Goal", params={"patient": f"Patient/{entry['resource']['id']}"})


def share_a_goal(http: httpx.Client) -> None:
    http.post("/Goal", json=new_goal()).raise_for_status()


def record_progress(http: httpx.Client) -> None:
    read = http.get(GOAL)
    http.put(GOAL, json=achieved(read.json()), headers={"If-Match": read.headers["ETag"]})


def achieved(goal: Json) -> Json:
    """The goal as it was read, with one thing changed."""
    system = "http://terminology.hl7.org/CodeSystem/goal-achievement"
    return goal | {"achievementStatus": {"coding": [{"system": system, "code": "improving"}]}}


def retry_after_a_lost_answer(http: httpx.Client) -> None:
    goal = new_goal()
    [identifier] = goal["identifier"]
    condition = f"identifier={identifier['system']}|{identifier['value']}"
    for _ in range(3):
        try:
            http.post("/Goal", json=goal, headers={"If-None-Exist": condition})
        except httpx.TransportError:
            continue  # perhaps it was stored, perhaps not: the condition makes asking again safe
        return


def handle_412(http: httpx.Client) -> None:
    for _ in range(3):
        read = http.get(GOAL)
        etag = {"If-Match": read.headers["ETag"]}
        if http.put(GOAL, json=achieved(read.json()), headers=etag).status_code != 412:
            return


def handle_422(http: httpx.Client) -> None:
    goal = new_goal()
    refused = http.post("/Goal", json=goal)
    [issue] = refused.json()["issue"]
    # A person would read this sentence on the screen, beside the field that it is about.
    if issue["expression"] == ["Goal.startDate"]:
        date = issue["details"]["text"].split()[3].rstrip(":")
        http.post("/Goal", json=goal | {"startDate": date})


def handle_429(http: httpx.Client) -> None:
    while True:
        answer = http.get("/Goal", params={"patient": PERSON})
        if answer.status_code != 429:
            return
        time.sleep(float(answer.headers["Retry-After"]) + 0.1)


def follow_paging(http: httpx.Client) -> None:
    page = http.get("/Goal", params={"patient": PERSON}).json()
    while links := [one["url"] for one in page["link"] if one["relation"] == "next"]:
        page = http.get(links[0]).json()


def accept_a_request_for_help(http: httpx.Client) -> None:
    waiting = {"owner": "Organization/your-organisation", "status": "requested"}
    [entry] = http.get("/Task", params=waiting).json()["entry"]
    place = f"/Task/{entry['resource']['id']}"
    told = {"type": {"text": "What came of it"}, "valueString": "They walked to the water together"}
    for status, more in (("accepted", {}), ("in-progress", {}), ("completed", {"output": [told]})):
        read = http.get(place)
        task = read.json() | {"status": status} | more
        http.put(place, json=task, headers={"If-Match": read.headers["ETag"]}).raise_for_status()


SCENARIOS: dict[str, Callable[[httpx.Client], None]] = {
    "find-the-person": find_the_person,
    "share-a-goal": share_a_goal,
    "record-progress": record_progress,
    "retry-after-a-lost-answer": retry_after_a_lost_answer,
    "handle-412": handle_412,
    "handle-422": handle_422,
    "handle-429": handle_429,
    "follow-paging": follow_paging,
    "accept-a-request-for-help": accept_a_request_for_help,
}


def client_at(place: str, scenario: str) -> httpx.Client:
    """A client at the base of one scenario."""
    headers = {
        "Authorization": "Bearer sandbox",
        "Accept": "application/fhir+json",
        "Content-Type": "application/fhir+json",
    }
    return httpx.Client(base_url=f"{place}/{scenario}/fhir", headers=headers, timeout=30)


if __name__ == "__main__":
    for name, play in SCENARIOS.items():
        with client_at(sys.argv[1], name) as http:
            play(http)
        print(f"{name}: played")
