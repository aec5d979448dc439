"""A request for help: where it has got to in plain words, what may happen next, and who does it.

Spec: https://hl7.org/fhir/R4/task.html, fhir_profiles/StructureDefinition/help-task.json. Which
status may follow which is in the code system help-task-moves; this adds the words, and what the
person has heard (Task.businessStatus). How a move is made is in help_step.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import has_coding, node_at, nodes, text
from app.what_matters.links import linked

STAGES = f"{BASE}/CodeSystem/request-stage"


class State(StrEnum):
    """Where the work on a request has got to."""

    NOT_ASKED_YET = "not asked yet"
    ASKED = "asked"
    OFFERED = "offered"
    TAKEN_ON = "taken on"
    UNDER_WAY = "under way"
    WAITING = "waiting"
    DONE = "done"
    TOLD_BACK = "told back"
    HELPED = "that helped"
    NOT_YET = "not yet"
    DECLINED = "declined"
    PASSED_ON = "passed on"
    NOT_DONE = "could not be done"
    TAKEN_BACK = "taken back"
    MISTAKE = "a mistake"


OPEN = frozenset((State.ASKED, State.OFFERED, State.TAKEN_ON, State.UNDER_WAY, State.WAITING))
HAD = frozenset((State.TAKEN_ON, State.UNDER_WAY, State.WAITING))
GIVEN_BACK = frozenset((State.DECLINED, State.NOT_DONE))  # whoever asked may ask another
_UNANSWERED = frozenset((State.ASKED, State.OFFERED))
_STATE_BY_STATUS: Mapping[str, State] = MappingProxyType(
    {
        "draft": State.NOT_ASKED_YET,
        "requested": State.ASKED,
        "received": State.OFFERED,
        "accepted": State.TAKEN_ON,
        "in-progress": State.UNDER_WAY,
        "on-hold": State.WAITING,
        "completed": State.DONE,
        "rejected": State.DECLINED,
        "failed": State.NOT_DONE,
        "cancelled": State.TAKEN_BACK,
    }
)


class Move(StrEnum):
    """What may happen to it next."""

    ASK = "ask"
    OFFER = "offer"
    TAKE_ON = "take on"
    DECLINE = "decline"
    PASS_ON = "pass on"  # noqa: S105  (two words, and no password)
    START = "start"
    WAIT = "wait"
    DONE = "done"
    NOT_DONE = "could not be done"
    TELL_BACK = "tell back"
    HELPED = "that helped"
    NOT_YET = "not yet"
    TAKE_BACK = "take back"


class Side(StrEnum):
    """Who makes a move: the person or whoever asked for them; whoever is asked, which is anyone
    where nobody is named; or whoever is named, so that nobody says no for all the others."""

    ASKER = "asker"
    HELPER = "helper"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table of moves. status, stage: of the Task afterwards; stage None leaves it
    as it was."""

    starts: frozenset[State]
    status: str
    stage: str | None
    side: Side
    needs_a_reason: bool = False


STEPS: Mapping[Move, Step] = MappingProxyType(
    {
        Move.ASK: Step(frozenset((State.NOT_ASKED_YET,)), "requested", "asked", Side.ASKER),
        Move.OFFER: Step(frozenset((State.ASKED,)), "received", "asked", Side.HELPER),
        Move.TAKE_ON: Step(_UNANSWERED, "accepted", "accepted", Side.HELPER),
        Move.DECLINE: Step(_UNANSWERED, "rejected", "declined", Side.OWNER, True),
        Move.PASS_ON: Step(_UNANSWERED | HAD, "rejected", "passed-on", Side.HELPER, True),
        Move.START: Step(HAD - {State.UNDER_WAY}, "in-progress", None, Side.OWNER),
        Move.WAIT: Step(HAD - {State.WAITING}, "on-hold", None, Side.OWNER, True),
        Move.DONE: Step(HAD, "completed", None, Side.OWNER),
        Move.NOT_DONE: Step(HAD, "failed", "declined", Side.OWNER, True),
        Move.TELL_BACK: Step(frozenset((State.DONE,)), "completed", "told-back", Side.OWNER),
        Move.HELPED: Step(
            frozenset((State.DONE, State.TOLD_BACK)), "completed", "confirmed", Side.ASKER
        ),
        Move.NOT_YET: Step(
            frozenset((State.DONE, State.TOLD_BACK)), "completed", "confirmed", Side.ASKER
        ),
        Move.TAKE_BACK: Step(
            _UNANSWERED | HAD | {State.NOT_ASKED_YET}, "cancelled", None, Side.ASKER, True
        ),
    }
)


def state_of(task: Json) -> State:
    """Where the work on a request has got to, by its status and what the person has heard."""
    state = _STATE_BY_STATUS.get(text(task, "status") or "", State.MISTAKE)
    stages = [
        text(one, "code")
        for one in nodes(node_at(task, "businessStatus"), "coding")
        if one.get("system") == STAGES
    ]
    if "passed-on" in stages and state in (State.DECLINED, State.NOT_DONE, State.TAKEN_BACK):
        return State.PASSED_ON
    if state is State.DONE and "confirmed" in stages:
        return State.NOT_YET if did_it_help(task) is False else State.HELPED
    return State.TOLD_BACK if state is State.DONE and "told-back" in stages else state


def did_it_help(task: Json) -> bool | None:
    """What the person said of it; None where they did not say yes or no."""
    for one in nodes(task, "output"):
        if has_coding(one, "type", STAGES, frozenset(("confirmed",))):
            answer = one.get("valueBoolean")
            return answer if type(answer) is bool else None
    return None


def moves_of(task: Json, who: frozenset[str]) -> tuple[Move, ...]:
    """What those who are asking may do next."""
    state = state_of(task)
    return tuple(
        move for move, step in STEPS.items() if state in step.starts and is_on(step.side, task, who)
    )


def is_for_anyone(task: Json) -> bool:
    """Whether nobody has it, and whoever may see it may take it on."""
    return state_of(task) is State.ASKED and "owner" not in task


def is_on(side: Side, task: Json, who: frozenset[str]) -> bool:
    """Whether those who act stand on this side. Nobody who asked is the helper of their own
    request, unless it was handed to them."""
    askers = frozenset((*linked(task, "requester"), *linked(task, "for")))
    owner = frozenset(linked(task, "owner"))
    if side is Side.ASKER:
        return bool(who & askers)
    return (
        bool(who & owner)
        if owner or side is Side.OWNER
        else not who & frozenset(linked(task, "for"))
    )
