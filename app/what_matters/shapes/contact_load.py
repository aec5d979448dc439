"""Contacts of many people in one body, as a system sends them at night: each with the sender's own
reference, by which the same contact is known when it comes again.

Source: fhir_profiles/StructureDefinition/contact.json; docs/api.md
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.what_matters.mapping.kind import made
from app.what_matters.shapes.contacts import CONTACTS, Contact
from app.what_matters.shapes.words import Id, Shape

MOST = 1_000
_OWN = ("person", "your_reference")

Reference = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9._:/\-]{1,100}$",
        description="What your system calls this contact. It is kept as an identifier.",
        examples=["visit-2026-11-22-0817"],
    ),
]


class SentContact(Contact):
    """A contact, whose it is, and what the sender calls it."""

    person: Id
    your_reference: Reference


class ContactLoad(Shape):
    """Each is looked at by itself, so one that is wrong stops no other."""

    contacts: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=MOST,
        description="Each is a contact with `person` and `your_reference` beside it.",
    )


class FaultOfOne(BaseModel):
    """One thing that is wrong with one contact."""

    detail: str
    field: str | None = None


class LoadedContact(BaseModel):
    """What became of one of them, in the order sent."""

    your_reference: str | None = None
    person: str | None = None
    outcome: Literal["created", "here-already", "refused"]
    id: Id | None = None
    status: int | None = Field(None, description="As it would have been by itself.")
    faults: list[FaultOfOne] | None = None


class Loaded(BaseModel):
    """What became of them all."""

    created: int
    here_already: int
    refused: int
    contacts: list[LoadedContact]


def contact_sent(sent: SentContact, agent: str) -> tuple[Json, str]:
    """(the Encounter, the condition under which it is here already). agent: who sends it; each has
    references of its own."""
    said = sent.model_dump(exclude_unset=True, exclude_none=True, exclude=set(_OWN))
    tree = made(CONTACTS, {"state": "over", **said}, sent.person, "")
    identifier = {"system": f"{BASE}/reference/{agent}", "value": sent.your_reference}
    return {**tree, "identifier": [identifier]}, (
        f"identifier={identifier['system']}|{sent.your_reference}"
    )
