"""What is written in `meta.security` is kept to, or refused: a label in another spelling would look
as if it hid an entry, and hide nothing.

Spec: https://hl7.org/fhir/R4/security-labels.html, docs/access.md
"""

from collections.abc import Iterator

from app.errors import Issue
from app.fhir.labels import CONFIDENTIALITY, LABEL_BY_CODING, OURS, Label, labels_of
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text

_OPEN = frozenset((CONFIDENTIALITY, code) for code in ("U", "L", "M", "N"))
_CODES = frozenset(code.casefold() for _, code in LABEL_BY_CODING)
_SYSTEMS = frozenset(one.casefold().partition("://")[2] for one in (CONFIDENTIALITY, OURS))
_TOLD_TO_THE_PERSON = frozenset(("Patient", "Consent", "RelatedPerson"))
_NO_CODE = "A label has a system and a code; words alone hide nothing."
_MISSPELT = (
    "This is not quite a label of this record, so it would hide nothing. The labels are R and V of "
    f"{CONFIDENTIALITY}, and just-us, hidden-from-supporters and hidden-from-the-person of {OURS}."
)
_NOT_HIDDEN = (
    "Who a person is, who helps them and what they chose is not hidden from them. Leave it out."
)


def label_faults(tree: Json) -> Iterator[Issue]:
    """What is wrong with the labels of an entry."""
    kind = tree["resourceType"]
    for n, coding in enumerate(nodes(node_at(tree, "meta"), "security")):
        place = f"{kind}.meta.security[{n}]"
        system, code = text(coding, "system"), text(coding, "code")
        if system is None or code is None:
            yield Issue("required", _NO_CODE, place)
        elif (system, code) in LABEL_BY_CODING or (system, code) in _OPEN:
            continue
        elif code.casefold() in _CODES or _plain(system) in _SYSTEMS:
            yield Issue("code-invalid", _MISSPELT, place)
    if kind in _TOLD_TO_THE_PERSON and Label.HIDDEN_FROM_PERSON in labels_of(tree):
        yield Issue("business-rule", _NOT_HIDDEN, f"{kind}.meta.security")


def _plain(system: str) -> str:
    """A system without what is written in more than one way."""
    scheme, _, rest = system.partition("|")[0].rstrip("/").casefold().partition("://")
    return rest or scheme
