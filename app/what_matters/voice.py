"""Whose words an entry holds: said by whom, on whose behalf, and how we know. A person's own words,
a child's too, are kept apart from what others say of them.

Spec: https://hl7.org/fhir/R4/ (the elements named here), fhir_profiles/StructureDefinition/
goal-how-known.json and supported-to-write-by.json
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.fhir.terminology import lookup
from app.what_matters.goal import HOW_KNOWN, HOW_KNOWN_CODES
from app.what_matters.links import extension_of, linked

SUPPORTED_BY = f"{BASE}/StructureDefinition/supported-to-write-by"
# By the type: the element that says whose words they are, and the one that says whom about.
_SAID_BY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "Goal": ("expressedBy", "subject"),
        "Observation": ("performer", "subject"),
        "QuestionnaireResponse": ("source", "subject"),
        "ServiceRequest": ("requester", "subject"),
        "Task": ("requester", "for"),
        "CarePlan": ("author", "subject"),
        "Communication": ("sender", "subject"),
        "Flag": ("author", "subject"),
    }
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """by: who said it, every one of them. about: whose record it is in. is_own: the person is among
    those who said it.

    how_known: a code of `goal-how-known`, "" where it is in words or not said. how_words: the same
    in words. helped_by: who helped to write it, as that is written.
    """

    by: tuple[str, ...]
    about: str
    is_own: bool
    how_known: str = ""
    how_words: str = ""
    helped_by: str = ""


def voice_of(entry: Json) -> Spoken | None:
    """Whose words an entry holds; None for one of a type that holds nobody's, or that does not say
    whom it is about."""
    said_by, about = _SAID_BY.get(text(entry, "resourceType") or "", ("", ""))
    subject = next(iter(linked(entry, about, "Patient")), "") if about else ""
    if not subject:
        return None
    by = tuple(linked(entry, said_by))
    concept = node_at(extension_of(entry, HOW_KNOWN), "valueCodeableConcept")
    codes = [one for one in nodes(concept, "coding") if one.get("system") == HOW_KNOWN_CODES]
    code = text(codes[0], "code") or "" if codes else ""
    known = lookup(HOW_KNOWN_CODES, code) if code else None
    return Spoken(
        by,
        subject,
        subject in by,
        code,
        text(concept, "text") or (known.display if known is not None else None) or "",
        text(extension_of(entry, SUPPORTED_BY), "valueString") or "",
    )


def own_and_others(entries: Iterable[Json]) -> tuple[list[Json], list[Json]]:
    """(what the person said, what others said of them), each in the order that was given. What
    does not say who said it is not the person's."""
    own: list[Json] = []
    others: list[Json] = []
    for entry in entries:
        voice = voice_of(entry)
        (own if voice is not None and voice.is_own else others).append(entry)
    return own, others
