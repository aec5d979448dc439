"""A request for help: what is asked, and what each who is part of it may say.

Source: fhir_profiles/StructureDefinition/request-for-help.json, help-task.json
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.errors import Invalid, Issue
from app.fhir.resource_types import Json
from app.fhir.rule import has_coding, nodes
from app.what_matters.help_chain import NOT_TO_BE_CONTACTED, SDOH, reached_instead
from app.what_matters.help_step import first_task
from app.what_matters.links import PERTAINS_TO_GOAL
from app.what_matters.mapping.kind import Kind, made
from app.what_matters.mapping.parts import Part, extensions, plain, put, stands, word
from app.what_matters.mapping.who import id_of, reference_to, who, who_of
from app.what_matters.shapes.acting import Helper, Worker
from app.what_matters.shapes.goals import HowKnown
from app.what_matters.shapes.often import Every, often
from app.what_matters.shapes.words import (
    LONGEST_WORDS,
    Day,
    Entry,
    Id,
    Shape,
    Text,
    Who,
    Words,
    YesOrNo,
)

HowSoon = Literal["when-it-can", "soon", "as-soon-as-possible", "at-once"]
_PRIORITY_BY_HOW_SOON = {
    "when-it-can": "routine",
    "soon": "urgent",
    "as-soon-as-possible": "asap",
    "at-once": "stat",
}


_NOT_OTHERS = "It is you who asks, by your own sign-in. Leave this out."


def _only(path: str) -> Part:
    """The one reference in a list, as who it is."""

    def read(tree: Json) -> Any:
        value = tree.get(path)
        return who_of(value[0]) if isinstance(value, list) and len(value) == 1 else None

    def write(tree: Json, value: Any) -> None:
        put(tree, path, [reference_to(value)] if value is not None else None)

    return Part(path, read, write)


def _why_read(tree: Json) -> Any:
    value = nodes(tree, "reasonCode")
    return value[0]["text"] if len(value) == 1 and set(value[0]) == {"text"} else None


def _why_write(tree: Json, value: Any) -> None:
    put(tree, "reasonCode", [{"text": value}] if value is not None else None)


def _is_no_contact(one: Json) -> bool:
    return has_coding({"one": one}, "one", SDOH, NOT_TO_BE_CONTACTED)


def _no_contact_read(tree: Json) -> Any:
    return reached_instead(tree)[:LONGEST_WORDS] or None


def _no_contact_write(tree: Json, value: Any) -> None:
    others = [one for one in nodes(tree, "orderDetail") if not _is_no_contact(one)]
    if value is not None:
        coding = {"system": SDOH, "code": next(iter(NOT_TO_BE_CONTACTED))}
        others.append({"coding": [coding], "text": value})
    put(tree, "orderDetail", others or None)


class AskForHelp(Entry):
    """What somebody asks for, for themself or with and for a person."""

    words: Annotated[Words, plain("code.text")] = Field(
        description="What is asked for, in plain words.",
        examples=["Someone to walk with until I trust the steps"],
    )
    why: Annotated[Words | None, Part("reasonCode", _why_read, _why_write)] = None
    about_goals: Annotated[
        list[Id] | None, extensions(PERTAINS_TO_GOAL, id_of("valueReference", "Goal"))
    ] = Field(None, description="Which goals it is about.")
    how_soon: Annotated[HowSoon | None, word(plain("priority"), _PRIORITY_BY_HOW_SOON)] = None
    by_when: Annotated[Day | None, stands("occurrenceDateTime")] = Field(
        None, description="The day by which it is needed."
    )
    every: Annotated[Every | None, often("occurrenceTiming")] = Field(
        None, description="How often, where it is asked for again and again."
    )
    do_not_contact: Annotated[
        Words | None, Part("orderDetail", _no_contact_read, _no_contact_write)
    ] = Field(
        None,
        description="Where getting in touch could put them in danger: how they will be in touch.",
        examples=["Do not ring or write. I will ring on a Friday."],
    )
    asked_by: Annotated[Who | None, who("requester")] = Field(
        None, description="Who asks; whoever signs in, unless somebody else is named."
    )
    of: Annotated[Helper | None, _only("performer")] = Field(
        None, description="Who is asked; where nobody is, it is for anyone who may take it on."
    )


def new_request(
    body: AskForHelp, person: str, agent: str, now: datetime, ids: tuple[str, str]
) -> tuple[Json, Json]:
    """The request and its first Task. agent: who signs in. ids: that stand in until the record
    gives real ones. Raises Invalid where it is asked in the name of somebody else."""
    at = now.isoformat()
    said = body.model_dump(exclude_unset=True, exclude_none=True)
    asker = reference_to(said["asked_by"]).get("reference") if "asked_by" in said else agent
    if asker != agent and not agent.startswith("Organization/"):
        raise Invalid([Issue("business-rule", _NOT_OTHERS, "ServiceRequest.requester")])
    said.setdefault("asked_by", who_of({"reference": agent}))
    request = made(REQUESTS, {"how_soon": "when-it-can", **said}, person, at)
    request |= {"id": ids[0], "authoredOn": at}
    task = first_task(request, now, body.by_when)
    return request, {**task, "id": ids[1]}


class _Move(Shape):
    """What everybody may say with a move."""

    by: Annotated[Worker | None, stands("note")] = Field(
        None, description="Which worker of yours does it."
    )
    step: Annotated[Id | None, stands("partOf")] = Field(
        None, description="Which step, where several were asked at once."
    )


class MovedRequest(_Move):
    """A move, and what is said with it."""

    words: Annotated[Words | None, stands("statusReason")] = None


class MovedForAReason(_Move):
    """A move that needs a reason, in words that the person can be told."""

    words: Annotated[Words, stands("statusReason")]


class PassedOn(MovedForAReason):
    """Passed on, and why."""

    to: Annotated[Helper | None, stands("owner")] = Field(
        None, description="To whom; where nobody is named, to anyone who may take it on."
    )


class _OfTheAsker(Shape):
    how_we_know: Annotated[HowKnown | None, stands("requester")] = Field(
        None, description="How you know, when you say it for who asked."
    )


class AskedAgain(_OfTheAsker, MovedRequest):
    """Asked again, of somebody else, after a no."""

    of: Annotated[Helper | None, stands("owner")] = Field(
        None, description="Who is asked now; where nobody is, anyone who may take it on."
    )


class ToldBack(_Move):
    """What the person was told came of it."""

    words: Annotated[Words, stands("statusReason")]
    how: Annotated[Text | None, stands("medium")] = Field(
        None,
        description="How they were told. Needed where nobody may get in touch about it.",
        examples=["Phone call"],
    )


class Confirmed(_OfTheAsker, MovedRequest):
    """Whether it helped."""

    helped: YesOrNo = Field(description="True: yes, that helped. False: not yet.")


class TakenBack(_OfTheAsker, MovedForAReason):
    """Taken back, and why."""


REQUESTS = Kind(
    name="requests",
    one="request",
    shape=AskForHelp,
    type="ServiceRequest",
    claim=lambda _: "request-for-help",
    base={
        "status": "active",
        "intent": "order",
        "category": [{"text": "Request for help"}],
    },
    query="_sort=-authored",
    rules={
        "wm-request-for-help-1": (
            "asked_by",
            "When a person asks, it is about that person; or name who asks for them.",
        ),
    },
    by_person=("asked_by",),
)

MOVES_OF_REQUEST = Kind(
    name="moves",
    one="move",
    shape=PassedOn,
    type="Task",
    claim=lambda _: "help-task",
    base={},
    person="for",
)
