"""The checks made from the element tables, each once, when its type is first met.

Spec: https://hl7.org/fhir/R4/formats.html
"""

from functools import cache, partial
from typing import Any

from app.fhir import narrative
from app.fhir.contained import any_resource, contained_check
from app.fhir.element_tables import Element, children, required_codes, resources
from app.fhir.finding import Check, Finding, Findings
from app.fhir.invariants import errors_by_path
from app.fhir.object_check import Choice, Plan, array_check, object_check
from app.fhir.primitives import CHECK_BY_TYPE, OPEN_LISTS, one_of
from app.fhir.reference_check import reference_check
from app.fhir.rule import nodes, text

_SYSTEM_BY_CODES = {
    "condition-clinical": "http://terminology.hl7.org/CodeSystem/condition-clinical",
    "condition-ver-status": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
}
# How the datatypes look that software most often writes as a plain text.
_EXAMPLES = {
    "Address": '{"text": "…"}',
    "Annotation": '{"text": "…"}',
    "CodeableConcept": '{"text": "…"}',
    "Coding": '{"system": "…", "code": "…"}',
    "ContactPoint": '{"system": "phone", "value": "…"}',
    "HumanName": '{"text": "…"}',
    "Identifier": '{"system": "…", "value": "…"}',
    "Period": '{"start": "2026-03-05"}',
    "Quantity": '{"value": 5, "unit": "…"}',
    "Reference": '{"reference": "Patient/123"}',
}
_check_by_node: dict[str, Check] = {}


def check_of(kind: str) -> Check | None:
    """The check of a whole resource; None when there is no table for its type."""
    return _node(kind) if kind in resources() else None


def _node(kind: str, path: str = "") -> Check:
    name = f"{kind}.{path}" if path else kind
    known = _check_by_node.get(name)
    if known is not None:
        return known
    plan = Plan(example=_EXAMPLES.get(name, ""))
    # Known before it is filled, because types contain each other and themselves.
    check = _check_by_node[name] = object_check(plan)
    _fill(plan, kind, path)
    return check


def _fill(plan: Plan, kind: str, path: str) -> None:
    plan.rules = errors_by_path().get(f"{kind}.{path}" if path else kind, ())
    plan.shadow_check, plan.bare_shadow_check = _shadow_checks()
    required, choices = [], []
    for name, element in children("Quantity" if kind == "SimpleQuantity" else kind, path):
        if name.endswith("[x]"):
            choice = _choice(plan, kind, name.removesuffix("[x]"), element)
            choices.append(choice)
        else:
            _add(plan, kind, name, element, element.types[0] if element.types else "")
            if element.min:
                required.append(name)
    if kind in resources() and not path:
        plan.members["resourceType"] = _type_is_checked
    plan.required, plan.choices = tuple(required), tuple(choices)
    plan.is_plain = not (plan.required or plan.choices or plan.rules)


def _choice(plan: Plan, kind: str, name: str, element: Element) -> Choice:
    names = set()
    for type_name in element.types:
        shown = type_name.removeprefix("Simple")
        one = f"{name}{shown[0].upper()}{shown[1:]}"
        _add(plan, kind, one, element, type_name)
        names.add(one)
    return Choice(name, frozenset(names), element.min > 0)


def _add(plan: Plan, kind: str, name: str, element: Element, type_name: str) -> None:
    one = _one(kind, element, type_name)
    is_primitive = type_name in CHECK_BY_TYPE
    plan.members[name] = array_check(one, nulls=is_primitive) if element.many else one
    if is_primitive and name != "id" and (kind, name) != ("Extension", "url"):
        plan.shadows[name] = element.many


def _one(kind: str, element: Element, type_name: str) -> Check:
    if element.same_as is not None:
        return _node(kind, element.same_as)
    if type_name in ("BackboneElement", "Element"):
        return _node(kind, element.path)
    if type_name == "Reference":
        return _reference(element.targets)
    if type_name == "contained resource":
        return contained_check(check_of)
    if element.codes is not None and type_name in ("code", "CodeableConcept"):
        return _bound(element.codes, type_name)
    if type_name == "SimpleQuantity":
        return _node("SimpleQuantity")
    return _PLAIN.get(type_name) or CHECK_BY_TYPE.get(type_name) or _node(type_name)


@cache
def _reference(targets: tuple[str, ...]) -> Check:
    return reference_check(_node("Reference"), targets)


@cache
def _bound(value_set: str, type_name: str) -> Check:
    codes = required_codes(value_set)
    if codes is None:
        return OPEN_LISTS[value_set]
    if type_name == "code":
        return one_of(codes)
    return partial(_bound_concept, _node("CodeableConcept"), _SYSTEM_BY_CODES[value_set], codes)


def _bound_concept(shape: Check, system: str, codes: frozenset[str], value: Any) -> Findings:
    found = shape(value)
    if type(value) is not dict:
        return found
    for coding in nodes(value, "coding"):
        if coding.get("system") == system and text(coding, "code") in codes:
            return found
    told = f"This needs a coding of {system}: {', '.join(sorted(codes))}."
    return [*(found or ()), Finding("code-invalid", told)]


@cache
def _shadow_checks() -> tuple[Check, Check]:
    """The checks of the object beside a primitive: without a value, and with one."""
    extensions = array_check(_node("Extension"))
    members = {"id": CHECK_BY_TYPE["element id"], "extension": extensions}
    return object_check(Plan(members)), object_check(Plan(members, bare=True))


def _type_is_checked(_value: Any) -> Findings:
    return None


def _narrative(value: Any) -> Findings:
    if type(value) is not str:
        return [Finding("structure", "The narrative must be XHTML in a text in quotes.")]
    fault = narrative.check(value)
    return None if fault is None else [Finding("invariant", fault, rule="txt-1")]


_PLAIN: dict[str, Check] = {"xhtml": _narrative, "Resource": any_resource}
