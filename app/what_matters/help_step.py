"""A move of a request for help as it is made: the Task afterwards, and the next one where it goes
on elsewhere, so that nothing of it is ever lost.

Spec: https://hl7.org/fhir/R4/task.html, fhir_profiles/StructureDefinition/help-task.json
"""

from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

from app.errors import Forbidden, Invalid, Issue
from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes
from app.fhir.task_moves import may_follow
from app.what_matters.links import link_of, linked
from app.what_matters.request_for_help import (
    GIVEN_BACK,
    HAD,
    STAGES,
    STEPS,
    Move,
    Side,
    is_on,
    moves_of,
    state_of,
)

HELP_TASK = f"{BASE}/StructureDefinition/help-task"
_FULFIL = {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]}
_STAGE_WORDS = {
    "asked": "Asked",
    "accepted": "Accepted",
    "declined": "Declined",
    "passed-on": "Passed on",
    "told-back": "Told back",
    "confirmed": "Person has confirmed",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """A move as somebody makes it. who: themself first, and whom they act for last, who then has
    it: `Practitioner/8`, `Organization/9`. words: the reason, or what they want to say with it.
    stands_for: in whose place they act besides, such as a team of theirs."""

    move: Move
    who: tuple[str, ...]
    when: datetime
    words: str = ""
    stands_for: frozenset[str] = frozenset()

    @property
    def sides(self) -> frozenset[str]:
        """Whose side it is made from."""
        return self.stands_for.union(self.who)


def made(task: Json, deed: Deed, to: str | None = None) -> tuple[Json, ...]:
    """The Task after a move, and the one that follows it where the move calls for one. They are
    other resources: the one that is given stays as it is, and the one that follows has no id yet.

    One follows when it is passed on: asked of `to`, or of whoever may take it on when that is
    None. And one follows when it has not helped yet: it is asked again of whoever had it.
    Raises Forbidden where it is not theirs to do, Invalid for a move that cannot be made from
    here, and for a reason that is missing.
    """
    _must_be_possible(task, deed)
    after = _after(task, deed)
    if deed.move is Move.PASS_ON:
        return after, _next(task, deed, to)
    if deed.move is Move.NOT_YET:
        return after, _next(task, deed, next(iter(linked(task, "owner")), None))
    return (after,)


def first_task(request: Json, when: datetime, by_when: str | None = None) -> Json:
    """The first Task on a request, asked of its one performer, or of whoever may take it on. It has
    no id yet. by_when: the day by which it should be done."""
    owners = linked(request, "performer")
    task: Json = {
        "resourceType": "Task",
        **_claim(request),
        "basedOn": [{"reference": link_of(request)}],
        "status": "requested",
        "businessStatus": _stage("asked"),
        "intent": "order",
        "code": deepcopy(_FULFIL),
        "focus": {"reference": link_of(request)},
        "for": deepcopy(request["subject"]),
        "authoredOn": request.get("authoredOn", when.isoformat()),
        "lastModified": when.isoformat(),
        "requester": deepcopy(request.get("requester", request["subject"])),
    }
    if len(owners) == 1:
        task["owner"] = {"reference": owners[0]}
    if "priority" in request:
        task["priority"] = request["priority"]
    if by_when is not None:
        task["restriction"] = {"period": {"end": by_when}}
    return task


def asked_again(task: Json, deed: Deed, to: str | None = None) -> Json:
    """The Task that follows one that came to nothing: asked of `to`, or of whoever may take it on.
    The one that is given stays as it is. Raises Forbidden for who did not ask, Invalid where there
    was no no."""
    if not is_on(Side.ASKER, task, deed.sides):
        raise Forbidden("To ask again is for whoever asked.")
    if state_of(task) not in GIVEN_BACK:
        raise Invalid(
            [Issue("business-rule", f"This request is: {state_of(task)}.", "Task.status")]
        )
    following = _next(task, deed, to)
    _say(following, deed, deed.words.strip())
    return following


def _must_be_possible(task: Json, deed: Deed) -> None:
    step, state = STEPS[deed.move], state_of(task)
    if not deed.who or not is_on(step.side, task, deed.sides):
        whose = "whoever asked" if step.side is Side.ASKER else "whoever is asked, or has it"
        raise Forbidden(f"“{deed.move}” is for {whose}.")
    # The table here must not promise what the definition refuses.
    if state not in step.starts or not may_follow(task["status"], _status(task, deed.move)):
        ways = ", ".join(moves_of(task, deed.sides)) or "nothing, by you"
        said = f"This request is: {state}. What may come next: {ways}."
        raise Invalid([Issue("business-rule", said, "Task.status")])
    if step.needs_a_reason and not deed.words.strip():
        said = "Say why, in words that the person can be told."
        raise Invalid([Issue("required", said, "Task.statusReason.text")])


def _after(task: Json, deed: Deed) -> Json:
    step, words = STEPS[deed.move], deed.words.strip()
    after = deepcopy(task)
    after["status"] = _status(task, deed.move)
    after["lastModified"] = deed.when.isoformat()
    if step.stage is not None:
        after["businessStatus"] = _stage(step.stage)
    if step.needs_a_reason:
        after["statusReason"] = {"text": words}
    else:
        after.pop("statusReason", None)
        _say(after, deed, words)
    if step.side is not Side.ASKER and "owner" not in after:
        after["owner"] = {"reference": deed.who[-1]}
    if deed.move in (Move.HELPED, Move.NOT_YET):
        _confirm(after, deed.move is Move.HELPED)
    return after


def _status(task: Json, move: Move) -> str:
    """A request that somebody had taken on is passed on by giving it up: R4 knows no way back."""
    if move is Move.PASS_ON and state_of(task) in HAD:
        return "cancelled"
    return STEPS[move].status


def _next(task: Json, deed: Deed, owner: str | None) -> Json:
    """The Task that follows. Who may see the old one may see it: its labels stay. And whoever asked
    is still the one who asked: to pass on is not to say for them whether it helped."""
    kept = ("basedOn", "focus", "for", "requester", "description", "priority", "restriction")
    following: Json = {
        "resourceType": "Task",
        **_claim(task),
        "partOf": [{"reference": link_of(task)}],
        "status": "requested",
        "businessStatus": _stage("asked"),
        "intent": "order",
        "code": deepcopy(_FULFIL),
        "authoredOn": deed.when.isoformat(),
        "lastModified": deed.when.isoformat(),
        **{name: deepcopy(task[name]) for name in kept if name in task},
    }
    if owner is not None:
        following["owner"] = {"reference": owner}
    return following


def _claim(labelled: Json) -> Json:
    """The profile of a Task, with the labels of what it comes from."""
    meta: Json = {"profile": [HELP_TASK]}
    if labels := nodes(node_at(labelled, "meta"), "security"):
        meta["security"] = deepcopy(labels)
    return {"meta": meta}


def _stage(code: str) -> Json:
    words = _STAGE_WORDS[code]
    return {"coding": [{"system": STAGES, "code": code, "display": words}], "text": words}


def _say(task: Json, deed: Deed, words: str) -> None:
    if words:
        note = {
            "authorReference": {"reference": deed.who[0]},
            "time": deed.when.isoformat(),
            "text": words,
        }
        task["note"] = [*nodes(task, "note"), note]


def _confirm(task: Json, helped: bool) -> None:
    answer = {
        "type": {"coding": [{"system": STAGES, "code": "confirmed"}], "text": "Did it help?"},
        "valueBoolean": helped,
    }
    task["output"] = [*nodes(task, "output"), answer]
