"""The labels of an entry that keep it from some people, as one small number beside its row.

Spec: https://hl7.org/fhir/R4/security-labels.html, fhir_profiles/CodeSystem/label.json
"""

from collections.abc import Mapping
from enum import IntFlag
from types import MappingProxyType

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text

CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
OURS = f"{BASE}/CodeSystem/label"


class Label(IntFlag):
    """Each keeps an entry from some of those who would see it."""

    NONE = 0
    RESTRICTED = 1
    JUST_US = 2
    HIDDEN_FROM_SUPPORTERS = 4
    HIDDEN_FROM_PERSON = 8
    # Set apart as another person's. No coding stands for it: it is put on and taken off by a step
    # of its own, and no version that anybody writes takes it away.
    QUARANTINED = 16


# A very restricted entry is at least restricted.
LABEL_BY_CODING: Mapping[tuple[str, str], Label] = MappingProxyType(
    {
        (CONFIDENTIALITY, "R"): Label.RESTRICTED,
        (CONFIDENTIALITY, "V"): Label.RESTRICTED,
        (OURS, "just-us"): Label.JUST_US,
        (OURS, "hidden-from-supporters"): Label.HIDDEN_FROM_SUPPORTERS,
        (OURS, "hidden-from-the-person"): Label.HIDDEN_FROM_PERSON,
    }
)


# An AuditEvent about an entry that is hidden from the person bears this index entry, so that their
# own log does not tell of it.
HIDDEN_DEED = "_label=hidden-from-the-person"


def labels_of(tree: Json) -> Label:
    """The labels in `meta.security`; others say nothing here."""
    found = Label.NONE
    for coding in nodes(node_at(tree, "meta"), "security"):
        system, code = text(coding, "system") or "", text(coding, "code") or ""
        found |= LABEL_BY_CODING.get((system, code), Label.NONE)
    return found
