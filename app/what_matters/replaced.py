"""What a Patient says of another record of the same person: which of them replaces which.

Only a merge says so, and an unmerge takes away exactly what it added.
Spec: https://hl7.org/fhir/R4/patient-definitions.html#Patient.link
"""

from app.errors import Issue
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text

_KINDS = frozenset(("replaced-by", "replaces"))
_BY_MERGE = (
    "That one record replaces another is said by Patient/$merge alone. Send such links as they are "
    "stored; to point to another record, use the type refer or seealso."
)


def as_source(patient: Json, target: str) -> tuple[Json, Json]:
    """The Patient whose record is no longer in use, and what was added to it. target: the id of
    the one that is."""
    linked, added = _linked(patient, "replaced-by", target)
    if linked.get("active") is not False:
        added["active"] = linked.get("active")
        linked["active"] = False
    return linked, added


def as_target(patient: Json, source: str) -> tuple[Json, Json]:
    """The Patient whose record is in use for both, and what was added to it."""
    return _linked(patient, "replaces", source)


def without(patient: Json, added: Json) -> Json:
    """The Patient without what a merge added; what somebody changed since is kept."""
    rest = dict(patient)
    if "link" in added and added["link"] in nodes(rest, "link"):
        links = list(rest["link"])
        links.remove(added["link"])
        rest["link"] = links
        if not links:
            del rest["link"]
    if "active" in added and rest.get("active") is False:
        if added["active"] is None:
            del rest["active"]
        else:
            rest["active"] = added["active"]
    return rest


def changed_by_hand(before: Json, after: Json) -> list[Issue]:
    """An issue where a version says otherwise than the one before which record replaces which.
    before: {} for none."""
    if sorted(_told(before)) == sorted(_told(after)):
        return []
    said = _BY_MERGE
    for kind, other in _told(before):
        if kind == "replaced-by":
            said = f"This record was merged into {other}: write to that one. {_BY_MERGE}"
    return [Issue("business-rule", said, "Patient.link", rule="wm-replaced-by-merge")]


def _linked(patient: Json, kind: str, other: str) -> tuple[Json, Json]:
    link = {"other": {"reference": f"Patient/{other}"}, "type": kind}
    if link in nodes(patient, "link"):
        return dict(patient), {}
    return {**patient, "link": [*patient.get("link", ()), link]}, {"link": link}


def _told(patient: Json) -> list[tuple[str, str]]:
    return [
        (one["type"], text(node_at(one, "other"), "reference") or "another record")
        for one in nodes(patient, "link")
        if text(one, "type") in _KINDS
    ]
