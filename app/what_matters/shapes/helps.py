"""What helps me, and what gets in the way.

Source: fhir_profiles/StructureDefinition/strength.json, barrier.json
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.fhir.resource_types import Json
from app.fhir.rule import node_at
from app.what_matters.about_me import SNOMED
from app.what_matters.mapping.codes import says
from app.what_matters.mapping.kind import Kind
from app.what_matters.mapping.parts import Part, coding, put
from app.what_matters.mapping.who import ids_of
from app.what_matters.shapes.told import STATEMENT, SURVEY, InWords, Told
from app.what_matters.shapes.words import OWN_WORDS, Id, Words

BARRIER = "811791000000103"

Obstacle = Literal["pain", "feeling-anxious", "feeling-tired", "hearing", "bladder"]
_CODING = coding(
    SNOMED,
    {
        "pain": "22253000",
        "feeling-anxious": "48694002",
        "feeling-tired": "224960004",
        "hearing": "15188001",
        "bladder": "165232002",
    },
)


def _words_read(tree: Json) -> Any:
    return tree.get("valueString") or node_at(tree, "valueCodeableConcept").get("text")


def _words_write(tree: Json, words: Any) -> None:
    """A code keeps the words beside it; without one they stand alone."""
    coded = "valueCodeableConcept" in tree
    put(tree, "valueCodeableConcept.text" if coded else "valueString", words)


def _sort_read(tree: Json) -> Any:
    return _CODING.read(node_at(tree, "valueCodeableConcept"))


def _sort_write(tree: Json, sort: Any) -> None:
    concept = dict(node_at(tree, "valueCodeableConcept"))
    words = tree.pop("valueString", None) or concept.get("text")
    _CODING.write(concept, sort)
    if sort is None and concept.keys() <= {"text"}:
        put(tree, "valueCodeableConcept", None)
        put(tree, "valueString", words)
    else:
        put(tree, "valueCodeableConcept", {**concept, "text": words} if words else concept)


class Strength(InWords):
    """Something I have, can do or can count on."""

    about_goals: Annotated[list[Id] | None, ids_of("focus", "Goal")] = Field(
        None, description="The goals it helps with, if it is about any."
    )


class Barrier(Told):
    """Something that gets in the way of a goal."""

    words: Annotated[Words, Part("valueString", _words_read, _words_write)] = Field(
        description="As it was said."
    )
    sort: Annotated[Obstacle | None, Part("valueCodeableConcept", _sort_read, _sort_write)] = None
    about_goals: Annotated[list[Id], ids_of("focus", "Goal")] = Field(
        min_length=1, description="The goals it gets in the way of."
    )


STRENGTHS = Kind(
    name="strengths",
    one="strength",
    shape=Strength,
    type="Observation",
    claim=lambda _: "strength",
    base={"code": {"coding": [{"system": STATEMENT, "code": "strength"}], "text": "What helps"}},
    query=f"code={STATEMENT}|strength&_sort=-date",
    is_one=says("code", STATEMENT, "strength"),
    by_person=("told_by",),
    beside=OWN_WORDS,
    at="when",
)

BARRIERS = Kind(
    name="barriers",
    one="barrier",
    shape=Barrier,
    type="Observation",
    claim=lambda _: "barrier",
    base={
        "category": [SURVEY],
        "code": {
            "coding": [{"system": SNOMED, "code": BARRIER}],
            "text": "What gets in the way",
        },
    },
    query=f"code={SNOMED}|{BARRIER}&_sort=-date",
    is_one=says("code", SNOMED, BARRIER),
    rules={
        "wm-barrier-1": ("words", "Say it in the person's words: the sort alone is not enough."),
    },
    by_person=("told_by",),
    beside=OWN_WORDS,
    at="when",
)
