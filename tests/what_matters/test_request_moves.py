"""What a move of a request writes: every state and every move, by the table, and nothing lost."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Forbidden, Invalid, Refusal
from app.fhir.library import BASE
from app.what_matters.judgement import errors, issues_of
from app.what_matters.request_for_help import GIVEN_BACK, OPEN, STEPS, Side, State, state_of
from app.what_matters.shapes.request_moves import Moving, writes_of
from app.what_matters.shapes.request_told import Whole, may_become, told_whole
from app.what_matters.shapes.request_words import RequestMove
from tests.what_matters.test_request_for_help import BY_STATE, COUNCIL, LARDER, TAM, at, task

Json = dict[str, Any]
WHEN = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
WORDS: tuple[str, ...] = get_args(RequestMove)
REQUEST: Json = {
    "resourceType": "ServiceRequest",
    "id": "rail",
    "meta": {"profile": [f"{BASE}/StructureDefinition/request-for-help"], "versionId": "1"},
    "status": "active",
    "intent": "order",
    "code": {"text": "A handrail"},
    "subject": {"reference": TAM},
    "requester": {"reference": TAM},
    "performer": [{"reference": COUNCIL}],
    "authoredOn": "2026-10-01T10:00:00Z",
}
STATES: dict[str, Json] = {
    **BY_STATE,
    "rejected": task("rejected", **at("declined"), statusReason={"text": "No room."}),
    "passed-on": task("rejected", **at("passed-on"), statusReason={"text": "No room."}),
    "failed": task("failed", **at("declined"), statusReason={"text": "It broke."}),
    "cancelled": task("cancelled", statusReason={"text": "Not needed."}),
    "confirmed": task("completed", **at("confirmed")),
}


def whole(one: Json) -> Whole:
    return Whole(deepcopy(REQUEST), (deepcopy(one),), ())


def moving(word: str, who: str, **rest: Any) -> Moving:
    helped = {"helped": True} if word == "confirm" else {}
    return Moving(word, (who,), WHEN, "We cannot reach it.", **{**helped, **rest})


def after(before: Whole, made: list[Json]) -> Whole:
    """As the record would have it: each version counted."""
    stored = []
    for one in made:
        version = int(one.get("meta", {}).get("versionId", 0)) + 1
        meta = {**one.get("meta", {}), "versionId": str(version)}
        stored.append({**one, "meta": meta})
    return before.with_written(stored)


def side_of(word: str) -> tuple[Side, frozenset[State]]:
    if word == "ask-again":
        return Side.ASKER, GIVEN_BACK
    step = STEPS[moving(word, TAM).move]
    return step.side, step.starts


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("who", [TAM, COUNCIL, LARDER])
def test_a_move_is_made_where_the_table_has_it_and_for_whom(
    state: str, word: str, who: str
) -> None:
    before = whole(STATES[state])
    side, starts = side_of(word)
    theirs = who == TAM if side is Side.ASKER else who == COUNCIL
    is_possible = state_of(STATES[state]) in starts
    assert (word in may_become(before, frozenset((who,)))) == (is_possible and theirs)
    if is_possible and theirs:
        made = writes_of(before, moving(word, who), "abcdefgh").resources
        for one in made:
            was = next((o for o in (*before.tasks, before.request) if o["id"] == one["id"]), None)
            assert errors(issues_of({**one}, before=was)) == []
        return
    with pytest.raises(Forbidden if is_possible else Invalid) as refused:
        writes_of(before, moving(word, who), "abcdefgh")
    if not is_possible:
        assert "What you may do now: " in refused.value.issues[0].text


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.booleans(), st.booleans()), max_size=14))
def test_however_it_goes_nothing_of_it_is_lost(steps: list[tuple[str, bool, bool]]) -> None:
    now = whole(task())
    for n, (word, helped, to_larder) in enumerate(steps):
        asked = moving(word, TAM, to=LARDER if to_larder else None)
        asked = replace(asked, helped=helped) if word == "confirm" else asked
        for who in (TAM, COUNCIL, LARDER):
            try:
                made = writes_of(
                    now, replace(asked, who=(who,)), [f"new-{n}-{i}" for i in range(8)]
                )
            except Refusal:
                continue
            before, now = now, after(now, made.resources)
            assert now.version > before.version
            assert {one["id"] for one in before.tasks} <= {one["id"] for one in now.tasks}
            assert now.chain.hand_offs < len(now.tasks)
            break
    told = told_whole(now, WHEN)
    assert len(told["steps"]) == len(now.tasks)
    assert all(one["for"] == {"reference": TAM} for one in now.tasks)
    if now.request["status"] != "active":
        assert not any(state in OPEN for state in now.chain.states)
    if told["state"] not in ("that-helped", "taken-back"):
        assert now.request["status"] == "active"


def test_who_is_asked_now_stands_in_the_request_and_who_said_no_does_not() -> None:
    no = writes_of(whole(task()), moving("decline", COUNCIL), "abc").resources
    assert "performer" not in no[0]
    on = writes_of(whole(task()), moving("pass-on", COUNCIL, to=LARDER), "abc").resources
    assert on[0]["performer"] == [{"reference": LARDER}]


def test_taking_it_back_takes_it_back_from_everyone_who_was_asked() -> None:
    both = Whole(deepcopy(REQUEST), (task(), task(owner=LARDER, id="second")), ())
    made = writes_of(both, moving("take-back", TAM), "abc").resources
    assert [one["status"] for one in made] == ["revoked", "cancelled", "cancelled"]


def test_where_several_were_asked_a_move_says_which_step() -> None:
    both = Whole(deepcopy(REQUEST), (task("completed"), task("completed", id="second")), ())
    with pytest.raises(Invalid, match="which step"):
        writes_of(both, moving("confirm", TAM), "abc")
    made = writes_of(both, moving("confirm", TAM, step="second"), "abc").resources
    assert [one["id"] for one in made if one["resourceType"] == "Task"] == ["second"]


def test_the_name_of_a_worker_opens_no_door() -> None:
    claimed = Moving("take-back", ("Practitioner/wella", LARDER), WHEN, "Not needed.")
    with pytest.raises(Forbidden):
        writes_of(whole(task()), claimed, "abc")
