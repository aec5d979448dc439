"""A request for help as a whole: every Task on it in a chain, who has it, how often it was handed
on, and what is still without an answer.

Spec: https://hl7.org/fhir/R4/task.html (partOf, focus), fhir_profiles/StructureDefinition/
request-for-help.json. Codes for room: Gravity SDOH Clinical Care (https://hl7.org/fhir/us/
sdoh-clinicalcare/).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from app.fhir.date_ranges import date_range
from app.fhir.indexed import BEGINNING
from app.fhir.resource_types import Json
from app.fhir.rule import has_coding, node_at, nodes, text
from app.what_matters.language import Say, in_english
from app.what_matters.links import link_of, linked
from app.what_matters.request_for_help import OPEN, State, state_of

SDOH = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
NOT_TO_BE_CONTACTED = frozenset(("contacting-subject-prohibited",))
HOW_IS_NOT_SAID = "How they will be in touch themselves is not said: ask whoever asked for help."
_NO_ANSWER = frozenset(
    (
        *(State.ASKED, State.OFFERED, State.DECLINED, State.PASSED_ON, State.NOT_DONE),
        *(State.NOT_YET, State.MISTAKE),
    )
)
_OVER = frozenset(("completed", "revoked", "entered-in-error"))


class Overdue(StrEnum):
    """Why a request has waited too long."""

    NO_ANSWER = "Nobody has answered in the time that was given."
    PAST_ITS_DAY = "The day by which it was to be done has passed."
    NOT_TOLD_BACK = "It is done, and the person has not been told."


class Room(StrEnum):
    """Whether somebody has room to help, told before they are asked."""

    ROOM = "capacity"
    NO_ROOM = "no-capacity"
    WAITING_LIST = "waitlist"
    TALK_FIRST = "additional-assessment-required"


WORDS_BY_ROOM: Mapping[Room, str] = MappingProxyType(
    {
        Room.ROOM: "They have room to help now.",
        Room.NO_ROOM: "They have no room to help just now. You can ask all the same.",
        Room.WAITING_LIST: "They can help, but there is a waiting list.",
        Room.TALK_FIRST: "They need to talk with you first, to see if they can help.",
    }
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is too long, in days: until somebody answers, and until the person is told."""

    answer_days: int
    tell_back_days: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Every Task on one request, in order of time. ends: those that nothing follows."""

    request: Json
    tasks: tuple[Json, ...]

    @property
    def ends(self) -> tuple[Json, ...]:
        """Where it is now; more than one when several were asked."""
        followed = {link for task in self.tasks for link in linked(task, "partOf", "Task")}
        # Should each be part of another, none is lost for it.
        return tuple(task for task in self.tasks if link_of(task) not in followed) or self.tasks

    @property
    def hand_offs(self) -> int:
        """How often it went from one to another; asked again of the same one is none."""
        owners = {link_of(task): linked(task, "owner") for task in self.tasks}
        return sum(
            linked(task, "owner") != owners.get(before, [])
            for task in self.tasks
            for before in linked(task, "partOf", "Task")[:1]
        )

    @property
    def states(self) -> tuple[State, ...]:
        """Where each end of it has got to."""
        return tuple(state_of(task) for task in self.ends)

    @property
    def is_answered(self) -> bool:
        """Whether somebody has it, has done it, or it needs nobody any more. A request that was
        declined, and that nobody else was asked for, is not answered."""
        if text(self.request, "status") in _OVER:
            return True
        return any(state not in _NO_ANSWER for state in self.states)


def chain_of(request: Json, tasks: Iterable[Json]) -> Chain:
    """The Tasks that are about a request, in order of time; those that were a mistake, and those
    nobody has been asked yet, left out."""
    here = link_of(request)
    found = [
        task
        for task in tasks
        if here in linked(task, "focus", "ServiceRequest")
        and state_of(task) not in (State.MISTAKE, State.NOT_ASKED_YET)
    ]
    return Chain(request, tuple(sorted(found, key=lambda task: _when(task, "authoredOn"))))


def chains_of(requests: Iterable[Json], tasks: Iterable[Json]) -> list[Chain]:
    """The chain of each request, in the order of the requests."""
    tasks_by_request: dict[str, list[Json]] = {}
    for task in tasks:
        for link in linked(task, "focus", "ServiceRequest"):
            tasks_by_request.setdefault(link, []).append(task)
    return [chain_of(one, tasks_by_request.get(link_of(one), ())) for one in requests]


def unanswered(chains: Iterable[Chain]) -> list[Chain]:
    """Those without an answer, the one that has waited longest first."""
    waiting = [chain for chain in chains if not chain.is_answered]
    return sorted(waiting, key=lambda chain: _when(chain.request, "authoredOn"))


def status_of(chain: Chain) -> str:
    """The status of the ServiceRequest as its Tasks have it: "completed" once it helped and no
    more is to come, "revoked" once it was taken back, else "active"."""
    states = chain.states
    if states and all(state is State.TAKEN_BACK for state in states):
        return "revoked"
    is_over = State.HELPED in states and not any(state in OPEN for state in states)
    return "completed" if is_over else "active"


def overdue(task: Json, now: datetime, patience: Patience) -> Overdue | None:
    """Why a Task has waited too long by now; None when it has not. A day by which it was to be
    done is over when that day is."""
    state = state_of(task)
    due = date_range(text(node_at(node_at(task, "restriction"), "period"), "end") or "")
    if state in OPEN and due is not None and due[1] < now:
        return Overdue.PAST_ITS_DAY
    if state in (State.ASKED, State.OFFERED):
        waited = now - _when(task, "authoredOn")
        return Overdue.NO_ANSWER if waited > timedelta(days=patience.answer_days) else None
    if state is State.DONE:
        waited = now - _when(task, "lastModified")
        return Overdue.NOT_TOLD_BACK if waited > timedelta(days=patience.tell_back_days) else None
    return None


def must_not_be_contacted(request: Json) -> bool:
    """Whether getting in touch with the person could put them in danger."""
    return has_coding(request, "orderDetail", SDOH, NOT_TO_BE_CONTACTED)


def reached_instead(request: Json, say: Say = in_english) -> str:
    """How they will be in touch themselves, in words; "" where they may be contacted. say: the
    language in which it is told that it is not said."""
    if not must_not_be_contacted(request):
        return ""
    said = (
        (text(one, "text") or "").strip()
        for one in nodes(request, "orderDetail")
        if has_coding({"one": one}, "one", SDOH, NOT_TO_BE_CONTACTED)
    )
    return " ".join(filter(None, said)) or say(HOW_IS_NOT_SAID)


def _when(resource: Json, name: str) -> datetime:
    """What does not say when it was comes first: it may have waited longest."""
    span = date_range(text(resource, name) or "")
    return span[0] if span is not None else BEGINNING
