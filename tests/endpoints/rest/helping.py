"""Asking for help over the plain API, for the tests of requests."""

from typing import Any

import httpx

from tests.endpoints.rest.test_goals import if_match

ASKED = {"words": "Someone to walk with until I trust the steps"}
BEFRIENDERS = {"kind": "organisation", "id": "harbour-befriending"}
COUNCIL = {"kind": "organisation", "id": "council-care"}
NO_ROOM = {"words": "We have nobody free until May."}


def ask(client: httpx.Client, person: str, **said: Any) -> httpx.Response:
    made = client.post(f"/people/{person}/requests", json={**ASKED, **said})
    assert made.status_code == 201, made.text
    return made


def move(client: httpx.Client, told: httpx.Response, word: str, **said: Any) -> httpx.Response:
    return client.post(f"{where(told)}/{word}", json=said, headers=if_match(told))


def where(of: httpx.Response) -> str:
    return f"/people/{of.json()['person']}/requests/{of.json()['id']}"


def states(of: httpx.Response) -> list[str]:
    return [one["state"] for one in of.json()["steps"]]
