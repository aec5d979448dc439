"""Whether help has helped is said by whoever supports the person, too, and told as theirs."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.endpoints.rest.helping import BEFRIENDERS, COUNCIL, ask, move, states, where
from tests.endpoints.sharing import standing, stored, supporter, team

Json = dict[str, Any]
Clients = Callable[..., httpx.Client]
LOOSE = {"helped": False, "words": "The rail is loose.", "how_we_know": "said"}


@pytest.fixture
def helper(surgery: httpx.Client, asker: str) -> str:
    return stored(surgery, supporter(asker)).partition("/")[2]


@pytest.fixture
def son(api_as: Clients, helper: str) -> httpx.Client:
    return api_as(f"supporter:{helper}")


def done(asking: httpx.Client, asker: str, by: httpx.Client, **said: Any) -> httpx.Response:
    """A request that is done, and told back."""
    made = ask(asking, asker, **said)
    of = move(by, by.get(where(made)), "accept")
    return move(by, move(by, of, "done"), "tell-back", words="The rail is up.")


def test_a_supporter_says_not_yet_for_the_person_and_whoever_had_it_is_asked_again(
    me: httpx.Client, asker: str, befrienders: httpx.Client, son: httpx.Client, helper: str
) -> None:
    of = done(me, asker, befrienders, of=BEFRIENDERS)
    seen = son.get(where(of))
    assert seen.json()["may_become"] == ["confirm"]
    told = move(son, seen, "confirm", **LOOSE)
    assert told.status_code == 200, told.text
    assert states(told) == ["not-yet", "asked"]
    assert told.json()["steps"][1]["of"] == BEFRIENDERS
    answer = next(one for one in told.json()["said"] if one["what"] == "Not yet")
    assert answer["by"] == {"kind": "supporter", "id": helper}
    assert answer["on_behalf_of"] == {"kind": "person", "id": asker}
    assert answer["words"].startswith("The rail is loose. (")
    assert answer["to"] == [BEFRIENDERS]
    assert me.get(where(of)).json()["said"] == told.json()["said"]
    again = befrienders.get(where(of))
    assert "accept" in again.json()["may_become"]
    assert states(move(befrienders, again, "accept")) == ["not-yet", "taken-on"]


def test_a_supporter_says_for_the_person_that_it_helped(
    me: httpx.Client, asker: str, council: httpx.Client, son: httpx.Client, helper: str
) -> None:
    of = done(me, asker, council)
    told = move(son, son.get(where(of)), "confirm", helped=True, how_we_know="showed")
    assert told.json()["state"] == "that-helped"
    assert told.json()["said"][-1]["by"] == {"kind": "supporter", "id": helper}
    assert told.json()["may_become"] == []
    theirs = move(me, me.get(where(done(me, asker, council))), "confirm", helped=True).json()
    assert "on_behalf_of" not in theirs["said"][-1]


def test_a_supporter_says_how_they_know_unless_it_was_they_who_asked(
    me: httpx.Client, asker: str, council: httpx.Client, son: httpx.Client
) -> None:
    of = done(me, asker, council)
    refused = move(son, son.get(where(of)), "confirm", helped=False)
    assert (refused.status_code, refused.json()["faults"][0]["field"]) == (422, "how_we_know")
    own = done(son, asker, council)
    told = move(son, son.get(where(own)), "confirm", helped=False)
    assert states(told) == ["not-yet", "asked"]


def test_a_supporter_makes_no_other_move_for_the_person(
    me: httpx.Client, asker: str, council: httpx.Client, son: httpx.Client
) -> None:
    asked = son.get(where(ask(me, asker, of=COUNCIL)))
    assert asked.json()["may_become"] == []
    taken = move(son, asked, "take-back", words="We have somebody.", how_we_know="said")
    assert taken.status_code == 403
    declined = move(council, council.get(where(asked)), "decline", words="We have nobody free.")
    again = move(son, son.get(where(declined)), "ask-again", how_we_know="said")
    assert again.status_code == 403
    assert move(son, son.get(where(declined)), "confirm", **LOOSE).status_code == 422


@pytest.mark.parametrize("ground", ["attorney-money", "paused"])
def test_who_supports_on_no_fitting_ground_says_nothing_of_it(
    me: httpx.Client,
    asker: str,
    council: httpx.Client,
    surgery: httpx.Client,
    api_as: Clients,
    ground: str,
) -> None:
    body = supporter(asker, "attorney-money")
    if ground == "paused":
        body = standing(supporter(asker), "paused", "supporter-asked-to-pause")
    other = api_as(f"supporter:{stored(surgery, body).partition('/')[2]}")
    of = done(me, asker, council)
    assert other.get(where(of)).status_code == 404
    assert move(other, of, "confirm", **LOOSE).status_code == 404
    assert states(me.get(where(of))) == ["told-back"]


def test_what_is_kept_from_supporters_they_say_nothing_of(
    me: httpx.Client, asker: str, council: httpx.Client, son: httpx.Client
) -> None:
    of = done(me, asker, council, of=COUNCIL, kept_from=["hidden-from-supporters"])
    assert move(son, of, "confirm", **LOOSE).status_code == 404


def test_a_supporter_asks_by_a_step_none_whom_the_request_did_not_let_in(
    me: httpx.Client, asker: str, as_client: Clients, surgery: httpx.Client, helper: str
) -> None:
    """At the FHIR door: one on the team, one who was asked before, and a request that is over."""
    stored(surgery, team(asker, "harbour-befriending"))
    made = ask(me, asker, of=COUNCIL).json()
    fhir = as_client(f"supporter:{helper}")
    step = fhir.get(f"/Task/{made['steps'][0]['id']}").json()
    again = {name: one for name, one in step.items() if name not in ("id", "meta", "owner")}
    for owner, status in (("council-care", 201), ("harbour-befriending", 403)):
        body = {**again, "owner": {"reference": f"Organization/{owner}"}}
        assert fhir.post("/Task", json=body).status_code == status, owner
    of = me.get(f"/people/{asker}/requests/{made['id']}")
    assert states(move(me, of, "take-back", words="I have somebody.")) == ["taken-back"] * 2
    body = {**again, "owner": {"reference": "Organization/council-care"}}
    assert fhir.post("/Task", json=body).status_code == 403
