"""What is refused by its form alone is on record too, with whose record it was about."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.endpoints.asking import about
from tests.people import new_person

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
    for headers in ({}, {"Idempotency-Key": f"once-{person}"}):
        before = len(refused(as_client, "council-care"))
        answer = council.post(f"/people/{person}/goals", json=goal, headers=headers)
        assert answer.status_code == 422
        assert len(refused(as_client, "council-care")) == before + 1
    assert council.get(f"/people/{person}/who-has-looked").status_code == 403
    assert len([one for one in about(own, person) if one["outcome"] == "4"]) == 1


def refused(as_client: AsClient, client: str) -> list[Any]:
    """What the organisation itself is told that it was refused."""
    path = f"/AuditEvent?agent=Organization/{client}&outcome=4&_count=1000"
    return list(as_client(client).get(path).json().get("entry", ()))


@pytest.mark.parametrize("person", ["%00x", "a%0d%0ab", "a%20b", "x" * 300, "%ff%fe"])
@pytest.mark.parametrize("client", [None, "gp-surgery"])
def test_what_can_be_no_id_is_refused_in_a_sentence(
    api_as: AsClient, client: str | None, person: str
) -> None:
    """Whoever asks, and nothing is recorded of a person of that name."""
    for below in ("", "/goals", "/what-matters"):
        answer = api_as(client).get(f"/people/{person}{below}")
        assert answer.status_code == (401 if client is None else 422)
