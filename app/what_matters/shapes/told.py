"""What every entry has that was told: the words, by whom, when, and where it stands.

Spec: https://hl7.org/fhir/R4/observation.html
"""

from typing import Annotated, Literal

from pydantic import Field

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.what_matters.mapping.parts import extension, plain, word
from app.what_matters.mapping.who import everyone, id_of
from app.what_matters.shapes.notes import NOTES, Note
from app.what_matters.shapes.words import Entry, Id, Moment, Who, Words

STATEMENT = f"{BASE}/CodeSystem/statement"
SURVEY: Json = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "survey",
        }
    ]
}
_SUPPORTED = f"{BASE}/StructureDefinition/supported-to-write-by"

State = Literal[
    "stands",
    "changed",
    "put-right",
    "first-draft",
    "mistake",
    "called-off",
    "asked-for",
    "not-known",
]
STATUS_BY_STATE = {
    "stands": "final",
    "changed": "amended",
    "put-right": "corrected",
    "first-draft": "preliminary",
    "mistake": "entered-in-error",
    "called-off": "cancelled",
    "asked-for": "registered",
    "not-known": "unknown",
}

Helper = Annotated[str, Field(min_length=1, max_length=150, pattern=r"\S")]


class Told(Entry):
    """Something that somebody told."""

    told_by: Annotated[list[Who] | None, everyone("performer")] = Field(
        None, description="Who told it; the person, unless somebody else is named."
    )
    when: Annotated[Moment | None, plain("effectiveDateTime")] = Field(
        None, description="When it was told; the present, unless another moment is named."
    )
    at_contact: Annotated[Id | None, id_of("encounter", "Encounter")] = Field(
        None, description="The contact at which it was told."
    )
    state: Annotated[State, word(plain("status"), STATUS_BY_STATE)] = "stands"
    notes: Annotated[list[Note] | None, NOTES] = None
    language: Annotated[Words | None, plain("language")] = Field(
        None, description="The language of the words, as a code such as `kw`."
    )


class InWords(Told):
    """Something told in words, and kept as it was told."""

    words: Annotated[Words, plain("valueString")] = Field(description="As it was said.")


class Written(InWords):
    """Something that others may have helped to write."""

    supported_to_write_by: Annotated[Helper | None, extension(_SUPPORTED, plain("valueString"))] = (
        Field(None, description="Who helped to write it, and how they are to be reached.")
    )
