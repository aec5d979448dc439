"""Is it a sound R4 resource? Every fault at once, each with its place; compiled once for each type.

Spec: https://hl7.org/fhir/R4/validation.html, https://hl7.org/fhir/R4/json.html
Structure, cardinality, primitive values, required codes, reference targets, narrative, contained
resources and R4's invariants. Profiles, other codes and this record's own rules are elsewhere.
"""

from collections.abc import Iterator
from typing import Any

from app.errors import Issue
from app.fhir.compiled import check_of
from app.fhir.contained import settled
from app.fhir.element_tables import known_types, resources
from app.fhir.finding import ENOUGH, Finding, Waits
from app.fhir.invariants import NARRATIVE_IS_MISSING, warnings_by_path
from app.fhir.resource_types import Json


def check(
    resource: Json, *, expected_type: str | None = None, allow_conditional: bool = False
) -> list[Issue]:
    """Every fault of a parsed resource; an empty list when it is sound.

    allow_conditional: references such as `Patient?identifier=x` may stay, as inside a transaction.
    At most ENOUGH issues are told. Texts never repeat a value that was sent.
    """
    fault = _type_fault(resource, expected_type)
    if fault is not None:
        return [fault]
    kind: str = resource["resourceType"]
    check_type = check_of(kind)
    found = check_type(resource) if check_type else None
    if found is None and "contained" not in resource:
        return []
    return [
        _issue(kind, finding)
        for finding in settled(resource, found or [])
        if not (allow_conditional and finding.waits is Waits.CONDITION)
    ][:ENOUGH]


def warnings(resource: Json) -> list[Issue]:
    """What R4 advises and this resource does not follow; nothing here is a reason to refuse."""
    kind = resource.get("resourceType")
    if type(kind) is not str or kind not in resources():
        return []
    return [*_advice(kind, resource)]


def _advice(kind: str, resource: Json) -> Iterator[Issue]:
    rules = warnings_by_path().get(kind, ())
    if resources()[kind].kind == "domain resource":
        rules = (*rules, NARRATIVE_IS_MISSING)
    for rule in rules:
        if not rule.holds(resource):
            yield Issue("invariant", rule.text, kind + rule.place, "warning", rule.key)


def _type_fault(resource: Any, expected_type: str | None) -> Issue | None:
    if type(resource) is not dict:
        return Issue("structure", "A resource is a JSON object with a resourceType.")
    kind = resource.get("resourceType")
    if kind is None:
        text = "'resourceType' is missing: it says what this is, such as Goal."
        return Issue("required", text, "resourceType")
    if type(kind) is not str or kind not in known_types():
        text = "R4 has no resource type of this name: look how it is spelt."
        return Issue("structure", text, "resourceType")
    if expected_type is not None and kind != expected_type:
        text = f"This must be a resource of type {expected_type}, as the address says."
        return Issue("structure", text, "resourceType")
    if kind not in resources():
        return Issue("not-supported", f"This service does not keep {kind}.", "resourceType")
    return None


def _issue(kind: str, finding: Finding) -> Issue:
    return Issue(finding.code, finding.text, kind + finding.path, rule=finding.rule)
