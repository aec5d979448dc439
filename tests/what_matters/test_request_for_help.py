"""A request for help goes its way in plain words, and is never lost."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Forbidden, Invalid
from app.fhir.library import BASE
from app.fhir.task_moves import may_follow
from app.what_matters.help_chain import Chain, chain_of
from app.what_matters.help_step import Deed, made
from app.what_matters.judgement import errors, issues_of
from app.what_matters.request_for_help import (
    OPEN,
    STEPS,
    Move,
    State,
    did_it_help,
    is_for_anyone,
    moves_of,
    state_of,
)
from tests.what_matters.cast import everybody

TAM, COUNCIL, LARDER = "Patient/tam", "Organization/council", "Organization/larder"
WELLA = "Practitioner/wella"
WHEN = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
REQUEST = {"resourceType": "ServiceRequest", "id": "rail", "status": "active"}


def task(status: str = "requested", owner: str | None = COUNCIL, **rest: Any) -> dict[str, Any]:
    body = {
        "resourceType": "Task",
        "id": "first",
        "meta": {"profile": [f"{BASE}/StructureDefinition/help-task"]},
        "status": status,
        "intent": "order",
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]
        },
        "focus": {"reference": "ServiceRequest/rail"},
        "for": {"reference": TAM},
        "authoredOn": "2026-10-01T10:00:00Z",
        "requester": {"reference": WELLA},
        **rest,
    }
    return body if owner is None else body | {"owner": {"reference": owner}}


def at(stage: str) -> dict[str, Any]:
    return {
        "businessStatus": {
            "coding": [{"system": f"{BASE}/CodeSystem/request-stage", "code": stage}]
        }
    }


def by(who: str, move: Move, words: str = "We cannot reach it.") -> Deed:
    return Deed(move, (who,), WHEN, words)


def then(
    given: dict[str, Any], who: str, move: Move, to: str | None = None
) -> list[dict[str, Any]]:
    return list(made(given, by(who, move), to))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (task("draft"), "not asked yet"),
        (task("requested"), "asked"),
        (task("received"), "offered"),
        (task("accepted"), "taken on"),
        (task("in-progress"), "under way"),
        (task("on-hold"), "waiting"),
        (task("completed"), "done"),
        (task("completed", **at("told-back")), "told back"),
        (task("completed", **at("confirmed")), "that helped"),
        (task("rejected", **at("declined")), "declined"),
        (task("rejected", **at("passed-on")), "passed on"),
        (task("cancelled", **at("passed-on")), "passed on"),
        (task("failed"), "could not be done"),
        (task("cancelled"), "taken back"),
        (task("entered-in-error"), "a mistake"),
    ],
)
def test_where_it_has_got_to_is_said_in_plain_words(given: dict[str, Any], words: str) -> None:
    assert state_of(given) == words


@pytest.mark.parametrize("move", Move)
def test_every_move_gives_a_task_that_is_right_and_may_follow(move: Move) -> None:
    for state in STEPS[move].starts:
        status = next(one for one in BY_STATE if state_of(BY_STATE[one]) is state)
        before = BY_STATE[status]
        who = {"asker": TAM, "helper": COUNCIL, "owner": COUNCIL}[STEPS[move].side]
        for after in then(before, who, move):
            was = before if after.get("id") == before["id"] else None
            assert errors(issues_of(after, before=was)) == [], (move, state)


BY_STATE = {
    "draft": task("draft"),
    "requested": task("requested"),
    "received": task("received"),
    "accepted": task("accepted"),
    "in-progress": task("in-progress"),
    "on-hold": task("on-hold", statusReason={"text": "The post is empty."}),
    "completed": task("completed"),
    "told-back": task("completed", **at("told-back")),
}


def test_a_move_leaves_the_task_it_is_given_as_it_was() -> None:
    before = task()
    kept = deepcopy(before)
    then(before, COUNCIL, Move.PASS_ON, LARDER)
    assert before == kept


def test_whoever_takes_on_what_was_asked_of_nobody_has_it() -> None:
    deed = Deed(Move.TAKE_ON, ("Practitioner/keren", LARDER), WHEN)
    (after,) = made(task(owner=None), deed)
    assert after["owner"] == {"reference": LARDER}
    assert state_of(after) is State.TAKEN_ON


def test_what_is_asked_of_nobody_is_for_anyone_to_take_on() -> None:
    assert is_for_anyone(task(owner=None))
    assert not is_for_anyone(task())
    assert moves_of(task(owner=None), frozenset([LARDER])) == (
        Move.OFFER,
        Move.TAKE_ON,
        Move.PASS_ON,
    )


def test_nobody_says_no_for_all_the_others() -> None:
    with pytest.raises(Forbidden):
        then(task(owner=None), LARDER, Move.DECLINE)


@pytest.mark.parametrize("move", [Move.TAKE_ON, Move.DECLINE, Move.PASS_ON])
def test_what_is_asked_of_one_is_not_for_another_to_answer(move: Move) -> None:
    with pytest.raises(Forbidden, match="whoever is asked"):
        then(task(), LARDER, move)


@pytest.mark.parametrize("move", [Move.HELPED, Move.NOT_YET, Move.TAKE_BACK])
def test_whether_it_helped_and_whether_it_is_needed_is_for_the_person_to_say(move: Move) -> None:
    with pytest.raises(Forbidden, match="whoever asked"):
        then(task("completed"), COUNCIL, move)


@pytest.mark.parametrize("move", [one for one in Move if STEPS[one].needs_a_reason])
def test_no_and_not_yet_are_said_with_a_reason(move: Move) -> None:
    who = TAM if STEPS[move].side == "asker" else COUNCIL
    with pytest.raises(Invalid, match="Say why"):
        made(
            task("accepted" if State.TAKEN_ON in STEPS[move].starts else "requested"),
            Deed(move, (who,), WHEN, " "),
        )


def test_a_move_that_cannot_be_made_from_here_says_which_can() -> None:
    with pytest.raises(Invalid, match="What may come next: offer, take on, decline, pass on"):
        then(task(), COUNCIL, Move.DONE)


@pytest.mark.parametrize("status", ["requested", "received", "accepted", "in-progress", "on-hold"])
def test_what_is_passed_on_goes_on_as_a_task_that_is_part_of_the_old_one(status: str) -> None:
    secret = {"security": [{"system": f"{BASE}/CodeSystem/label", "code": "just-us"}]}
    before = BY_STATE[status] | {"description": "A rail"}
    before["meta"] = before["meta"] | secret
    old, following = then(before, COUNCIL, Move.PASS_ON, LARDER)
    assert state_of(old) is State.PASSED_ON
    assert old["statusReason"] == {"text": "We cannot reach it."}
    assert state_of(following) is State.ASKED
    assert following["partOf"] == [{"reference": "Task/first"}]
    assert following["owner"] == {"reference": LARDER}
    assert following["description"] == "A rail"
    assert following["meta"]["security"] == secret["security"]
    assert "id" not in following


def test_whoever_passes_it_on_does_not_become_the_one_who_asked() -> None:
    _, following = then(task(), COUNCIL, Move.PASS_ON, LARDER)
    done = following | {"id": "second", "status": "completed"}
    assert Move.HELPED in moves_of(done, frozenset([WELLA]))
    assert moves_of(done, frozenset([COUNCIL])) == ()


def test_what_is_passed_on_to_nobody_in_particular_is_for_anyone() -> None:
    _, following = then(task(), COUNCIL, Move.PASS_ON)
    assert is_for_anyone(following)


def test_what_has_not_helped_yet_is_asked_again_of_whoever_had_it() -> None:
    old, again = then(task("completed", **at("told-back")), TAM, Move.NOT_YET)
    assert (state_of(old), did_it_help(old)) == (State.NOT_YET, False)
    assert (state_of(again), again["owner"]) == (State.ASKED, {"reference": COUNCIL})


def test_what_helped_says_so() -> None:
    (after,) = then(task("completed"), TAM, Move.HELPED)
    assert (state_of(after), did_it_help(after)) == (State.HELPED, True)


def test_the_table_promises_no_status_that_the_definition_refuses() -> None:
    for move, step in STEPS.items():
        for state in step.starts:
            before = next(one for one in BY_STATE.values() if state_of(one) is state)
            status = "cancelled" if move is Move.PASS_ON else step.status
            assert may_follow(before["status"], step.status) or may_follow(before["status"], status)


class World:
    """A request as it goes from hand to hand: ids are given here, as the record would."""

    def __init__(self) -> None:
        self.tasks = {"first": task(owner=None)}

    @property
    def chain(self) -> Chain:
        return chain_of(REQUEST, self.tasks.values())

    def make(self, id: str, deed: Deed, to: str | None) -> None:
        after, *following = made(self.tasks[id], deed, to)
        self.tasks[id] = after
        for one in following:
            self.tasks[f"t{len(self.tasks)}"] = one | {"id": f"t{len(self.tasks)}"}


plays = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from(Move),
        st.sampled_from([TAM, WELLA, COUNCIL, LARDER]),
        st.sampled_from([None, COUNCIL, LARDER]),
    ),
    max_size=14,
)


@given(plays)
def test_whatever_is_done_with_it_somebody_has_it_or_it_is_told_as_unanswered(
    play: list[tuple[int, Move, str, str | None]],
) -> None:
    world = World()
    for n, (which, move, who, to) in enumerate(play):
        id = list(world.tasks)[which % len(world.tasks)]
        before = world.tasks[id]
        deed = Deed(move, (who,), WHEN + timedelta(hours=n), "Because.")
        if move in moves_of(before, frozenset([who])):
            world.make(id, deed, to)
            assert errors(issues_of(world.tasks[id], before=before)) == []
        else:
            with pytest.raises((Forbidden, Invalid)):
                made(before, deed, to)
        ends = world.chain.states
        is_seen_to = any(
            state in OPEN or state in (State.DONE, State.TOLD_BACK, State.HELPED) for state in ends
        )
        assert is_seen_to or not world.chain.is_answered or set(ends) == {State.TAKEN_BACK}
    follows = sum("partOf" in one for one in world.tasks.values())
    assert follows == len(world.tasks) - 1
    assert world.chain.hand_offs <= follows


def test_every_task_of_the_cast_has_got_somewhere() -> None:
    found = {state_of(one) for link, one in everybody().items() if link.startswith("Task/")}
    assert State.MISTAKE not in found
    assert {State.ASKED, State.WAITING, State.HELPED, State.DECLINED} <= found


def test_whoever_has_it_keeps_it_and_who_takes_it_back_does_not_get_it() -> None:
    (going,) = made(task("accepted"), Deed(Move.START, (COUNCIL, LARDER), WHEN))
    assert going["owner"] == {"reference": COUNCIL}
    (over,) = then(task(owner=None), TAM, Move.TAKE_BACK)
    assert "owner" not in over
