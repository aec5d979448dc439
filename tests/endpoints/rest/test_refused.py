"""What is refused by its form alone is on record too, with whose record it was about."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.endpoints.asking import about, entry, send
from tests.endpoints.rest.test_contact_load import contact, load
from tests.endpoints.sharing import NOT_THE_PERSON, labelled
from tests.people import goal, new_person

AsClient = Callable[..., httpx.Client]
JSON = {"Content-Type": "application/json"}
ID = "aaaaaaaaaaaa"


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "did", "what"),
    [
        ("POST", "goals", {"json": {"wish": 1}}, 422, "create", "tried to add to your goals"),
        ("POST", "goals", {"content": b"{", "headers": JSON}, 400, "create", "to your goals"),
        ("POST", "requests", {"content": b"x=1"}, 415, "create", "add to your requests for help"),
        ("PATCH", f"goals/{ID}", {"json": {"why": "x"}}, 428, "patch", "change your goals"),
        ("DELETE", f"contacts/{ID}", {}, 428, "delete", "took something out of your visits"),
        ("POST", f"goals/{ID}/reached", {"json": {}}, 428, "patch", "change your goals"),
        ("GET", "goals?limit=9999", {}, 422, "read", "tried to read your goals"),
        ("GET", "goals?colour=blue", {}, 400, "read", "tried to read your goals"),
        ("GET", "journey", {"headers": {"Accept": "image/png"}}, 406, "read", "your record"),
        ("PATCH", "", {"json": {"born": "then"}}, 422, "patch", "change your name"),
    ],
)
def test_what_is_wrong_in_form_is_on_record_for_the_person(
    surgery: httpx.Client,
    as_client: AsClient,
    api_as: AsClient,
    method: str,
    path: str,
    sent: dict[str, Any],
    status: int,
    did: str,
    what: str,
) -> None:
    person = new_person(surgery)
    own = as_client(f"person:{person}")
    at = f"/people/{person}/{path}".rstrip("/").replace(ID, f"{person}-{ID}")
    answer = api_as("council-care").request(method, at, **sent)
    assert answer.status_code == status
    [told] = [one for one in about(own, person) if "council-care" in str(one["agent"])]
    assert told["outcome"] == "4"
    assert told["outcomeDesc"]
    assert told["subtype"][-1]["code"] == did
    assert what.removeprefix("took ") in own.get(f"/Patient/{person}/$who-has-looked").text


def test_a_refusal_is_on_record_once(
    surgery: httpx.Client, as_client: AsClient, api_as: AsClient
) -> None:
    """Also where it was refused while it was done, with a key and without."""
    person = new_person(surgery)
    own, council = as_client(f"person:{person}"), api_as("council-care")
    goal = {"words": "Hear the sea", "began": "2026-03-01", "because_of": ["nothing"]}
    for n, headers in enumerate(({}, {"Idempotency-Key": f"once-{person}"}), 1):
        before = refused(as_client)
        answer = council.post(f"/people/{person}/goals", json=goal, headers=headers)
        assert answer.status_code == 422
        assert (refused(as_client), len(of_council(own, person))) == (before + 1, n)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "11112222"}])
def test_who_tried_to_write_in_a_record_that_they_do_not_see_is_in_its_log(
    surgery: httpx.Client, as_client: AsClient, api_as: AsClient, headers: dict[str, str]
) -> None:
    """At either door, alone and among others; not what would have been hidden from the person."""
    person = new_person(surgery, known_to=())
    own, fhir, api = (
        as_client(f"person:{person}"),
        as_client("council-care"),
        api_as("council-care"),
    )
    said = {"words": "Hear the sea", "began": "2026-03-01"}
    met, unmet = contact(person), contact(person, how="by-owl")
    one = goal(person, identifier=[{"system": "urn:example", "value": person}])
    secret = goal(person, **labelled(NOT_THE_PERSON))
    tries: tuple[Callable[[], httpx.Response], ...] = (
        lambda: fhir.post("/Goal", json=one),
        lambda: fhir.post("/Goal", json={**one, "lifecycleStatus": "wished"}),
        lambda: fhir.put(f"/Goal/of-{person}", json={**one, "id": f"of-{person}"}),
        lambda: send(fhir, "batch", entry("POST", "Goal", one)),
        lambda: send(fhir, "transaction", entry("POST", "Goal", one)),
        lambda: api.post(f"/people/{person}/goals", json=said, headers=headers),
        lambda: api.post(f"/people/{person}/requests", json={"words": "A lift"}, headers=headers),
        lambda: load(api, met),
        lambda: load(api, unmet),
    )
    for n, tried in enumerate(tries, 1):
        tried()
        assert len(of_council(own, person)) == n, n
    for tried in (
        lambda: fhir.post("/Goal", json=secret),
        lambda: send(fhir, "transaction", entry("POST", "Goal", secret)),
    ):
        assert tried().status_code == 422
    assert len(of_council(own, person)) == len(tries)


def of_council(own: httpx.Client, person: str) -> list[Any]:
    """What was refused to the council."""
    log = [one for one in about(own, person) if one["outcome"] == "4"]
    return [one for one in log if "council-care" in str(one["agent"])]


def refused(as_client: AsClient) -> int:
    """How often the council was, whoever it was about."""
    path = "/AuditEvent?agent=Organization/council-care&outcome=4&_summary=count"
    return int(as_client("council-care").get(path).json()["total"])


@pytest.mark.parametrize("person", ["%00x", "a%0d%0ab", "a%20b", "x" * 300, "%ff%fe"])
@pytest.mark.parametrize("client", [None, "gp-surgery"])
def test_what_can_be_no_id_is_refused_in_a_sentence(
    api_as: AsClient, client: str | None, person: str
) -> None:
    """Whoever asks, and nothing is recorded of a person of that name."""
    for below in ("", "/goals", "/what-matters"):
        answer = api_as(client).get(f"/people/{person}{below}")
        assert answer.status_code == (401 if client is None else 422)
