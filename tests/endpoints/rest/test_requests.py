"""Requests for help over the plain API: one thing, whatever it is made of, and never lost."""

from collections.abc import Callable
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.endpoints.rest.helping import (
    ASKED,
    BEFRIENDERS,
    COUNCIL,
    NO_ROOM,
    ask,
    move,
    states,
    where,
)
from tests.endpoints.rest.test_goals import SAID, at, if_match

Json = dict[str, Any]
Clients = Callable[..., httpx.Client]


def test_a_person_asks_in_their_own_words_and_whoever_is_asked_may_see_them(
    me: httpx.Client, asker: str, befrienders: httpx.Client
) -> None:
    assert befrienders.get(f"/people/{asker}").status_code == 404
    goal = me.post(f"/people/{asker}/goals", json=SAID).json()["id"]
    said = {
        "why": "I would go if there was somebody on the other side of me.",
        "about_goals": [goal],
        "how_soon": "soon",
        "by_when": "2099-05-01",
        "of": BEFRIENDERS,
    }
    made = ask(me, asker, **said)
    told = befrienders.get(at(made)).json()
    assert {name: told[name] for name in said} == said
    assert (told["state"], told["is_answered"], told["hand_offs"]) == ("asked", False, 0)
    assert told["asked_by"] == {"kind": "person", "id": asker}
    assert told["may_become"] == ["offer", "accept", "decline", "pass-on"]
    assert made.json()["may_become"] == ["take-back"]


def test_it_is_a_request_and_a_task_at_the_fhir_door(
    me: httpx.Client, asker: str, surgery: httpx.Client
) -> None:
    made = ask(me, asker, of=BEFRIENDERS, do_not_contact="I will ring on a Friday.")
    request = surgery.get(f"/ServiceRequest/{made.json()['id']}").json()
    assert request["code"] == {"text": ASKED["words"]}
    assert request["orderDetail"][0]["text"] == "I will ring on a Friday."
    task = surgery.get(f"/Task/{made.json()['steps'][0]['id']}").json()
    assert task["focus"] == {"reference": f"ServiceRequest/{request['id']}"}
    assert task["owner"] == {"reference": "Organization/harbour-befriending"}
    assert [one["meta"]["profile"][0].rpartition("/")[2] for one in (request, task)] == [
        "request-for-help",
        "help-task",
    ]


def test_what_is_needed_again_and_again_says_how_often(
    me: httpx.Client, asker: str, befrienders: httpx.Client, surgery: httpx.Client
) -> None:
    every = {"count": 30, "unit": "days", "at": ["10:30"]}
    made = ask(me, asker, of=BEFRIENDERS, every=every)
    request = surgery.get(f"/ServiceRequest/{made.json()['id']}").json()
    repeat = {"period": 30, "periodUnit": "d", "timeOfDay": ["10:30:00"]}
    assert request["occurrenceTiming"] == {"repeat": repeat}
    assert befrienders.get(at(made)).json()["every"] == every
    (row,) = [
        one
        for one in befrienders.get("/requests", params={"limit": 200}).json()["entries"]
        if one["id"] == request["id"]
    ]
    assert row["every"] == every
    wrong = {**ASKED, "every": {"count": 0, "unit": "days"}}
    refused = me.post(f"/people/{asker}/requests", json=wrong)
    assert [one["field"] for one in refused.json()["faults"]] == ["every.count"]


def test_a_request_goes_all_its_way_and_the_person_says_that_it_helped(
    me: httpx.Client, asker: str, befrienders: httpx.Client, surgery: httpx.Client
) -> None:
    made = ask(me, asker, of=BEFRIENDERS)
    metheven = {"kind": "worker", "id": "metheven-curnow"}
    of = move(befrienders, made, "offer", words="We will look.", by=metheven)
    assert of.json()["steps"][0]["notes"][0]["by"] == metheven
    of = move(befrienders, of, "accept")
    of = move(befrienders, of, "start")
    of = move(befrienders, of, "wait", words="Clemmo is away until Monday.")
    assert (of.json()["state"], of.json()["steps"][0]["why"]) == (
        "waiting",
        "Clemmo is away until Monday.",
    )
    of = move(befrienders, move(befrienders, of, "start"), "done")
    of = move(befrienders, of, "tell-back", words="Clemmo comes on Wednesdays.", how="Phone call")
    assert of.json()["state"] == "told-back"
    of = move(me, of, "confirm", helped=True, words="He knows when to look at a boat.")
    assert (of.status_code, of.json()["state"]) == (200, "that-helped")
    assert [(one["what"], one["words"]) for one in of.json()["said"]] == [
        ("Told back", "Clemmo comes on Wednesdays."),
        ("Confirmed", "He knows when to look at a boat."),
    ]
    request = surgery.get(f"/ServiceRequest/{of.json()['id']}").json()
    assert request["status"] == "completed"
    task = surgery.get(f"/Task/{of.json()['steps'][0]['id']}").json()
    told_back = task["output"][0]["valueReference"]["reference"]
    answer = surgery.get(f"/Communication?subject=Patient/{asker}&category:text=Confirmed")
    assert task["businessStatus"]["text"] == "Person has confirmed"
    assert surgery.get(f"/{told_back}").json()["medium"] == [{"text": "Phone call"}]
    assert answer.status_code == 200
    assert befrienders.get(where(of)).status_code == 404


def test_not_yet_asks_the_same_one_again(
    me: httpx.Client, asker: str, befrienders: httpx.Client
) -> None:
    of = move(befrienders, ask(me, asker, of=BEFRIENDERS), "accept")
    of = move(befrienders, move(befrienders, of, "done"), "tell-back", words="Clemmo came.")
    of = move(me, of, "confirm", helped=False, words="Only once.")
    assert states(of) == ["not-yet", "asked"]
    assert (of.json()["state"], of.json()["hand_offs"]) == ("asked", 0)
    assert of.json()["steps"][1]["of"] == BEFRIENDERS
    assert "accept" in befrienders.get(where(of)).json()["may_become"]


def test_what_is_declined_stays_with_the_person_who_may_ask_another(
    me: httpx.Client, asker: str, befrienders: httpx.Client, council: httpx.Client
) -> None:
    made = ask(me, asker, of=BEFRIENDERS, by_when="2099-01-01")
    declined = move(befrienders, made, "decline", **NO_ROOM)
    assert declined.status_code == 200
    assert befrienders.get(where(made)).status_code == 404
    mine = me.get(where(made))
    assert (mine.json()["state"], mine.json()["steps"][0]["why"]) == (
        "declined",
        NO_ROOM["words"],
    )
    assert mine.json()["may_become"] == ["ask-again"]
    unanswered = me.get(f"/people/{asker}/requests", params={"which": "unanswered"}).json()
    assert [one["id"] for one in unanswered["entries"]] == [mine.json()["id"]]
    again = move(me, mine, "ask-again", of=COUNCIL)
    assert (states(again), again.json()["hand_offs"]) == (["declined", "asked"], 1)
    assert again.json()["by_when"] == "2099-01-01"
    taken = move(council, again, "accept")
    assert (taken.json()["state"], taken.json()["is_answered"]) == ("taken-on", True)


def test_what_is_passed_on_is_counted_and_whoever_passed_it_on_is_out_of_it(
    me: httpx.Client, asker: str, befrienders: httpx.Client, council: httpx.Client
) -> None:
    of = move(befrienders, ask(me, asker, of=BEFRIENDERS), "accept")
    of = move(befrienders, of, "pass-on", words="The council has the bus.", to=COUNCIL)
    assert (states(of), of.json()["hand_offs"]) == (["passed-on", "asked"], 1)
    assert befrienders.get(where(of)).status_code == 404
    assert council.get(where(of)).json()["steps"][1]["of"] == COUNCIL
    anyone = move(council, council.get(where(of)), "pass-on", words="It is full.")
    assert (anyone.json()["hand_offs"], anyone.json()["state"]) == (2, "asked")
    assert "of" not in anyone.json()["steps"][2]
    assert me.get(where(of)).json()["asked_by"] == {"kind": "person", "id": asker}


def test_of_two_who_take_on_at_once_one_has_it_and_the_other_is_told(
    me: httpx.Client, asker: str, api: httpx.Client, council: httpx.Client
) -> None:
    for _ in range(3):
        made = ask(me, asker)
        answers: list[httpx.Response] = []

        def take(
            client: httpx.Client,
            made: httpx.Response = made,
            answers: list[httpx.Response] = answers,
        ) -> None:
            answers.append(move(client, made, "accept"))

        both = [Thread(target=take, args=(one,)) for one in (api, council)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert sorted(one.status_code for one in answers) == [200, 412]
        late = next(one for one in answers if one.status_code == 412)
        assert "taking it on" in late.json()["detail"]
        won = next(one for one in answers if one.status_code == 200)
        assert me.get(where(made)).json()["steps"][0]["of"] == won.json()["steps"][0]["of"]


def test_a_step_that_cannot_be_taken_says_which_can(
    me: httpx.Client, asker: str, befrienders: httpx.Client
) -> None:
    of = move(befrienders, ask(me, asker, of=BEFRIENDERS), "accept")
    refused = move(befrienders, of, "tell-back", words="Done.")
    assert refused.status_code == 422
    assert refused.json()["detail"] == (
        "This request is: taken-on. What you may do now: pass-on, start, wait, done, "
        "could-not-be-done."
    )
    assert move(befrienders, of, "wait").json()["faults"][0]["field"] == "words"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("accept", {}),
        ("decline", NO_ROOM),
        ("pass-on", NO_ROOM),
    ],
)
def test_what_is_asked_of_one_is_not_for_another_to_answer(
    me: httpx.Client, asker: str, council: httpx.Client, word: str, said: Json
) -> None:
    made = ask(me, asker, of=BEFRIENDERS)
    for other in (council, me):
        answer = move(other, made, word, **said)
        assert answer.status_code == 403, answer.text
        assert "whoever is asked" in answer.json()["detail"]


def test_whoever_helps_does_not_say_that_it_helped_nor_takes_it_back(
    me: httpx.Client, asker: str, befrienders: httpx.Client
) -> None:
    of = move(befrienders, ask(me, asker, of=BEFRIENDERS), "accept")
    assert move(befrienders, of, "take-back", words="Not needed.").status_code == 403
    of = move(befrienders, of, "done")
    worker = {"by": {"kind": "worker", "id": "clemmo-pascoe"}}
    claims: list[Json] = [{}, {"by": {"kind": "person", "id": asker}}, {"how_we_know": "said"}]
    for claimed in (*claims, worker):
        answer = move(befrienders, of, "confirm", helped=True, **claimed)
        assert answer.status_code in (403, 422), answer.text
    assert me.get(where(of)).json()["state"] == "done"


def test_who_wrote_it_down_for_the_person_may_say_what_they_say_of_it(
    api: httpx.Client, asker: str, council: httpx.Client, surgery: httpx.Client
) -> None:
    myself = {"kind": "person", "id": asker}
    made = ask(api, asker, of=COUNCIL, asked_by=myself)
    assert made.json()["asked_by"] == myself
    of = move(council, move(council, made, "accept"), "done")
    assert "confirm" not in of.json()["may_become"]
    mine = api.get(where(of))
    assert mine.json()["may_become"] == ["confirm"]
    unknown = move(api, mine, "confirm", helped=True)
    assert [one["field"] for one in unknown.json()["faults"]] == ["how_we_know"]
    known = move(api, mine, "confirm", helped=True, words="Very good.", how_we_know="said")
    assert known.json()["state"] == "that-helped"
    assert known.json()["said"][-1]["words"] == "Very good. (They said it.)"
    assert known.json()["said"][-1]["by"] == myself


def test_whoever_is_named_is_named_by_kind_and_id_or_refused(
    me: httpx.Client, asker: str, council: httpx.Client
) -> None:
    made = ask(me, asker)
    name = {"name": "Somebody at the council"}
    for word, said in (("pass-on", {**NO_ROOM, "to": name}), ("accept", {"by": name})):
        assert move(council, made, word, **said).status_code == 422
    assert me.post(f"/people/{asker}/requests", json={**ASKED, "of": name}).status_code == 422
    asked = me.post(f"/people/{asker}/requests", json={**ASKED, "asked_by": name})
    assert asked.json()["faults"][0]["field"] == "asked_by"
    half = me.post(f"/people/{asker}/requests", json={**ASKED, "asked_by": {"id": "x"}})
    assert (half.status_code, half.json()["faults"][0]["field"]) == (422, "asked_by")
    clemmo = {"kind": "worker", "id": "clemmo-pascoe"}
    mine = move(me, made, "take-back", words="Not needed.", by=clemmo)
    assert (mine.status_code, mine.json()["faults"][0]["field"]) == (422, "by")


def test_a_request_is_taken_back_with_the_reason(
    me: httpx.Client, asker: str, befrienders: httpx.Client, surgery: httpx.Client
) -> None:
    of = ask(me, asker, of=BEFRIENDERS)
    back = move(me, of, "take-back", words="My sister is coming.")
    assert (back.json()["state"], back.json()["may_become"]) == ("taken-back", [])
    request = surgery.get(f"/ServiceRequest/{of.json()['id']}").json()
    assert (request["status"], request["note"][0]["text"]) == ("revoked", "My sister is coming.")
    assert befrienders.get(where(of)).status_code == 404
    assert me.get(f"/people/{asker}/requests").json() == {"entries": []}
    every = me.get(f"/people/{asker}/requests", params={"which": "all"}).json()["entries"]
    assert [one["state"] for one in every] == ["taken-back"]


def test_a_move_is_of_the_version_that_was_read_and_is_made_once(
    me: httpx.Client, asker: str, council: httpx.Client
) -> None:
    made = ask(me, asker, of=COUNCIL)
    assert council.post(f"{where(made)}/accept", json={}).status_code == 428
    key = {"Idempotency-Key": str(uuid4()), **if_match(made)}
    first, second = (council.post(f"{where(made)}/accept", json={}, headers=key) for _ in "ab")
    assert (first.status_code, second.status_code) == (200, 200), second.text
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    late = move(council, made, "decline", **NO_ROOM)
    assert late.status_code == 412


def test_asking_twice_with_one_key_asks_once(me: httpx.Client, asker: str) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    path = f"/people/{asker}/requests"
    first, second = (me.post(path, json=ASKED, headers=key) for _ in "ab")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert len(me.get(path).json()["entries"]) == 1


def test_what_a_partner_asks_as_fhir_and_without_a_task_can_be_taken_on(
    surgery: httpx.Client, asker: str, council: httpx.Client
) -> None:
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": {"text": "A handrail"},
        "subject": {"reference": f"Patient/{asker}"},
        "authoredOn": "2026-03-05T14:45:00Z",
        "performer": [{"reference": "Organization/council-care"}],
        "bodySite": [{"text": "A partner's own"}],
    }
    id = surgery.post("/ServiceRequest", json=request).json()["id"]
    told = council.get(f"/people/{asker}/requests/{id}")
    assert (told.json()["state"], told.json()["also"]) == (
        "asked",
        {"bodySite": [{"text": "A partner's own"}]},
    )
    taken = move(council, told, "accept")
    assert (taken.status_code, taken.json()["state"]) == (200, "taken-on"), taken.text
