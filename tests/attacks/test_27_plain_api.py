"""Class 21, second surfaces: what FHIR keeps from a caller, the plain API keeps too, at each of its
addresses; and nothing at it answers otherwise for what is hidden than for what is not there."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.attacks.cast import LOOKERS, Cast, leaks
from tests.attacks.plain import at_api, told
from tests.endpoints.asking import new_goal
from tests.endpoints.sharing import (
    NOT_SUPPORTERS,
    NOT_THE_PERSON,
    RESTRICTED,
    choice,
    labelled,
    stored,
    supporter,
)
from tests.people import goal, new_person, observation

AsClient = Callable[..., httpx.Client]

ABSENT = "7d5a35a2-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def plain(cast: Cast) -> Iterator[dict[str, httpx.Client]]:
    """Everyone of the cast, at the plain API."""
    made = {name: at_api(client) for name, client in cast.clients.items()}
    yield made
    for client in made.values():
        client.close()


@pytest.fixture(scope="module")
def lists(plain: dict[str, httpx.Client]) -> list[str]:
    """Every address that is read and names no entry."""
    paths = plain["no token"].get("/openapi.json").json()["paths"]
    return [path for path, methods in paths.items() if "get" in methods and "{id}" not in path]


# 7, 19, 20: one entry


@pytest.mark.parametrize("looker", LOOKERS)
def test_a_hidden_entry_is_answered_as_one_that_is_not_there(
    cast: Cast, plain: dict[str, httpx.Client], looker: str
) -> None:
    """Read, its history, who can see it, a change, a removal, each move of it, its progress."""
    client = plain[looker]
    hidden = [
        cast.entries[name].partition("/")[2]
        for name in cast.hidden_from(looker)
        if cast.entries[name].startswith("Goal/")
    ]
    assert hidden
    match = {"If-Match": 'W/"1"'}
    of_b = cast.entries["B's goal"].partition("/")[2]

    def answers(id: str, person: str) -> list[Any]:
        at = f"/people/{person}/goals/{id}"
        return [
            told(client.request(method, path, json=body, headers=match), id, person)
            for method, path, body in (
                ("GET", at, None),
                ("GET", f"{at}?fields=also", None),
                ("GET", f"{at}/history", None),
                ("GET", f"{at}/who-can-see", None),
                ("PATCH", at, {"why": "Found"}),
                ("DELETE", at, None),
                ("POST", f"{at}/reached", {"how_we_know": "said"}),
                ("POST", f"{at}/prioritise", {"importance": 1, "how_we_know": "said"}),
                ("GET", f"/people/{person}/requests?goal={id}", None),
            )
        ]

    for id in hidden:
        person = cast.b if id == of_b else cast.a
        assert answers(id, person) == answers(ABSENT, person), id
    # What A's caller sees of A is not found under another person, hidden or not.
    open_one = cast.entries["open"].partition("/")[2]
    assert answers(open_one, cast.b)[:3] == answers(ABSENT, cast.b)[:3]


@pytest.mark.parametrize("looker", LOOKERS)
def test_no_list_and_nothing_put_together_tells_of_what_is_hidden(
    cast: Cast, plain: dict[str, httpx.Client], lists: list[str], looker: str
) -> None:
    found = []
    for person in (cast.a, cast.b):
        for path in lists:
            answer = plain[looker].get(
                path.format(person=person, organisation="gp-surgery"), params={"limit": "200"}
            )
            if answer.status_code == 400:  # it is of no length
                answer = plain[looker].get(path.format(person=person, organisation="gp-surgery"))
            assert answer.status_code < 500, path
            found += [(path, name) for name in leaks(cast, looker, answer, path)]
        for form in ("text/html", "text/plain"):
            for one in ("what-matters", "journey", "said-and-done", _MEASURES):
                path = f"/people/{person}/{one}"
                answer = plain[looker].get(path, headers={"Accept": form})
                found += [(path, name) for name in leaks(cast, looker, answer)]
    assert found == []


def test_two_worlds_that_differ_in_what_is_hidden_are_told_alike(
    surgery: httpx.Client, as_client: AsClient
) -> None:
    """2.13: no count, figure, page or list knows of it."""
    plain, secretive = (_world(surgery, as_client, hides=hides) for hides in (False, True))
    assert plain == secretive


def _world(surgery: httpx.Client, as_client: AsClient, *, hides: bool) -> dict[str, str]:
    """What the person, a supporter and a partner are told, by address and caller."""
    person = new_person(surgery, known_to=("community-trust",))
    own = as_client(f"person:{person}")
    helper = stored(own, supporter(person)).partition("/")[2]
    stored(own, choice(person, "permit", f"RelatedPerson/{helper}"))
    shown = new_goal(surgery, person).removeprefix("/Goal/")
    if hides:
        _hide(surgery, person)
    said = {}
    for name in (f"person:{person}", f"supporter:{helper}", "community-trust"):
        role = name.partition(":")[0]
        with at_api(as_client(name)) as http:
            for one in _TOLD_OF_A_PERSON[role]:
                answer = http.get(f"/people/{person}/{one}")
                assert answer.status_code == 200, (name, one, answer.text)
                text = _MOMENT.sub("…", answer.text)
                for id in (helper, shown, person):
                    text = text.replace(id, "…")
                said[f"{role} {one}"] = text
    return said


def _hide(surgery: httpx.Client, person: str) -> None:
    """A goal, what is said of it, a request and a contact, hidden from all three; and read."""
    labels = labelled(NOT_SUPPORTERS, NOT_THE_PERSON, RESTRICTED)
    of = {"subject": {"reference": f"Patient/{person}"}, **labels}
    secret = stored(surgery, goal(person, "Samphire", **labels))
    stored(surgery, observation(person, focus=[{"reference": secret}], **labels))
    help_asked = {"status": "active", "intent": "order", "code": {"text": "Samphire"}}
    stored(
        surgery, {"resourceType": "ServiceRequest", "authoredOn": "2026-03-01", **help_asked, **of}
    )
    virtual = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "VR"}
    period = {"start": "2026-03-01T10:00:00Z"}
    met = {"resourceType": "Encounter", "status": "finished", "class": virtual, "period": period}
    stored(surgery, {**met, **of})
    assert surgery.get(f"/{secret}").status_code == 200


_MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)")
_EACH = (
    *("what-matters", "journey", "said-and-done", "goals-to-look-at", "other-entries"),
    *("requests", "goals"),
)
_MEASURES = "measures?from=2026-01-01&to=2026-12-31"
_TOLD_OF_A_PERSON = {
    "person": (*_EACH, "told-once", _MEASURES, "who-can-see", "contacts"),
    "supporter": (*_EACH, "contacts"),
    "community-trust": (*_EACH, "told-once", _MEASURES, "contacts"),
}
