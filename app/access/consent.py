"""What a person's choice about sharing says, as the rights it gives or takes.

One reading, that of the profile sharing-choice: everything a choice says must fit for it to apply;
of those that apply, the one that says most wins, and of equal ones the no. What speaks of single
entries says more than what names an organisation, and that more than what speaks of kinds of entry,
of how private they are, of uses, and of a time. A yes that an organisation wrote down says less
than any no, and opens nothing restricted: that takes the person's own word.
Source: docs/decisions/0015-access-is-one-clause.md
"""

from collections.abc import Iterator

from app.fhir.date_ranges import DateRange, date_range
from app.fhir.indexed import BEGINNING, END
from app.fhir.labels import CONFIDENTIALITY
from app.fhir.reference import parse_reference
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.store.rights import TEAM, Right

_ENTRIES, _NAMED, _CLASSES, _LABEL, _PURPOSES, _PERIOD = 32, 16, 8, 4, 2, 1
_NOTED = -64  # lighter than any no


def rights_of_choice(tree: Json, fhir_base: str) -> Iterator[Right]:
    """The rights of a Consent; none unless it is active. One that holds what its profile does not
    allow is refused before it comes here."""
    if text(tree, "status") != "active":
        return
    provision = node_at(tree, "provision")
    says = text(provision, "type") == "permit"
    patient = _to(node_at(tree, "patient"), fhir_base)
    classes = tuple(code for one in nodes(provision, "class") if (code := text(one, "code")))
    entries = tuple(
        entry
        for one in nodes(provision, "data")
        if (entry := _to(node_at(one, "reference"), fhir_base))
    )
    purposes = tuple(code for one in nodes(provision, "purpose") if (code := text(one, "code")))
    labels = {
        text(one, "code")
        for one in nodes(provision, "securityLabel")
        if text(one, "system") == CONFIDENTIALITY
    }
    weight = _ENTRIES * bool(entries) + _CLASSES * bool(classes) + _LABEL * bool(labels)
    weight += _PURPOSES * bool(purposes) + _PERIOD * ("period" in provision)
    noted = says and _by_an_organisation(tree)
    weight += _NOTED * noted
    if says and patient and (classes or entries):
        # Whoever may see something of a person may see who it is of.
        classes, entries = _with_the_person(classes, entries, patient)
    low, high = span_of(provision)
    for actor in _actors(provision, fhir_base):
        named = actor != TEAM
        yield Right(
            actor,
            says,
            weight=weight + _NAMED * named,
            covers_restricted=(named or not says) and (not labels or "R" in labels) and not noted,
            classes=classes or None,
            entries=entries or None,
            purposes=purposes or None,
            low=low,
            high=high,
        )


def _by_an_organisation(tree: Json) -> bool:
    """Whether an organisation wrote this version, not the person nor an administrator who brings
    what they chose before. Nothing but the server says so: it sets `meta.source` on every write."""
    writer = (text(node_at(tree, "meta"), "source") or "").partition("#")[0]
    return writer.startswith("Organization/") and writer.count("/") == 1


def _with_the_person(
    classes: tuple[str, ...], entries: tuple[str, ...], patient: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (
        (*classes, "Patient") if classes else (),
        (*entries, patient) if entries else (),
    )


def _actors(provision: Json, fhir_base: str) -> Iterator[str]:
    for actor in nodes(provision, "actor"):
        to = _to(node_at(actor, "reference"), fhir_base) or ""
        if to.startswith(("Organization/", "RelatedPerson/")):
            yield to
        elif to.startswith("CareTeam/"):
            yield TEAM


def _to(reference: Json, fhir_base: str) -> str | None:
    parts = parse_reference(text(reference, "reference") or "", fhir_base)
    return parts.relative if parts else None


def span_of(node: Json) -> DateRange:
    """The period of an entry or of a part of it; what is left open has no end on that side."""
    period = node_at(node, "period")
    first = date_range(text(period, "start") or "")
    last = date_range(text(period, "end") or "")
    return (first[0] if first else BEGINNING, last[1] if last else END)
