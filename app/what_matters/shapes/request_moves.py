"""What a move of a request for help writes: the Task, the one that follows it, the request itself,
and what was said to the person or by them. All of it is written together, or none.

Source: app/what_matters/help_step.py; https://hl7.org/fhir/R4/communication.html
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.errors import Forbidden, Invalid, Issue
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.fhir.terminology import lookup
from app.what_matters.goal import HOW_KNOWN_CODES
from app.what_matters.help_chain import (
    chain_of,
    must_not_be_contacted,
    reached_instead,
    status_of,
)
from app.what_matters.help_step import Deed, asked_again, first_task, made
from app.what_matters.links import goals_of, link_of, linked
from app.what_matters.request_for_help import GIVEN_BACK, STEPS, Move, Side, State, is_on, state_of
from app.what_matters.shapes.request_told import Whole, in_words, is_draft, may_become
from app.what_matters.shapes.request_words import MESSAGE_BY_MOVE, MOVE_BY_WORD

_SEVERAL = "Several were asked at once. Say which step it is about."
_NOT_TO_BE_CONTACTED = (
    "Do not get in touch about this: it could put them in danger. “{instead}” If it was they who "
    "got in touch, say so in how, and send it again."
)


@dataclass(frozen=True, slots=True)
class Moving:
    """A move as it is asked for. word: as in the address. who: whoever does it first, whom they act
    for last. to: who is asked next, None for anyone. step: the Task's id. how: of a message, the
    way it was told. asker: in whose name it is made, by who wrote the request down for them.
    stands_for: in whose place they make it: workers and teams of theirs, or whom they support."""

    word: str
    who: tuple[str, ...]
    when: datetime
    words: str = ""
    to: str | None = None
    step: str | None = None
    helped: bool | None = None
    how: str | None = None
    asker: str | None = None
    stands_for: frozenset[str] = frozenset()

    @property
    def sides(self) -> frozenset[str]:
        """Whose side it is made from. A name of a worker that is said with it opens no door."""
        return frozenset(filter(None, (self.who[-1], self.asker, *self.stands_for)))

    @property
    def move(self) -> Move:
        """The move that the word stands for; to ask again is to ask."""
        if self.helped is not None:
            return Move.HELPED if self.helped else Move.NOT_YET
        return MOVE_BY_WORD.get(self.word, Move.ASK)

    @property
    def is_the_askers(self) -> bool:
        """Whether it is for whoever asked, and not for who helps."""
        return STEPS[self.move].side is Side.ASKER

    def in_the_name_of(self, asker: str, how_known: str | None) -> "Moving":
        """The same, said by whoever asks and written down by whoever makes it. how_known: a code of
        `goal-how-known`, which is told beside the words."""
        words = _with_how(self.words, how_known)
        return replace(self, who=(asker, self.who[-1]), words=words, asker=asker)

    def on_behalf_of(self, person: str, how_known: str | None) -> "Moving":
        """The same, for the person whom whoever makes it supports, who stays the one who says it.
        how_known: as for `in_the_name_of`."""
        words = _with_how(self.words, how_known)
        return replace(self, words=words, stands_for=self.stands_for | {person})


def _with_how(words: str, how_known: str | None) -> str:
    known = lookup(HOW_KNOWN_CODES, how_known) if how_known is not None else None
    return f"{words} ({known.display}.)".strip() if known is not None else words


@dataclass(slots=True)
class Writes:
    """What is written, in order. temporary: ids that stand in for those still to be given."""

    resources: list[Json] = field(default_factory=list)
    temporary: set[str] = field(default_factory=set)

    def new(self, resource: Json, id: str) -> Json:
        """A resource that has no id of its own yet."""
        self.temporary.add(id)
        self.resources.append({**resource, "id": id})
        return self.resources[-1]


def writes_of(whole: Whole, moving: Moving, ids: Sequence[str]) -> Writes:
    """What a move writes. ids: two or more that stand in until the record gives real ones.

    Raises Forbidden where it is not theirs to do; Invalid where it cannot be done from here, with
    what can, and where it could put the person in danger."""
    free, writes = iter(ids), Writes()
    if not whole.tasks:
        # Whoever asked did so without a Task: the request is not lost for it.
        first = {**first_task(whole.request, moving.when), "id": next(free)}
        writes.temporary.add(first["id"])
        whole = replace(whole, tasks=(first,))
    after: list[Json] = []
    for task in _steps(whole, moving):
        changed, following = _made(task, moving)
        if changed is not None:
            after.append(_with_message(whole, changed, moving, writes, free))
        if following is not None:
            after.append(writes.new(following, next(free)))
    _keep_safe(whole.request, moving)
    tasks = [one for one in after if one not in writes.resources]
    new = _request_after(whole, after, moving)
    requests = [new] if new != whole.request else []
    writes.resources = [*requests, *tasks, *writes.resources]
    return writes


def _keep_safe(request: Json, moving: Moving) -> None:
    """Who was told back about it was reached in some way: where nobody may get in touch, it is
    said which."""
    if moving.move is Move.TELL_BACK and not moving.how and must_not_be_contacted(request):
        said = _NOT_TO_BE_CONTACTED.format(instead=reached_instead(request))
        logged = _NOT_TO_BE_CONTACTED.format(instead="…")
        raise Invalid([Issue("business-rule", said, "Communication.medium", logged=logged)])


def _steps(whole: Whole, moving: Moving) -> list[Json]:
    """The Tasks that a move is of."""
    ends = list(whole.chain.ends) or [task for task in whole.tasks if is_draft(task)]
    if moving.step is not None:
        ends = [task for task in ends if task["id"] == moving.step]
    who, side = moving.sides, STEPS[moving.move].side
    fits = [one for one in ends if moving.word in _words(whole, one, who)]
    if len(fits) == 1 or (fits and moving.move is Move.TAKE_BACK):
        return fits
    if fits:
        raise Invalid([Issue("business-rule", _SEVERAL, "Task.partOf")])
    theirs = [one for one in ends if state_of(one) in _starts(moving)]
    if theirs and not any(is_on(side, one, who) for one in theirs):
        whose = "whoever asked" if side is Side.ASKER else "whoever is asked, or has it"
        raise Forbidden(f"“{moving.word}” is for {whose}.")
    ways = ", ".join(may_become(whole, who)) or "nothing, by you"
    states = ", ".join(in_words(state_of(one)) for one in ends) or "closed"
    said = f"This request is: {states}. What you may do now: {ways}."
    raise Invalid([Issue("business-rule", said, "Task.status")])


def _starts(moving: Moving) -> frozenset[State]:
    return GIVEN_BACK if moving.word == "ask-again" else STEPS[moving.move].starts


def _words(whole: Whole, task: Json, who: frozenset[str]) -> list[str]:
    return may_become(replace(whole, tasks=(task,)), who)


def _made(task: Json, moving: Moving) -> tuple[Json | None, Json | None]:
    """(the Task afterwards where it changes, the one that follows)."""
    deed = Deed(moving.move, moving.who, moving.when, moving.words, moving.stands_for)
    if moving.word == "ask-again":
        return None, asked_again(task, deed, moving.to)
    after, *following = made(task, deed, moving.to)
    return after, following[0] if following else None


def _with_message(
    whole: Whole, task: Json, moving: Moving, writes: Writes, free: Iterator[str]
) -> Json:
    """The Task, with what was said to the person or by them written as a message beside it."""
    what = MESSAGE_BY_MOVE.get(moving.move)
    if what is None:
        return task
    message = writes.new(_message(whole, task, moving, what), next(free))
    if moving.move is Move.TELL_BACK:
        told = {"type": {"text": what}, "valueReference": {"reference": link_of(message)}}
        task = {**task, "output": [*nodes(task, "output"), told]}
    return task


def _message(whole: Whole, task: Json, moving: Moving, what: str) -> Json:
    request = whole.request
    before = [one for one in whole.messages if _is(one, MESSAGE_BY_MOVE[Move.TELL_BACK])]
    to = linked(task, "for") if moving.move is Move.TELL_BACK else linked(task, "owner")
    made: Json = {
        "resourceType": "Communication",
        **_labels(request, task),
        "basedOn": [{"reference": link_of(request)}],
        "status": "completed",
        "category": [{"text": what}],
        "subject": deepcopy(request["subject"]),
        "sent": moving.when.isoformat(),
        "recipient": [{"reference": one} for one in to],
        "sender": {"reference": moving.who[0]},
    }
    if moving.words:
        made["payload"] = [{"contentString": moving.words}]
    if moving.how:
        made["medium"] = [{"text": moving.how}]
    if goals := goals_of(request):
        made["about"] = [{"reference": one} for one in goals]
    if moving.move is not Move.TELL_BACK and before:
        last = max(before, key=lambda one: text(one, "sent") or "")
        made["inResponseTo"] = [{"reference": link_of(last)}]
    return {name: value for name, value in made.items() if value != []}


def _request_after(whole: Whole, after: Sequence[Json], moving: Moving) -> Json:
    """The request: whether it is over, and who is asked now, so that whoever said no has nothing
    to do with it any more."""
    request = deepcopy(whole.request)
    new = {one["id"]: one for one in after}
    tasks = [new.pop(one["id"], one) for one in whole.tasks]
    chain = chain_of(request, [*tasks, *new.values()])
    status, was = status_of(chain), text(request, "status")
    if status in ("completed", "revoked") or was in ("draft", "completed"):
        request["status"] = status
    if status == "revoked" and was != "revoked":
        note = {
            "authorReference": {"reference": moving.who[0]},
            "time": moving.when.isoformat(),
            "text": moving.words,
        }
        request["note"] = [*nodes(request, "note"), note]
    owners = _owners(request, chain.ends)
    if owners != _owners(request, whole.chain.ends):
        request["performer"] = [{"reference": one} for one in owners]
        if not owners:
            del request["performer"]
    return request


def _owners(request: Json, tasks: Sequence[Json]) -> list[str]:
    """Whoever is asked, or has it, or has done it; but for a step that is kept from some who see
    the request, which must not name who has it."""
    gone = ("rejected", "failed", "cancelled", "entered-in-error")
    here = [
        one
        for one in tasks
        if text(one, "status") not in gone
        and all(label in _security(request) for label in _security(one))
    ]
    return list(dict.fromkeys(owner for one in here for owner in linked(one, "owner")))


def _labels(request: Json, task: Json) -> Json:
    """Who may see the request and the step may see what is said of it, and nobody else."""
    labels = [
        *_security(request),
        *(one for one in _security(task) if one not in _security(request)),
    ]
    return {"meta": {"security": deepcopy(labels)}} if labels else {}


def _security(labelled: Json) -> list[Json]:
    return nodes(node_at(labelled, "meta"), "security")


def _is(message: Json, what: str) -> bool:
    return any(text(one, "text") == what for one in nodes(message, "category"))
