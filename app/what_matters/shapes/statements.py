"""What matters to me, about me, and my stories.

Source: fhir_profiles/StructureDefinition/what-matters.json, about-me-section.json
"""

from typing import Annotated, Literal

from pydantic import Field

from app.fhir.resource_types import Json
from app.what_matters.about_me import SECTION_BY_CODE, SNOMED
from app.what_matters.attainment import LOINC
from app.what_matters.mapping.codes import called, says
from app.what_matters.mapping.kind import Kind
from app.what_matters.shapes.told import STATEMENT, InWords, Written
from app.what_matters.shapes.words import OWN_WORDS

_PCO = "http://hl7.org/fhir/us/pco/CodeSystem/pco-concepts-temporary"
MATTERS = "81338-6"

Section = Literal[
    "most-important", "people", "communication", "wellness", "please-do", "support", "also"
]
CODE_BY_SECTION = {
    one.name.lower().replace("_", "-"): (code, one.value) for code, one in SECTION_BY_CODE.items()
}
SECTION = called("code", SNOMED, CODE_BY_SECTION)
SECTION_CODES = tuple(SECTION_BY_CODE)


class Statement(Written):
    """Something that matters to me. Nothing is tidied up."""


class AboutMe(Written):
    """One part of About Me, for everyone who supports me."""

    section: Annotated[Section, SECTION] = Field(description="Which of the seven parts.")


class Story(InWords):
    """A story of mine: how it went, in my own words."""


def _section_profile(tree: Json) -> str:
    return f"about-me-{SECTION.read(tree) or 'section'}"


STATEMENTS = Kind(
    name="statements",
    one="statement",
    shape=Statement,
    type="Observation",
    claim=lambda _: "what-matters",
    base={
        "category": [{"coding": [{"system": _PCO, "code": "what-matters"}]}],
        "code": {"coding": [{"system": LOINC, "code": MATTERS}], "text": "What matters to me"},
    },
    query=f"code={LOINC}|{MATTERS}&_sort=-date",
    is_one=says("code", LOINC, MATTERS),
    rules={
        "wm-what-matters-1": ("told_by", "Say by id who told this: a name alone is not enough."),
    },
    by_person=("told_by",),
    beside=OWN_WORDS,
    at="when",
)

ABOUT_ME = Kind(
    name="about-me",
    one="part of about me",
    shape=AboutMe,
    type="Observation",
    claim=_section_profile,
    base={"category": [{"text": "About me"}]},
    query=f"code={','.join(f'{SNOMED}|{code}' for code in SECTION_CODES)}&_sort=-date",
    is_one=says("code", SNOMED, *SECTION_CODES),
    rules={
        "wm-about-me-section-1": (
            "supported_to_write_by",
            "Say who helped to write it, as the person did not write it alone.",
        ),
    },
    by_person=("told_by",),
    beside=OWN_WORDS,
    at="when",
)

STORIES = Kind(
    name="stories",
    one="story",
    shape=Story,
    type="Observation",
    claim=lambda _: None,
    base={
        "code": {
            "coding": [{"system": STATEMENT, "code": "story"}],
            "text": "My story of how it went",
        }
    },
    query=f"code={STATEMENT}|story&_sort=-date",
    is_one=says("code", STATEMENT, "story"),
    by_person=("told_by",),
    beside=OWN_WORDS,
    at="when",
)
