"""How close I am to a goal: in my own words, from 0 to 10, as one of five steps, or measured in
another way.

Source: fhir_profiles/StructureDefinition/progress.json and those below it
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.what_matters.about_me import SNOMED
from app.what_matters.attainment import LOINC
from app.what_matters.links import linked
from app.what_matters.mapping.codes import called, says
from app.what_matters.mapping.kind import Kind
from app.what_matters.mapping.parts import (
    Part,
    concept,
    converted,
    fields,
    first_of,
    plain,
    ucum,
)
from app.what_matters.mapping.who import ids_of
from app.what_matters.shapes.goals import LEVEL_BY_STEP
from app.what_matters.shapes.helps import BARRIER
from app.what_matters.shapes.statements import MATTERS
from app.what_matters.shapes.told import STATEMENT, SURVEY, Told
from app.what_matters.shapes.words import OWN_WORDS, Id, Shape, Whole, Words, ZeroToTen, at_most_one

_PROGRESS = f"{BASE}/CodeSystem/progress"
_VALUES = ("valueString", "valueInteger", "valueCodeableConcept", "valueQuantity")
_WORDS = ("own-words", "How it is going, in my own words")
_NUMBER = ("how-close", "How close am I, 0 to 10")

Step = Literal["much-more", "more", "as-hoped", "less", "much-less"]
View = Literal["at-the-start", "person", "worker", "supporter"]
_CODE_BY_VIEW = {
    "at-the-start": ("112296-9", "Where I was at the start"),
    "person": ("107334-5", "Where I am now"),
    "worker": ("107333-7", "Where they are now, said by a worker"),
    "supporter": ("107331-1", "Where they are now, said by a carer"),
}
_VIEW_BY_TYPE = {"Patient": "person", "RelatedPerson": "supporter"}
_VIEW = called("code", LOINC, _CODE_BY_VIEW)
_SCORES = (*(code for code, _ in _CODE_BY_VIEW.values()), "107332-9")
_STEP = concept(
    "valueCodeableConcept",
    LOINC,
    {name.replace("_", "-"): level for name, level in LEVEL_BY_STEP.items()},
)
is_scored = says("code", LOINC, *_SCORES)
_is_ours = says("code", _PROGRESS, _WORDS[0], _NUMBER[0])


def _without_value(tree: Json) -> None:
    for name in _VALUES:
        tree.pop(name, None)


def _way(code: tuple[str, str], value: Part) -> Part:
    """One way to tell it, with the code that says so. Told in one way, it is not told in
    another."""
    is_this = says("code", _PROGRESS, code[0])
    new = {"coding": [{"system": _PROGRESS, "code": code[0]}], "text": code[1]}

    def read(tree: Json) -> Any:
        return value.read(tree) if is_this(tree) else None

    def write(tree: Json, told: Any) -> None:
        if told is None:
            value.write(tree, None)
            if tree.get("code") == new:
                tree.pop("code")
            return
        _without_value(tree)
        value.write(tree, told)
        if not is_this(tree):
            tree["code"] = new

    return Part(value.place, read, write)


def _step_write(tree: Json, step: Any) -> None:
    if step is None:
        _STEP.write(tree, None)
        return
    _without_value(tree)
    _STEP.write(tree, step)
    if not is_scored(tree):
        _VIEW.write(tree, _view_of(tree))


def _view_of(tree: Json) -> str:
    types = {one.partition("/")[0] for one in linked(tree, "performer")}
    return next((view for type, view in _VIEW_BY_TYPE.items() if type in types), "worker")


SCORE = {
    "number": plain("valueQuantity.value"),
    "unit": plain("valueQuantity.unit"),
    "unit_code": ucum("valueQuantity"),
    "count": plain("valueInteger"),
    "words": first_of(plain("valueString"), plain("valueCodeableConcept.text")),
}
_SCORE = fields(**SCORE)
SCORE_PART = Part("value[x]", _SCORE.read, _SCORE.write)
_WHAT = fields(what=plain("code.text"))


def _measured_read(tree: Json) -> Any:
    if _is_ours(tree) or is_scored(tree):
        return None
    score = _SCORE.read(tree)
    return {**(_WHAT.read(tree) or {}), **score} if score else None


def _measured_write(tree: Json, told: Any) -> None:
    before = _measured_read(tree)
    if before is None or told is None or before.keys() != told.keys():
        _without_value(tree)
    if before is None:
        tree.pop("code", None)
    _SCORE.write(tree, told)
    _WHAT.write(tree, told)


class Score(Shape):
    """What was found: a number with its unit, a whole number, or words."""

    number: Decimal | None = None
    unit: Words | None = None
    unit_code: Annotated[str | None, Field(description="Of UCUM, such as `km`.")] = None
    count: Whole | None = None
    words: Words | None = None

    @model_validator(mode="after")
    def _one(self) -> "Score":
        at_most_one(self, "number", "count", "words")
        return self


class Measured(Score):
    """Something that was measured."""

    what: Words | None = None


def _alone(id: str) -> list[str]:
    return [id]


_GOAL = converted(ids_of("focus", "Goal"), lambda ids: ids[0] if len(ids) == 1 else None, _alone)


class Progress(Told):
    """How close I am to a goal: told in one way."""

    goal: Annotated[Id, _GOAL] = Field(description="The goal it is about.")
    words: Annotated[Words | None, _way(_WORDS, plain("valueString"))] = Field(
        None, description="In my own words."
    )
    number: Annotated[ZeroToTen | None, _way(_NUMBER, plain("valueInteger"))] = Field(
        None, description="From 0 to 10."
    )
    step: Annotated[Step | None, Part("valueCodeableConcept", _STEP.read, _step_write)] = Field(
        None, description="One of the five steps of the goal."
    )
    view: Annotated[View | None, _VIEW] = Field(
        None, description="Whose view the step is, or that it is where things stood at the start."
    )
    measured: Annotated[Measured | None, Part("value[x]", _measured_read, _measured_write)] = Field(
        None, description="Something else that was measured."
    )

    @model_validator(mode="after")
    def _told_once(self) -> "Progress":
        said = at_most_one(self, "words", "number", "step", "measured")
        if not said and type(self).model_fields["goal"].is_required():
            raise ValueError("Say how close it is: send one of words, number, step and measured")
        if said and self.step is None and self.view is not None:
            raise ValueError("A view is of a step: leave it out, or send the step")
        return self


def _profile(tree: Json) -> str:
    if is_scored(tree):
        return "progress-five-steps"
    return next(
        (name for code, name in _PROFILES if says("code", _PROGRESS, code)(tree)), "progress"
    )


_PROFILES = (("own-words", "progress-own-words"), ("how-close", "progress-number"))
# What is about a goal, but does not tell how close it is.
_OTHERS = ((STATEMENT, "strength"), (SNOMED, BARRIER), (LOINC, MATTERS), (STATEMENT, "story"))
_NOT = ",".join(f"{system}|{code}" for system, code in _OTHERS)


def is_progress(tree: Json) -> bool:
    """Whether an Observation tells how close one goal is."""
    other = any(says("code", system, code)(tree) for system, code in _OTHERS)
    return _GOAL.read(tree) is not None and not other


PROGRESS = Kind(
    name="progress",
    one="progress note",
    shape=Progress,
    type="Observation",
    claim=_profile,
    base={"category": [SURVEY]},
    query=f"focus:missing=false&code:not={_NOT}&_sort=-date",
    is_one=is_progress,
    rules={
        "progress#Observation.value[x]:min": (
            "words",
            "Say how close it is: in words, as a number, as a step or by what was measured.",
        ),
        "wm-progress-five-steps-1": ("view", "This is the person's view: name them in told_by."),
        "wm-progress-five-steps-2": ("view", "This is a worker's view: name them in told_by."),
        "wm-progress-five-steps-3": ("view", "This is a supporter's view: name them in told_by."),
    },
    by_person=("told_by",),
    beside=OWN_WORDS,
    at="when",
)
