"""What we agreed: things to do, who does them, when, for which goals, and when to look again.

Source: fhir_profiles/StructureDefinition/agreed-action.json
"""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.fhir.resource_types import Json
from app.what_matters.mapping.kind import Kind
from app.what_matters.mapping.parts import (
    Part,
    each,
    fields,
    inside,
    plain,
    put,
    word,
)
from app.what_matters.mapping.who import everyone, id_of, ids_of, who
from app.what_matters.shapes.looking_again import REVIEW, Review
from app.what_matters.shapes.notes import NOTES, Note, notes_at
from app.what_matters.shapes.often import Every, often
from app.what_matters.shapes.words import Day, Entry, Id, Moment, Shape, Who, Words, at_most_one

PlanState = Literal["first-draft", "active", "paused", "over", "done", "mistake", "not-known"]
_STATUS_BY_PLAN_STATE = {
    "first-draft": "draft",
    "active": "active",
    "paused": "on-hold",
    "over": "revoked",
    "done": "completed",
    "mistake": "entered-in-error",
    "not-known": "unknown",
}
ThingState = Literal[
    "not-begun",
    "planned",
    "under-way",
    "paused",
    "done",
    "called-off",
    "stopped",
    "mistake",
    "not-known",
]
_STATUS_BY_THING_STATE = {
    "not-begun": "not-started",
    "planned": "scheduled",
    "under-way": "in-progress",
    "paused": "on-hold",
    "done": "completed",
    "called-off": "cancelled",
    "stopped": "stopped",
    "mistake": "entered-in-error",
    "not-known": "unknown",
}


class Thing(Shape):
    """One thing to do; or a request for help, which says it itself."""

    what: Words | None = None
    who: list[Who] | None = None
    when: Words | None = Field(None, description="In words, such as `Wednesdays at ten`.")
    every: Every | None = Field(None, description="How often, where it happens again and again.")
    first_day: Moment | None = None
    last_day: Moment | None = None
    for_goals: list[Id] | None = None
    state: ThingState | None = Field(None, description="`not-begun`, unless it is said.")
    why: Words | None = Field(None, description="Why it is paused, called off or stopped.")
    review_on: Review | None = None
    place: Id | None = None
    how_it_went: list[Note] | None = None
    request_for_help: Id | None = None

    @model_validator(mode="after")
    def _one_time(self) -> "Thing":
        for day in ("first_day", "last_day"):
            at_most_one(self, "when", "every", day)
        return self


_PARTS = fields(
    what=plain("detail.description"),
    who=everyone("detail.performer"),
    when=plain("detail.scheduledString"),
    every=often("detail.scheduledTiming"),
    first_day=plain("detail.scheduledPeriod.start"),
    last_day=plain("detail.scheduledPeriod.end"),
    for_goals=ids_of("detail.goal", "Goal"),
    state=word(plain("detail.status"), _STATUS_BY_THING_STATE),
    why=plain("detail.statusReason.text"),
    review_on=inside("detail", REVIEW),
    place=id_of("detail.location", "Location"),
    how_it_went=notes_at("progress"),
    request_for_help=id_of("reference", "ServiceRequest"),
)


def _write(activity: Json, thing: Any) -> None:
    if any(thing.get(one) is not None for one in ("when", "first_day", "last_day")):
        put(activity, "detail.scheduledTiming", None)
    _PARTS.write(activity, thing)
    if "detail" in activity and "status" not in activity["detail"]:
        put(activity, "detail.status", _STATUS_BY_THING_STATE["not-begun"])


_THING = Part("", _PARTS.read, _write)


class Action(Entry):
    """What we agreed about my goals."""

    title: Annotated[Words | None, plain("title")] = None
    agreed_on: Annotated[Day, plain("created")] = Field(description="The day it was agreed.")
    agreed_by: Annotated[Who | None, who("author")] = Field(
        None, description="Who agreed it; the person, unless somebody else is named."
    )
    together_with: Annotated[list[Who] | None, everyone("contributor")] = None
    goals: Annotated[list[Id], ids_of("goal", "Goal")] = Field(min_length=1)
    things: Annotated[list[Thing], each("activity", _THING)] = Field(
        min_length=1, description="What is to be done."
    )
    state: Annotated[PlanState, word(plain("status"), _STATUS_BY_PLAN_STATE)] = "active"
    first_day: Annotated[Moment | None, plain("period.start")] = None
    last_day: Annotated[Moment | None, plain("period.end")] = None
    review_on: Annotated[Review | None, REVIEW] = None
    team: Annotated[list[Id] | None, ids_of("careTeam", "CareTeam")] = None
    notes: Annotated[list[Note] | None, NOTES] = None


ACTIONS = Kind(
    name="actions",
    one="agreed action",
    shape=Action,
    type="CarePlan",
    claim=lambda _: "agreed-action",
    base={"intent": "plan"},
    query="_sort=-date",
    rules={
        "wm-agreed-action-1": (
            "things.*",
            "Say when this happens: add `when`, in plain words, `every`, or the first day.",
        ),
        "agreed-action#CarePlan.activity:said.detail.description:min": (
            "things.*",
            "Say, in `what`, what is to be done.",
        ),
        "agreed-action#CarePlan.activity:said.detail.performer:min": (
            "things.*",
            "Say, in `who`, who does it.",
        ),
        "agreed-action#CarePlan.activity:said.detail.goal:min": (
            "things.*",
            "Say, in `for_goals`, which of the goals it is for.",
        ),
        "cpl-3": (
            "things.*",
            "A request for help says itself what is to be done: leave out the rest.",
        ),
        "wm-agreed-action-2": ("things.*", "Say, in `why`, why it is paused or was stopped."),
    },
    by_person=("agreed_by",),
)
