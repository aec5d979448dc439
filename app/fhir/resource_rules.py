"""R4's invariants on the resource types served, as predicates.

Spec: https://hl7.org/fhir/R4/resourcelist.html (each type's own page, under Constraints)
"""

from functools import partial

import msgspec

from app.fhir.resource_types import Json
from app.fhir.rule import (
    Rule,
    has,
    has_choice,
    has_coding,
    is_not_after,
    node_at,
    nodes,
    text,
)

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_OVER = frozenset({"resolved", "remission", "inactive"})
_MISTAKE = frozenset({"entered-in-error"})


def _member_may_act_for(node: Json) -> bool:
    if not has(node, "onBehalfOf"):
        return True
    parts = (text(node_at(node, "member"), "reference") or "").partition("/_history/")[0].split("/")
    kind = parts[-2] if len(parts) > 1 else ""
    return not kind.isalpha() or kind == "Practitioner"


def _abatement_holds(node: Json) -> bool:
    return not has_choice(node, "abatement") or has_coding(node, "clinicalStatus", _CLINICAL, _OVER)


def _mistake_holds(node: Json) -> bool:
    is_mistake = has_coding(node, "verificationStatus", _VERIFICATION, _MISTAKE)
    return not (is_mistake and has(node, "clinicalStatus"))


def _patient_is_named(scope: str, node: Json) -> bool:
    # R4 prints the system as 'something'; its consentscope code system is what is meant.
    return has(node, "patient") or not any(
        has_coding(node, "scope", system, frozenset({scope}))
        for system in (_CONSENT_SCOPE, "something")
    )


def _components_differ(node: Json) -> bool:
    if not has_choice(node, "value") or "component" not in node:
        return True
    own = {_written(coding) for coding in nodes(node_at(node, "code"), "coding")}
    return not any(
        _written(coding) in own
        for component in nodes(node, "component")
        for coding in nodes(node_at(component, "code"), "coding")
    )


def _written(coding: Json) -> bytes:
    """The same for every coding that says the same, whatever the order of its members."""
    return msgspec.json.encode(coding, order="sorted")


def _is_not_at_home(name: str, node: Json) -> bool:
    return not any(item.get("use") == "home" for item in nodes(node, name))


def _entries_are_free_of(name: str, node: Json) -> bool:
    return not any(has(entry, name) for entry in nodes(node, "entry"))


RULES = (
    Rule(
        "sev-1",
        "AuditEvent.entity",
        "An entity has a name or a query, not both.",
        lambda node: not (has(node, "name") and has(node, "query")),
    ),
    Rule(
        "cpl-3",
        "CarePlan.activity",
        "An activity is described by detail or by reference, not both.",
        lambda node: not (has(node, "detail") and has(node, "reference")),
    ),
    Rule(
        "ctm-1",
        "CareTeam.participant",
        "Only a practitioner may take part on behalf of an organisation.",
        _member_may_act_for,
        ".onBehalfOf",
    ),
    Rule(
        "con-1",
        "Condition.stage",
        "A stage has a summary or an assessment.",
        lambda node: has(node, "summary", "assessment"),
    ),
    Rule(
        "con-2",
        "Condition.evidence",
        "Evidence has a code or a detail.",
        lambda node: has(node, "code", "detail"),
    ),
    Rule(
        "con-4",
        "Condition",
        "Only a condition that is resolved, in remission or inactive has an end.",
        _abatement_holds,
    ),
    Rule(
        "con-5",
        "Condition",
        "A condition entered in error has no clinical status.",
        _mistake_holds,
        ".clinicalStatus",
    ),
    Rule(
        "ppc-1",
        "Consent",
        "A consent states its policy or policy rule.",
        lambda node: has(node, "policy", "policyRule"),
    ),
    *(
        Rule(
            key,
            "Consent",
            "A consent of this scope names its patient.",
            partial(_patient_is_named, code),
        )
        for key, code in (
            ("ppc-2", "patient-privacy"),
            ("ppc-3", "research"),
            ("ppc-4", "adr"),
            ("ppc-5", "treatment"),
        )
    ),
    Rule(
        "gol-1",
        "Goal.target",
        "A target with a detail needs the measure it is a detail of.",
        lambda node: has(node, "measure") or not has_choice(node, "detail"),
    ),
    Rule(
        "grp-1",
        "Group",
        "Only a group of actual members may list them.",
        lambda node: not has(node, "member") or node.get("actual") is True,
    ),
    Rule(
        "lst-1",
        "List",
        "A list with entries has no reason to be empty.",
        lambda node: not (has(node, "emptyReason") and has(node, "entry")),
    ),
    Rule(
        "lst-2",
        "List",
        "Only a list of changes may mark entries as deleted.",
        lambda node: node.get("mode") == "changes" or _entries_are_free_of("deleted", node),
    ),
    Rule(
        "lst-3",
        "List",
        "Only a working list may date its entries.",
        lambda node: node.get("mode") == "working" or _entries_are_free_of("date", node),
    ),
    Rule(
        "obs-3",
        "Observation.referenceRange",
        "A reference range has a low end, a high end or a text.",
        lambda node: has(node, "low", "high", "text"),
    ),
    Rule(
        "obs-6",
        "Observation",
        "A value that is there has no reason to be absent.",
        lambda node: not (has(node, "dataAbsentReason") and has_choice(node, "value")),
        ".dataAbsentReason",
    ),
    Rule(
        "obs-7",
        "Observation",
        "With a value, no component may have the code of the whole.",
        _components_differ,
    ),
    Rule(
        "org-1",
        "Organization",
        "An organisation has a name or an identifier.",
        lambda node: has(node, "identifier", "name"),
    ),
    Rule(
        "org-2",
        "Organization",
        "An organisation has no home address.",
        lambda node: _is_not_at_home("address", node),
        ".address",
    ),
    Rule(
        "org-3",
        "Organization",
        "An organisation has no home telephone or email.",
        lambda node: _is_not_at_home("telecom", node),
        ".telecom",
    ),
    Rule(
        "pat-1",
        "Patient.contact",
        "A contact has a name, a telecom, an address or an organization.",
        lambda node: has(node, "name", "telecom", "address", "organization"),
    ),
    Rule(
        "prr-1",
        "ServiceRequest",
        "Order details need the code they are details of.",
        lambda node: not has(node, "orderDetail") or has(node, "code"),
        ".orderDetail",
    ),
    Rule(
        "inv-1",
        "Task",
        "The task cannot have been changed before it was written.",
        lambda node: is_not_after(text(node, "authoredOn"), text(node, "lastModified")),
        ".lastModified",
    ),
)

WARNINGS = (
    Rule(
        "con-3",
        "Condition",
        "A condition on the problem list should have a clinical status.",
        lambda node: (
            has(node, "clinicalStatus")
            or has_coding(node, "verificationStatus", _VERIFICATION, _MISTAKE)
            or not any(
                coding.get("code") == "problem-list-item"
                for category in nodes(node, "category")
                for coding in nodes(category, "coding")
            )
        ),
    ),
)
