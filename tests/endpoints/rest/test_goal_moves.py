"""What becomes of a goal over the plain API: the person's to say, and each move told with it."""

from collections.abc import Callable
from typing import Any, get_args
from uuid import uuid4

import httpx
import pytest

from app.what_matters.goal import MOVES
from app.what_matters.shapes.goal_becoming import MOVE_BY_WORD, GoalMove
from tests.endpoints.rest.test_goals import SAID, at, if_match
from tests.endpoints.sharing import stored, supporter
from tests.people import goal, new_person

Clients = Callable[..., httpx.Client]
KNOWN = {"how_we_know": "said"}
WHY = {"why": "This is enough for me."}


@pytest.fixture
def made(api: httpx.Client, surgery: httpx.Client) -> httpx.Response:
    """A goal of somebody new, as it was added."""
    return api.post(f"/people/{new_person(surgery)}/goals", json=SAID)


def move(client: httpx.Client, of: httpx.Response, word: str, **said: Any) -> httpx.Response:
    where = at(of) if "Location" in of.headers else f"/people/{of.json()['person']}/goals"
    where = where if "Location" in of.headers else f"{where}/{of.json()['id']}"
    return client.post(f"{where}/{word}", json=said, headers=if_match(of))


def oneself(api_as: Clients, of: httpx.Response) -> httpx.Client:
    return api_as(f"person:{of.json()['person']}")


def test_a_goal_goes_its_way_in_the_persons_own_words(
    api_as: Clients, made: httpx.Response
) -> None:
    me = oneself(api_as, made)
    paused = move(me, made, "pause", why="Until the wrist is better")
    assert (paused.status_code, paused.json()["state"]) == (200, "paused")
    assert paused.json()["why"] == "Until the wrist is better"
    assert paused.json()["may_become"] == ["pick-up-again", "reached", "let-go"]
    again = move(me, paused, "pick-up-again")
    reached = move(me, again, "reached")
    assert (reached.json()["state"], reached.json()["going"]) == ("reached", "reached")
    let_go = move(me, move(me, reached, "pick-up-again"), "let-go", **WHY)
    assert (let_go.json()["state"], let_go.json()["why"]) == ("let-go", WHY["why"])
    assert let_go.json()["may_become"] == ["pick-up-again"]


def test_a_goal_that_is_planned_is_started(
    api: httpx.Client, api_as: Clients, surgery: httpx.Client
) -> None:
    planned = {**SAID, "state": "planned"}
    made = api.post(f"/people/{new_person(surgery)}/goals", json=planned)
    assert move(oneself(api_as, made), made, "start").json()["state"] == "active"


@pytest.mark.parametrize("word", get_args(GoalMove))
def test_from_every_state_each_move_is_made_or_the_ways_are_told(
    api_as: Clients, surgery: httpx.Client, word: GoalMove
) -> None:
    person = new_person(surgery)
    me = api_as(f"person:{person}")
    starts, end = MOVES[MOVE_BY_WORD[word]]
    for status in ("proposed", "planned", "accepted", "active", "on-hold", "completed"):
        body = goal(person, lifecycleStatus=status, statusReason="So it is")
        of = me.get(f"/people/{person}/goals/{surgery.post('/Goal', json=body).json()['id']}")
        answer = move(me, of, word, **WHY)
        if status in starts:
            assert answer.status_code == 200, answer.text
            assert surgery.get(f"/Goal/{of.json()['id']}").json()["lifecycleStatus"] == end
        else:
            assert answer.status_code == 422
            (fault,) = answer.json()["faults"]
            assert "field" not in fault
            assert fault["detail"].endswith(f"now: {', '.join(of.json()['may_become'])}.")


def test_pausing_and_letting_go_ask_why_at_the_field(api_as: Clients, made: httpx.Response) -> None:
    for word in ("pause", "let-go"):
        answer = move(oneself(api_as, made), made, word)
        assert (answer.status_code, answer.json()["faults"][0]["field"]) == (422, "why")


def test_another_tells_how_they_know_and_stands_for_it(
    api: httpx.Client, made: httpx.Response
) -> None:
    unknown = move(api, made, "let-go", **WHY)
    assert unknown.status_code == 422
    assert unknown.json()["faults"][0]["field"] == "how_we_know"
    clemmo = {"kind": "worker", "id": "clemmo-pascoe"}
    paused = move(api, made, "pause", **WHY, **KNOWN, said_by=clemmo)
    assert paused.json()["notes"][-1]["by"] == clemmo
    assert paused.json()["notes"][-1]["words"] == "Pause. They said it."
    person = {"kind": "person", "id": made.json()["person"]}
    again = move(api, paused, "pick-up-again", **KNOWN, said_by=person)
    assert again.json()["notes"][-1]["by"] == {"kind": "organisation", "id": "gp-surgery"}


def test_new_words_keep_those_before_with_who_said_them(
    api: httpx.Client, api_as: Clients, made: httpx.Response
) -> None:
    person = {"kind": "person", "id": made.json()["person"]}
    mine = move(oneself(api_as, made), made, "reword", words="Hear the gulls")
    assert mine.json()["words"] == "Hear the gulls"
    assert mine.json()["notes"][-1]["words"] == SAID["words"]
    assert mine.json()["notes"][-1]["by"] == person
    written = move(api, mine, "reword", words="Hear the bell", said_by=person, **KNOWN)
    assert (written.json()["said_by"], written.json()["how_we_know"]) == (person, {"how": "said"})
    own = move(api, written, "reword", words="Hear the buoy", **KNOWN)
    assert own.json()["said_by"] == person
    assert [one["words"] for one in own.json()["notes"]] == [
        SAID["words"],
        "Hear the gulls",
        "Hear the bell",
    ]


def test_how_much_it_matters_is_said_in_one_step(
    api: httpx.Client, api_as: Clients, made: httpx.Response
) -> None:
    mine = move(oneself(api_as, made), made, "prioritise", importance=9, priority="high")
    assert (mine.json()["importance"], mine.json()["priority"]) == (9, "high")
    assert "notes" not in mine.json()
    theirs = move(api, mine, "prioritise", confidence=2, **KNOWN)
    assert (theirs.json()["importance"], theirs.json()["confidence"]) == (9, 2)
    assert theirs.json()["notes"][-1]["words"] == "How much it matters. They said it."


def test_a_move_is_of_the_version_that_was_read_and_is_made_once(
    api_as: Clients, made: httpx.Response
) -> None:
    me, where = oneself(api_as, made), f"{at(made)}/pause"
    assert me.post(where, json=WHY).status_code == 428
    key = {"Idempotency-Key": str(uuid4()), **if_match(made)}
    first, second = (me.post(where, json=WHY, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert move(me, made, "let-go", **WHY).status_code == 412


def test_who_says_it_is_named_by_kind_and_id_and_is_there(
    api: httpx.Client, made: httpx.Response
) -> None:
    for said_by in ({"name": "Somebody"}, {"kind": "worker", "id": "nobody-here"}):
        for word, said in (("pause", WHY), ("reword", {"words": "Row"})):
            answer = move(api, made, word, **said, **KNOWN, said_by=said_by)
            assert answer.status_code == 422
            fields = [one["field"] for one in answer.json()["faults"]]
            assert all(one.startswith("said_by") for one in fields), answer.text


def test_nobody_moves_a_goal_that_is_not_theirs_to_see(
    api_as: Clients, surgery: httpx.Client, made: httpx.Response
) -> None:
    for stranger in (api_as("stranger-clinic"), api_as(f"person:{new_person(surgery)}")):
        assert move(stranger, made, "let-go", **WHY, **KNOWN).status_code == 404
    for one in (*get_args(GoalMove), "reword", "prioritise"):
        assert api_as(None).post(f"{at(made)}/{one}", json={}).status_code == 401


def test_a_supporter_speaks_for_themself_alone(
    api_as: Clients, surgery: httpx.Client, made: httpx.Response
) -> None:
    person = made.json()["person"]
    helper = stored(surgery, supporter(person)).partition("/")[2]
    son = api_as(f"supporter:{helper}")
    clemmo = {"kind": "worker", "id": "clemmo-pascoe"}
    refused = move(son, made, "pause", **WHY, **KNOWN, said_by=clemmo)
    assert (refused.status_code, refused.json()["faults"][0]["field"]) == (422, "said_by")
    told = move(son, made, "pause", **WHY, **KNOWN)
    assert told.json()["notes"][-1]["by"] == {"kind": "supporter", "id": helper}
