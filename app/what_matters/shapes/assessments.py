"""An assessment that somebody did, by its name, and what it came to. Its questions are not kept.

Source: fhir_profiles/StructureDefinition/named-assessment.json
"""

from typing import Annotated

from pydantic import Field

from app.fhir.resource_types import Json
from app.fhir.rule import has_coding
from app.what_matters.about_me import SNOMED
from app.what_matters.attainment import LOINC
from app.what_matters.mapping.codes import says
from app.what_matters.mapping.kind import Kind
from app.what_matters.mapping.parts import each, fields, plain
from app.what_matters.mapping.who import everyone
from app.what_matters.shapes.helps import BARRIER
from app.what_matters.shapes.progress import SCORE, SCORE_PART, Score
from app.what_matters.shapes.statements import MATTERS, SECTION_CODES
from app.what_matters.shapes.told import STATEMENT, SURVEY, Told
from app.what_matters.shapes.words import Who, Words
from app.what_matters.wellbeing import WELLBEING

_SYSTEM = SURVEY["coding"][0]["system"]
_PART = fields(name=plain("code.text"), **SCORE)
# What is asked with set questions too, but is of another kind.
_OTHERS = {
    SNOMED: (BARRIER, *SECTION_CODES),
    LOINC: (MATTERS,),
    STATEMENT: ("strength", "story"),
    WELLBEING: ("four-questions",),
}
_NOT = ",".join(f"{system}|{code}" for system, codes in _OTHERS.items() for code in codes)


class AssessmentPart(Score):
    """What one part of an assessment came to."""

    name: Words


class Assessment(Told):
    """An assessment by its name, with its score or the score of each part."""

    name: Annotated[Words, plain("code.text")] = Field(
        description="What it is called.", examples=["Timed walk of four metres"]
    )
    told_by: Annotated[list[Who], everyone("performer")] = Field(
        min_length=1, description="Who did it."
    )
    score: Annotated[Score | None, SCORE_PART] = None
    parts: Annotated[list[AssessmentPart] | None, each("component", _PART)] = None


def is_assessment(tree: Json) -> bool:
    """Whether an Observation is of set questions, about no goal, and of no other kind."""
    survey = has_coding(tree, "category", _SYSTEM, frozenset(("survey",)))
    other = any(says("code", system, *codes)(tree) for system, codes in _OTHERS.items())
    return survey and not other and "focus" not in tree


ASSESSMENTS = Kind(
    name="assessments",
    one="assessment",
    shape=Assessment,
    type="Observation",
    claim=lambda _: "named-assessment",
    base={"category": [SURVEY]},
    query=f"category={_SYSTEM}|survey&focus:missing=true&code:not={_NOT}&_sort=-date",
    is_one=is_assessment,
    rules={
        "wm-named-assessment-1": ("score", "Give the score, or the score of each part."),
        "named-assessment#Observation.component.value[x]:min": (
            "parts",
            "Give the score of each part.",
        ),
    },
    at="when",
)
