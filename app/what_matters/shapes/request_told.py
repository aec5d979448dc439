"""A request for help with its whole way, as the plain API tells it: every step, who, what, when and
why; what the person was told; and what may come next.

Source: app/what_matters/help_chain.py
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters.help_chain import Chain, Patience, chain_of, overdue
from app.what_matters.links import linked
from app.what_matters.mapping.kind import shown
from app.what_matters.mapping.who import who_of
from app.what_matters.request_for_help import (
    GIVEN_BACK,
    Move,
    Side,
    State,
    did_it_help,
    is_for_anyone,
    is_on,
    moves_of,
    state_of,
)
from app.what_matters.shapes.notes import NOTES
from app.what_matters.shapes.request_words import MESSAGE_BY_MOVE, WORD_BY_MOVE
from app.what_matters.shapes.requests import REQUESTS

# How far along: where several were asked, the one that is furthest on its way says where it is.
_FURTHEST = (
    *(State.UNDER_WAY, State.WAITING, State.TAKEN_ON, State.OFFERED, State.ASKED),
    *(State.TOLD_BACK, State.DONE, State.HELPED, State.NOT_YET, State.PASSED_ON),
    *(State.DECLINED, State.NOT_DONE, State.TAKEN_BACK),
)
_STATE_BY_STATUS = {
    "draft": State.NOT_ASKED_YET,
    "completed": State.HELPED,
    "revoked": State.TAKEN_BACK,
    "entered-in-error": State.MISTAKE,
}
# In days: a fortnight for an answer, a week for telling the person what came of it.
PATIENCE = Patience(answer_days=14, tell_back_days=7)


@dataclass(frozen=True, slots=True)
class Whole:
    """A request with all Tasks and messages about it that are seen."""

    request: Json
    tasks: tuple[Json, ...]
    messages: tuple[Json, ...]

    @property
    def chain(self) -> Chain:
        """The Tasks in their order."""
        return chain_of(self.request, self.tasks)

    @property
    def version(self) -> int:
        """How many versions there are of it all; it grows with every move, whichever resource the
        move changes."""
        return sum(_version(one) for one in (self.request, *self.tasks, *self.messages))

    def with_written(self, written: Sequence[Json]) -> "Whole":
        """The same after these were written."""
        new = {(one["resourceType"], one["id"]): one for one in written}

        def current(type: str, before: Sequence[Json]) -> tuple[Json, ...]:
            ids = [one["id"] for one in before]
            kept = [new.get((type, one["id"]), one) for one in before]
            return (*kept, *(v for (t, i), v in new.items() if t == type and i not in ids))

        return Whole(
            new.get(("ServiceRequest", self.request["id"]), self.request),
            current("Task", self.tasks),
            current("Communication", self.messages),
        )


def told_whole(whole: Whole, now: datetime) -> Json:
    """All of a request, but for what may come next."""
    chain, meta = whole.chain, node_at(whole.request, "meta")
    words = shown(REQUESTS, whole.request)
    also = words.pop("also", {})
    for name in ("authoredOn", "status"):
        also.pop(name, None)
    late = next((why for task in chain.ends if (why := overdue(task, now, PATIENCE))), None)
    due = next((due for task in chain.ends if (due := _due(task))), None)
    told: Json = {
        "id": whole.request["id"],
        "person": (linked(whole.request, "subject") or [""])[0].removeprefix("Patient/"),
        "state": in_words(state_of_request(whole)),
        **words,
        "by_when": due,
        "asked_at": whole.request.get("authoredOn"),
        "is_answered": chain.is_answered,
        "overdue": late,
        "hand_offs": chain.hand_offs,
        "steps": [_step(task) for task in chain.tasks],
        "said": [_said(one) for one in sorted(whole.messages, key=_sent)],
        "version": whole.version,
        "changed_at": text(meta, "lastUpdated"),
        "also": also,
    }
    return {name: one for name, one in told.items() if one not in (None, [], {})}


def may_become(whole: Whole, who: frozenset[str]) -> list[str]:
    """The moves that these may make now."""
    if text(whole.request, "status") in ("revoked", "entered-in-error"):
        return []
    found: dict[str, None] = {}
    for task in whole.chain.ends or [t for t in whole.tasks if is_draft(t)]:
        found |= dict.fromkeys(WORD_BY_MOVE[move] for move in moves_of(task, who))
        if state_of(task) in GIVEN_BACK and is_on(Side.ASKER, task, who):
            found["ask-again"] = None
    return list(found)


def asked_of_us(task: Json, request: Json | None, now: datetime) -> Json:
    """One row of an organisation's list: what is asked, and the step that is theirs to take."""
    words = shown(REQUESTS, request) if request is not None else {}
    kept = ("words", "why", "about_goals", "how_soon", "every", "do_not_contact", "asked_by")
    told: Json = {
        "id": (linked(task, "focus", "ServiceRequest") or [""])[0].partition("/")[2],
        "person": (linked(task, "for", "Patient") or [""])[0].removeprefix("Patient/"),
        **{name: words[name] for name in kept if name in words},
        "step": _step(task),
        "for_anyone": is_for_anyone(task),
        "overdue": overdue(task, now, PATIENCE),
    }
    return {name: one for name, one in told.items() if one is not None}


def state_of_request(whole: Whole) -> State:
    """Where all of it has got to."""
    states = whole.chain.states
    found = next((one for one in _FURTHEST if one in states), None)
    if found is not None:
        return found
    return _STATE_BY_STATUS.get(text(whole.request, "status") or "", State.ASKED)


def in_words(state: State) -> str:
    """A state as the plain API writes it."""
    return state.value.replace(" ", "-")


def is_draft(task: Json) -> bool:
    """Whether nobody has been asked by it yet."""
    return state_of(task) is State.NOT_ASKED_YET


def _step(task: Json) -> Json:
    told: Json = {
        "id": task["id"],
        "of": who_of(task.get("owner")),
        "state": in_words(state_of(task)),
        "after": next((one.partition("/")[2] for one in linked(task, "partOf", "Task")), None),
        "asked_at": task.get("authoredOn"),
        "last_at": task.get("lastModified"),
        "by_when": _due(task),
        "why": text(node_at(task, "statusReason"), "text"),
        "helped": did_it_help(task),
        "notes": NOTES.read(task),
    }
    return {name: one for name, one in told.items() if one is not None}


def _said(message: Json) -> Json:
    told: Json = {
        "what": _words_of(message, "category"),
        "words": " ".join(
            filter(None, (text(o, "contentString") for o in nodes(message, "payload")))
        )
        or None,
        "by": who_of(message.get("sender")),
        "on_behalf_of": _spoken_for(message),
        "to": [one for one in map(who_of, nodes(message, "recipient")) if one] or None,
        "at": message.get("sent"),
        "how": _words_of(message, "medium"),
    }
    return {name: one for name, one in told.items() if one is not None}


def _spoken_for(message: Json) -> Json | None:
    """Whether it helped is the person's to say: whoever supports them says it for them."""
    answers = (MESSAGE_BY_MOVE[Move.HELPED], MESSAGE_BY_MOVE[Move.NOT_YET])
    is_answer = _words_of(message, "category") in answers
    is_supporters = bool(linked(message, "sender", "RelatedPerson"))
    return who_of(message.get("subject")) if is_answer and is_supporters else None


def _words_of(tree: Json, name: str) -> str | None:
    return next((said for one in nodes(tree, name) if (said := text(one, "text"))), None)


def _due(task: Json) -> str | None:
    return text(node_at(node_at(task, "restriction"), "period"), "end")


def _sent(message: Json) -> str:
    return text(message, "sent") or ""


def _version(tree: Json) -> int:
    return int(text(node_at(tree, "meta"), "versionId") or 0)
