"""Who sees which requests for help over the plain API, and what is kept from whom."""

from collections.abc import Callable
from typing import Any, get_args

import httpx

from app.what_matters.shapes.request_words import RequestMove
from tests.endpoints.asking import changed
from tests.endpoints.rest.helping import (
    ASKED,
    BEFRIENDERS,
    COUNCIL,
    NO_ROOM,
    ask,
    move,
    where,
)
from tests.endpoints.rest.test_goals import SAID
from tests.endpoints.sharing import NOT_SUPPORTERS, stored, supporter
from tests.people import new_person

Json = dict[str, Any]
Clients = Callable[..., httpx.Client]


def test_a_hidden_request_is_not_there_and_neither_are_its_steps_or_what_was_said(
    me: httpx.Client, asker: str, council: httpx.Client, surgery: httpx.Client, api_as: Clients
) -> None:
    made = ask(me, asker, kept_from=["just-us"])
    for other in (council, api_as("stranger-clinic"), api_as(f"person:{new_person(surgery)}")):
        assert other.get(where(made)).status_code == 404
        assert move(other, made, "accept").status_code == 404
    assert council.get(f"/people/{asker}/requests").json() == {"entries": []}
    task = made.json()["steps"][0]["id"]
    assert surgery.get(f"/Task/{task}").status_code == 404
    assert all(one["id"] != made.json()["id"] for one in council.get("/requests").json()["entries"])


def test_what_is_said_of_a_labelled_request_is_labelled_as_it_is(
    api: httpx.Client, asker: str, council: httpx.Client, surgery: httpx.Client
) -> None:
    made = ask(api, asker, kept_from=["hidden-from-supporters"], of=COUNCIL)
    of = move(council, move(council, made, "accept"), "done")
    move(council, of, "tell-back", words="The rail is up.")
    found = surgery.get(f"/Communication?based-on=ServiceRequest/{made.json()['id']}").json()
    (message,) = (one["resource"] for one in found["entry"])
    assert message["meta"]["security"][0]["code"] == "hidden-from-supporters"


def test_nobody_asks_in_anothers_name_or_for_another_person(
    me: httpx.Client, asker: str, surgery: httpx.Client, befrienders: httpx.Client
) -> None:
    clemmo = {"kind": "worker", "id": "clemmo-pascoe"}
    refused = me.post(f"/people/{asker}/requests", json={**ASKED, "asked_by": clemmo})
    assert (refused.status_code, refused.json()["faults"][0]["field"]) == (422, "asked_by")
    other = new_person(surgery, known_to=())
    for client in (me, befrienders):
        answer = client.post(f"/people/{other}/requests", json=ASKED)
        assert answer.status_code in (404, 422)
    nowhere = {"kind": "organisation", "id": "nowhere-here"}
    wrong = me.post(f"/people/{asker}/requests", json={**ASKED, "of": nowhere})
    assert [one["field"] for one in wrong.json()["faults"]] == ["of"]


def test_an_organisation_reads_what_it_is_asked_and_what_anyone_may_take_across_its_people(
    me: httpx.Client, asker: str, surgery: httpx.Client, api_as: Clients, council: httpx.Client
) -> None:
    other = new_person(surgery, known_to=("council-care",))
    given = ask(api_as(f"person:{other}"), other, of=COUNCIL)
    anyone = ask(me, asker)
    not_theirs = ask(me, asker, of=BEFRIENDERS)
    unknown = new_person(surgery, known_to=())
    unseen = ask(api_as(f"person:{unknown}"), unknown)
    found: list[Json] = []
    after = None
    while True:
        params = {"limit": "5"} | ({"after": after} if after else {})
        page = council.get("/requests", params=params).json()
        asked = [one["step"]["asked_at"] for one in page["entries"]]
        assert asked == sorted(asked)
        found += page["entries"]
        after = page.get("next")
        if after is None:
            break
    told = {one["id"]: one for one in found}
    assert len(told) == len(found)
    assert told[given.json()["id"]]["for_anyone"] is False
    assert told[given.json()["id"]]["words"] == ASKED["words"]
    assert told[given.json()["id"]]["person"] == other
    assert told[anyone.json()["id"]]["for_anyone"] is True
    assert not {one.json()["id"] for one in (not_theirs, unseen)} & told.keys()
    mine = council.get("/requests", params={"which": "given", "limit": "200"}).json()["entries"]
    assert given.json()["id"] in {one["id"] for one in mine}
    assert not any(one["for_anyone"] for one in mine)
    move(council, council.get(where(given)), "decline", **NO_ROOM)
    mine = council.get("/requests", params={"which": "given", "limit": "200"}).json()["entries"]
    assert given.json()["id"] not in {one["id"] for one in mine}


def test_what_waits_too_long_and_what_a_goal_asks_for_is_found(
    me: httpx.Client, asker: str, surgery: httpx.Client
) -> None:
    goal = me.post(f"/people/{asker}/goals", json=SAID).json()["id"]
    late = ask(me, asker, of=COUNCIL, by_when="2020-01-01", about_goals=[goal])
    ask(me, asker, of=COUNCIL)
    path = f"/people/{asker}/requests"
    overdue = me.get(path, params={"which": "overdue"}).json()["entries"]
    assert [one["id"] for one in overdue] == [late.json()["id"]]
    assert overdue[0]["overdue"] == "The day by which it was to be done has passed."
    of_goal = me.get(path, params={"goal": goal}).json()["entries"]
    assert [one["id"] for one in of_goal] == [late.json()["id"]]
    waiting = me.get(path, params={"which": "unanswered"}).json()["entries"]
    assert next(one["id"] for one in waiting) == late.json()["id"]
    nobody = me.get(f"/people/{new_person(surgery)}/requests")
    assert nobody.status_code == 404


def test_a_supporter_asks_for_anyone_but_lets_no_organisation_in(
    api_as: Clients, asker: str, surgery: httpx.Client, council: httpx.Client
) -> None:
    helper = stored(surgery, supporter(asker)).partition("/")[2]
    son = api_as(f"supporter:{helper}")
    refused = son.post(f"/people/{asker}/requests", json={**ASKED, "of": BEFRIENDERS})
    assert refused.status_code == 403
    made = ask(son, asker)
    assert made.json()["asked_by"] == {"kind": "supporter", "id": helper}
    of = move(council, council.get(where(made)), "accept")
    of = move(council, of, "done")
    yes = move(son, son.get(where(of)), "confirm", helped=True)
    assert yes.json()["state"] == "that-helped"


def test_the_requests_of_the_cast_are_told_with_their_whole_way(api: httpx.Client) -> None:
    told = api.get("/people/tamsin-pender/requests/tamsin-pender-handrail").json()
    assert [one["state"] for one in told["steps"]] == ["declined", "that-helped"]
    assert (told["state"], told["hand_offs"]) == ("that-helped", 1)
    assert told["said"][0]["words"].startswith("The landlord has fitted the rail.")
    assert "also" not in told


def test_no_address_of_requests_answers_without_a_token(api_as: Clients) -> None:
    nobody = api_as(None)
    assert nobody.get("/requests").status_code == 401
    for word in get_args(RequestMove):
        assert nobody.post(f"/people/a/requests/b/{word}", json={}).status_code == 401


def test_what_is_said_of_a_hidden_step_is_hidden_as_the_step_is(
    api: httpx.Client, asker: str, council: httpx.Client, surgery: httpx.Client
) -> None:
    """A step may be kept from somebody who sees the request: what follows from it is kept too."""
    made = ask(api, asker, of=COUNCIL)
    task = f"/Task/{made.json()['steps'][0]['id']}"
    meta = {**surgery.get(task).json()["meta"], "security": [NOT_SUPPORTERS]}
    assert changed(surgery, task, meta=meta).status_code == 200
    of = move(council, council.get(where(made)), "accept")
    of = move(council, move(council, of, "done"), "tell-back", words="The refuge has a room.")
    assert of.status_code == 200, of.text
    found = surgery.get(f"/Communication?based-on=ServiceRequest/{made.json()['id']}").json()
    (message,) = (one["resource"] for one in found["entry"])
    assert message["meta"]["security"] == [NOT_SUPPORTERS]


def test_who_has_a_hidden_step_is_not_named_in_the_request(
    api: httpx.Client,
    asker: str,
    council: httpx.Client,
    befrienders: httpx.Client,
    surgery: httpx.Client,
) -> None:
    made = ask(api, asker, of=COUNCIL)
    task = f"/Task/{made.json()['steps'][0]['id']}"
    meta = {**surgery.get(task).json()["meta"], "security": [NOT_SUPPORTERS]}
    assert changed(surgery, task, meta=meta).status_code == 200
    of = move(council, council.get(where(made)), "pass-on", words="They can.", to=BEFRIENDERS)
    assert of.status_code == 200, of.text
    request = surgery.get(f"/ServiceRequest/{made.json()['id']}").json()
    assert "harbour-befriending" not in str(request.get("performer"))
    assert move(befrienders, befrienders.get(where(made)), "accept").status_code == 200
