"""The words and models in which a request for help is told.

Source: app/what_matters/request_for_help.py, which has the moves and states.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, Field, create_model

from app.what_matters.help_chain import Overdue
from app.what_matters.request_for_help import Move
from app.what_matters.shapes.notes import Note
from app.what_matters.shapes.often import Every
from app.what_matters.shapes.requests import REQUESTS
from app.what_matters.shapes.words import Id, Who

RequestMove = Literal[
    "ask",
    "offer",
    "accept",
    "decline",
    "pass-on",
    "start",
    "wait",
    "done",
    "could-not-be-done",
    "tell-back",
    "confirm",
    "take-back",
    "ask-again",
]
RequestState = Literal[
    "not-asked-yet",
    "asked",
    "offered",
    "taken-on",
    "under-way",
    "waiting",
    "done",
    "told-back",
    "that-helped",
    "not-yet",
    "declined",
    "passed-on",
    "could-not-be-done",
    "taken-back",
    "a-mistake",
]
MOVE_BY_WORD: Mapping[str, Move] = MappingProxyType(
    {
        "ask": Move.ASK,
        "offer": Move.OFFER,
        "accept": Move.TAKE_ON,
        "decline": Move.DECLINE,
        "pass-on": Move.PASS_ON,
        "start": Move.START,
        "wait": Move.WAIT,
        "done": Move.DONE,
        "could-not-be-done": Move.NOT_DONE,
        "tell-back": Move.TELL_BACK,
        "take-back": Move.TAKE_BACK,
    }
)
WORD_BY_MOVE = {
    **{move: word for word, move in MOVE_BY_WORD.items()},
    Move.HELPED: "confirm",
    Move.NOT_YET: "confirm",
}
# What is said with a move is a message of its own, which is called this.
MESSAGE_BY_MOVE = {
    Move.TELL_BACK: "Told back",
    Move.HELPED: "Confirmed",
    Move.NOT_YET: "Not yet",
}


class StepOfRequest(BaseModel):
    """One step: one organisation or one human being who was asked."""

    id: Id
    of: Who | None = Field(None, description="Who was asked, or has it; absent: anyone may.")
    state: RequestState
    after: Id | None = Field(None, description="The step that it follows.")
    asked_at: str | None = None
    last_at: str | None = None
    by_when: str | None = None
    why: str | None = Field(None, description="Why it was declined, passed on or waits.")
    helped: bool | None = None
    notes: list[Note] | None = None


class Said(BaseModel):
    """What was said to whom about it."""

    what: str | None = Field(None, examples=["Told back"])
    words: str | None = None
    by: Who | None = None
    on_behalf_of: Who | None = Field(
        None, description="The person, where a supporter said whether it helped them."
    )
    to: list[Who] | None = None
    at: str | None = None
    how: str | None = None


class _Told(BaseModel):
    """A request as a whole."""

    id: Id
    person: Id
    state: RequestState
    asked_at: str | None = None
    is_answered: bool
    overdue: Overdue | None = None
    hand_offs: int
    steps: list[StepOfRequest] | None = None
    said: list[Said] | None = None
    may_become: list[RequestMove] | None = Field(
        None, description="The moves that you may make now; told with one request."
    )
    version: int = Field(description="Of it all; the ETag holds it.")
    changed_at: str | None = None
    also: dict[str, Any] | None = None


class AskedOfUs(BaseModel):
    """What is asked of an organisation, or of anyone."""

    id: Id
    person: Id
    words: str | None = None
    why: str | None = None
    about_goals: list[Id] | None = None
    how_soon: str | None = None
    every: Every | None = None
    do_not_contact: str | None = None
    asked_by: Who | None = None
    step: StepOfRequest
    for_anyone: bool
    overdue: Overdue | None = None


def told_model() -> type[BaseModel]:
    """A request with its whole way: what was asked, each step, what was said, what may come
    next."""
    fields: dict[str, Any] = {
        name: (field.annotation | None if field.annotation else Any, Field(None))
        for name, field in REQUESTS.shape.model_fields.items()
    }
    return create_model("Request", __base__=_Told, **fields)
