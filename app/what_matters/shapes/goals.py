"""A goal: something I want to do, in my own words.

Source: fhir_profiles/StructureDefinition/person-stated-goal.json, scaled-goal.json
"""

from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters.attainment import CODE_BY_LEVEL, LOINC, SCALING
from app.what_matters.goal import begun
from app.what_matters.mapping.kind import Kind
from app.what_matters.mapping.parts import (
    Part,
    coding,
    concept,
    each,
    extension,
    fields,
    node,
    object_at,
    own_items,
    plain,
    ucum,
    word,
)
from app.what_matters.mapping.who import ids_of, who
from app.what_matters.shapes.goal_becoming import GoalMove, may_become
from app.what_matters.shapes.looking_again import REVIEW, Review
from app.what_matters.shapes.notes import NOTES, Note
from app.what_matters.shapes.words import (
    OWN_WORDS,
    Day,
    Entry,
    Id,
    Shape,
    Who,
    Whole,
    Words,
    ZeroToTen,
    at_most_one,
)

_OURS = f"{BASE}/StructureDefinition/"
_ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
_DOMAINS = "http://hl7.org/fhir/us/pco/CodeSystem/pco-goal-domains-temporary"

State = Literal[
    "thought-of", "planned", "agreed", "active", "paused", "reached", "let-go", "not-taken-up"
]
_STATUS_BY_STATE = {
    "thought-of": "proposed",
    "planned": "planned",
    "agreed": "accepted",
    "active": "active",
    "paused": "on-hold",
    "reached": "completed",
    "let-go": "cancelled",
    "not-taken-up": "rejected",
}

Going = Literal[
    "under-way",
    "getting-nearer",
    "getting-further-away",
    "about-the-same",
    "reached",
    "kept-up",
    "not-reached",
    "nothing-yet",
    "cannot-be-reached",
]
_CODE_BY_GOING = {
    "under-way": "in-progress",
    "getting-nearer": "improving",
    "getting-further-away": "worsening",
    "about-the-same": "no-change",
    "reached": "achieved",
    "kept-up": "sustaining",
    "not-reached": "not-achieved",
    "nothing-yet": "no-progress",
    "cannot-be-reached": "not-attainable",
}

Priority = Literal["high", "medium", "low"]
_PRIORITY = "http://terminology.hl7.org/CodeSystem/goal-priority"

HowKnown = Literal["said", "wrote", "showed", "interpreted", "said-before", "known-well"]
MeasuredBy = Literal["own-words", "zero-to-ten", "five-steps"]
PartOfLife = Literal[
    "housing",
    "access-to-services",
    "caregiver-needs",
    "end-of-life",
    "independence",
    "legal",
    "managing-conditions",
    "medication-management",
    "improving-health-and-wellness",
    "physical-function",
    "social-functioning",
    "emotional-and-mental-health",
]
LEVEL_BY_STEP = {
    "much_more": CODE_BY_LEVEL[2],
    "more": CODE_BY_LEVEL[1],
    "as_hoped": CODE_BY_LEVEL[0],
    "less": CODE_BY_LEVEL[-1],
    "much_less": CODE_BY_LEVEL[-2],
}


class Steps(Shape):
    """Five steps that anyone can recognise, in plain words: from much more than hoped to much
    less."""

    much_more: Words
    more: Words
    as_hoped: Words
    less: Words
    much_less: Words


def _steps_read(tree: Json) -> Any:
    told: dict[str, Any] = {}
    for one in nodes(tree, "extension"):
        if one.get("url") != SCALING:
            continue
        parts = {text(part, "url"): part for part in nodes(one, "extension")}
        code = node_at(parts.get("level", {}), "valueCoding").get("code")
        words = (parts.get("progressText") or parts.get("text") or {}).get("valueString")
        step = next((step for step, level in LEVEL_BY_STEP.items() if level == code), None)
        if step is None or step in told or words is None:
            return None
        told[step] = words
    return told or None


def _steps_write(tree: Json, steps: Any) -> None:
    others = [one for one in nodes(tree, "extension") if one.get("url") != SCALING]
    for step, level in LEVEL_BY_STEP.items() if steps else ():
        parts = [
            {"url": "level", "valueCoding": {"system": LOINC, "code": level}},
            {"url": "progressText", "valueString": steps[step]},
        ]
        others.append({"url": SCALING, "extension": parts})
    node("extension").write(tree, others or None)


def _same(words: Any) -> dict[str, str]:
    return {one: one for one in get_args(words)}


_HOW = object_at(
    "valueCodeableConcept",
    fields(how=coding(f"{BASE}/CodeSystem/goal-how-known", _same(HowKnown)), words=plain("text")),
)
_TARGET = fields(
    what=plain("measure.text"),
    number=plain("detailQuantity.value"),
    unit=plain("detailQuantity.unit"),
    unit_code=ucum("detailQuantity"),
    count=plain("detailInteger"),
    words=plain("detailString"),
    by=plain("dueDate"),
)


class HowWeKnow(Shape):
    """How we know that the person wants this, when somebody else says it."""

    how: HowKnown | None = None
    words: Words | None = None


class Target(Shape):
    """What would be reached, and by when."""

    what: Words | None = None
    number: Decimal | None = None
    unit: Words | None = None
    unit_code: Annotated[str | None, Field(description="Of UCUM, such as `km`.")] = None
    count: Whole | None = None
    words: Words | None = None
    by: Day | None = None

    @model_validator(mode="after")
    def _one(self) -> "Target":
        at_most_one(self, "number", "count", "words")
        return self


class Goal(Entry):
    """Something I want to do, in my own words."""

    words: Annotated[Words, plain("description.text")] = Field(
        description="The goal in the person's own words.",
        examples=["I want to hear the sea from my own bed again"],
    )
    began: Annotated[Day, plain("startDate")] = Field(description="The day it began.")
    state: Annotated[State | None, word(plain("lifecycleStatus"), _STATUS_BY_STATE)] = Field(
        None,
        description="A new one is `active` where the person says it or `how` we know that they do "
        "is said; else `thought-of`.",
    )
    said_by: Annotated[Who | None, who("expressedBy")] = Field(
        None, description="Who put it into words; the person, unless somebody else is named."
    )
    how_we_know: Annotated[HowWeKnow | None, extension(f"{_OURS}goal-how-known", _HOW)] = None
    why: Annotated[Words | None, plain("statusReason")] = Field(
        None, description="Why it is paused, reached or let go, in the person's words."
    )
    going: Annotated[Going | None, concept("achievementStatus", _ACHIEVEMENT, _CODE_BY_GOING)] = (
        Field(None, description="How it is going, all in all.")
    )
    since: Annotated[Day | None, plain("statusDate")] = Field(
        None, description="Since when it stands as it does."
    )
    importance: Annotated[
        ZeroToTen | None, extension(f"{_OURS}goal-importance", plain("valueInteger"))
    ] = Field(None, description="How important it is now, from 0 to 10.")
    confidence: Annotated[
        ZeroToTen | None, extension(f"{_OURS}goal-confidence", plain("valueInteger"))
    ] = Field(None, description="How sure the person is that they can, from 0 to 10.")
    priority: Annotated[
        Priority | None,
        concept("priority", _PRIORITY, {one: f"{one}-priority" for one in get_args(Priority)}),
    ] = None
    measured_by: Annotated[
        MeasuredBy | None, extension(f"{_OURS}goal-measured-by", plain("valueCode"))
    ] = Field(None, description="How the person wants to tell how close they are.")
    steps: Annotated[Steps | None, Part(f"extension('{SCALING}')", _steps_read, _steps_write)] = (
        Field(None, description="Five steps, for a goal that is measured by five-steps.")
    )
    review_on: Annotated[Review | None, REVIEW] = Field(
        None, description="When the person wants to look at it again."
    )
    parts_of_life: Annotated[
        list[PartOfLife] | None,
        own_items("category", coding(_DOMAINS, _same(PartOfLife))),
    ] = None
    targets: Annotated[list[Target] | None, each("target", _TARGET)] = None
    because_of: Annotated[list[Id] | None, ids_of("addresses", "Observation")] = Field(
        None, description="What matters to the person, which this goal comes from."
    )
    notes: Annotated[list[Note] | None, NOTES] = None
    language: Annotated[Words | None, plain("language")] = Field(
        None, description="The language of the words, as a code such as `kw`."
    )


GOALS = Kind(
    name="goals",
    one="goal",
    shape=Goal,
    type="Goal",
    claim=lambda tree: "scaled-goal" if _steps_read(tree) else "person-stated-goal",
    base={},
    query="_sort=-start-date",
    rules={
        "wm-goal-1": (
            "how_we_know",
            "When somebody else says what the person wants, say how we know.",
        ),
        "wm-goal-2": ("why", "Say, in words, why this goal was let go or is waiting."),
        "wm-goal-3": ("going", "A goal that is reached has a state that fits: put one right."),
        **{
            f"{profile}#Goal.target:measured.detail[x]:min": (
                "targets",
                "Say what would be reached: a number, a count, or words.",
            )
            for profile in ("person-stated-goal", "scaled-goal")
        },
        "gol-1": ("targets", "Say what it is that would be reached."),
        "wm-scaled-goal-1": ("steps", "Give each of the five steps once."),
        "wm-scaled-goal-2": ("measured_by", "A goal with five steps is measured by five-steps."),
    },
    by_person=("said_by",),
    begun=begun,
    beside={"may_become": (list[GoalMove], may_become), **OWN_WORDS},
)
