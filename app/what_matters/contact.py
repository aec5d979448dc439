"""A contact, one touch point: with whom, about which goal, whether what matters was talked about,
and whether the person had to tell it again.

Spec: https://hl7.org/fhir/R4/encounter.html, fhir_profiles/StructureDefinition/contact.json
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.fhir.date_ranges import date_range
from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, text
from app.what_matters.links import extension_of, goals_of, linked

CONVERSATION = f"{BASE}/StructureDefinition/what-matters-conversation"
TOLD_AGAIN = f"{BASE}/StructureDefinition/told-again"
_HAPPENED = frozenset(("arrived", "triaged", "in-progress", "onleave", "finished"))


class Conversation(StrEnum):
    """What happened to the words the person has given about what matters to them."""

    NOT_ASKED = "not-asked"
    READ = "read"
    ASKED = "asked"
    UPDATED = "updated"


STARTED_WITH_IT = tuple(one for one in Conversation if one is not Conversation.NOT_ASKED)
_CONVERSATION_BY_CODE = {one.value: one for one in Conversation}


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that happened. organisation: `Organization/7`, "" where it is not said.

    conversation, told_again: None where nobody said.
    """

    organisation: str
    when: datetime
    conversation: Conversation | None
    told_again: bool | None
    goals: tuple[str, ...]

    @property
    def starts_with_what_matters(self) -> bool:
        """Whether what matters was read, asked or put up to date."""
        return self.conversation in STARTED_WITH_IT


@dataclass(frozen=True, slots=True)
class Conversations:
    """Of so many contacts: how many say what happened, and of those how many started with what
    matters. What is not said is no "no"."""

    contacts: int
    said: int
    with_what_matters: int


def contact_of(encounter: Json) -> Contact | None:
    """The contact an Encounter tells of; None for one that is planned, was called off, was a
    mistake, or does not say when it was."""
    span = date_range(text(node_at(encounter, "period"), "start") or "")
    if span is None or text(encounter, "status") not in _HAPPENED:
        return None
    told_again = extension_of(encounter, TOLD_AGAIN).get("valueBoolean")
    code = text(extension_of(encounter, CONVERSATION), "valueCode")
    return Contact(
        organisation=next(iter(linked(encounter, "serviceProvider", "Organization")), ""),
        when=span[0],
        conversation=_CONVERSATION_BY_CODE.get(code or ""),
        told_again=told_again if type(told_again) is bool else None,
        goals=tuple(goals_of(encounter)),
    )


def conversations(contacts: Iterable[Contact]) -> Conversations:
    """How often a contact started with what matters."""
    every = list(contacts)
    said = [one for one in every if one.conversation is not None]
    return Conversations(len(every), len(said), sum(one.starts_with_what_matters for one in said))
