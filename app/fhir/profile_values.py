"""What a profile asks of one value: what it is fixed to, its bounds, its code, where it leads.

Spec: https://hl7.org/fhir/R4/elementdefinition-definitions.html
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from app.fhir import pattern
from app.fhir.finding import Finding
from app.fhir.profile_frame import Scene, ValueCheck, Workshop, fault
from app.fhir.profile_tree import Node, r4_type
from app.fhir.profile_words import codes_in_words, either, given, label, sentence
from app.fhir.profile_words import type_words as words_of
from app.fhir.reference import type_referred_to
from app.fhir.resource_types import Json
from app.fhir.rule import nodes, text

MAX_BINDING = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"


def value_checks(workshop: Workshop, node: Node) -> list[ValueCheck]:
    """The checks of the value itself, without what is inside it."""
    return [
        *_fixed(workshop, node),
        *_bounds(workshop, node),
        *_codes(workshop, node),
        *_leads(workshop, node),
    ]


def _fixed(workshop: Workshop, node: Node) -> Iterator[ValueCheck]:
    for kind, make in (("fixed", pattern.fixed), ("pattern", pattern.pattern)):
        wanted = given(node.asks, kind)
        if wanted is not None:
            said = sentence(node, f"{label(node)} must be {pattern.told(wanted[1])}.")
            yield _unless(make(wanted[1]), fault(workshop, node, kind, "value", said))


def _bounds(workshop: Workshop, node: Node) -> Iterator[ValueCheck]:
    words = words_of(node.asks)
    for kind, sign in (("minValue", 1), ("maxValue", -1)):
        bound = given(node.asks, kind)
        if bound is not None:
            limit = _number(bound[1])
            if limit is None:
                continue
            said = sentence(node, f"{label(node)} must be {words}.")
            make = fault(workshop, node, "min-value" if sign > 0 else "max-value", "value", said)
            yield _unless(_within(limit, sign), make)
    longest = node.asks.get("maxLength")
    if type(longest) is int:
        said = sentence(node, f"{label(node)} may have {longest} characters at most.")
        make = fault(workshop, node, "max-length", "too-long", said)
        yield _unless(lambda value: type(value) is not str or len(value) <= longest, make)


def _within(limit: Decimal, sign: int) -> Callable[[Any], bool]:
    def is_within(value: Any) -> bool:
        number = _number(value)
        return number is None or (number - limit) * sign >= 0

    return is_within


def _number(value: Any) -> Decimal | None:
    if type(value) is msgspec.Raw:
        return Decimal(bytes(value).decode())
    return Decimal(value) if type(value) is int else None


def _codes(workshop: Workshop, node: Node) -> Iterator[ValueCheck]:
    binding = node.asks.get("binding", {})
    value_set, strength = binding.get("valueSet"), binding.get("strength")
    if value_set and strength in ("required", "extensible"):
        yield _bound(workshop, node, value_set, is_open=strength == "extensible")
    for extension in binding.get("extension", ()):
        if extension.get("url") == MAX_BINDING:
            widest = extension.get("valueCanonical") or extension.get("valueUri")
            said = sentence(node, f"{label(node)} may only have a code of {widest}.")
            make = fault(workshop, node, "binding", "code-invalid", said)
            yield _unless(in_value_set(workshop, widest, unless_text=True), make)


def _bound(workshop: Workshop, node: Node, value_set: str, *, is_open: bool) -> ValueCheck:
    """Only a reader can tell whether a code of an open list would have fitted, so that words alone
    are let pass."""
    name = label(node)
    is_code = {one.get("code") for one in node.asks.get("type", ())} == {"code"}
    codes = codes_in_words(workshop.listed(value_set), is_code=is_code)
    if is_open:
        listed = f"one of these fits, {name} should be it: {codes}" if codes else ""
        listed = listed or f"a code of {value_set} fits, {name} should be it"
        said = f"If {listed}; if none does, say it in text alone."
    else:
        said = f"{name} must be {f'one of {codes}' if codes else f'a code of {value_set}'}."
    severity = "warning" if is_open else "error"
    said = sentence(node, said)
    make = fault(workshop, node, "binding", "code-invalid", said, severity=severity)
    return _unless(in_value_set(workshop, value_set, unless_text=is_open), make)


def in_value_set(
    workshop: Workshop, value_set: str, *, unless_text: bool = False
) -> Callable[[Any], bool]:
    """Whether a code, Coding, CodeableConcept, Quantity or text is in a value set, or may be.

    unless_text: a concept without any coding is let pass.
    """
    member = workshop.member

    def is_in(value: Any) -> bool:
        if type(value) is str:
            return member(value_set, None, value) is not False
        if type(value) is not dict:
            return True
        codings = value.get("coding")
        if codings is None and "code" in value:
            codings = (value,)
        for coding in codings or ():
            code = text(coding, "code") if type(coding) is dict else None
            if (
                code is not None
                and member(value_set, text(coding, "system") or "", code) is not False
            ):
                return True
        return unless_text and not codings

    return is_in


def _leads(workshop: Workshop, node: Node) -> Iterator[ValueCheck]:
    targets = [
        target
        for one in node.asks.get("type", ())
        if one.get("code") in ("Reference", "canonical")
        for target in one.get("targetProfile", ())
    ]
    if targets and not any(r4_type(target) == "Resource" for target in targets):
        yield _target_check(workshop, node, targets)
    ways = {way for one in node.asks.get("type", ()) for way in one.get("aggregation", ())}
    if ways:
        said = sentence(
            node, f"{label(node)} must lead to something that is {' or '.join(sorted(ways))}."
        )
        make = fault(workshop, node, "aggregation", "value", said)
        yield lambda value, scene: () if _way(value, scene) in (None, *ways) else (make(),)


def _target_check(workshop: Workshop, node: Node, targets: list[str]) -> ValueCheck:
    type_by_target = {target: _type_of(workshop, target) for target in targets}
    types = frozenset(type_by_target.values())
    profiles = [target for target in targets if r4_type(target) is None]
    plain = frozenset(name for target, name in type_by_target.items() if target not in profiles)
    named = either(sorted(name or "something unknown" for name in types))
    said = sentence(node, f"{label(node)} must lead to {named}.")
    make = fault(workshop, node, "reference", "value", said)

    def check(value: Any, scene: Scene) -> Iterable[Finding]:
        if type(value) is not dict:
            return ()
        found = contained_in(value, scene)
        kind = text(found, "resourceType") if found is not None else type_referred_to(value)
        if kind is None or None in types:
            return ()
        if kind not in types:
            return (make(),)
        if found is None or kind in plain:
            return ()
        asked = [target for target in profiles if type_by_target[target] == kind]
        return () if any(workshop.conforms(one, found, scene) for one in asked) else (make(),)

    return check


def _type_of(workshop: Workshop, canonical: str) -> str | None:
    known = r4_type(canonical)
    if known is not None:
        return known
    definition = workshop.find(canonical)
    return None if definition is None else text(definition, "type")


def contained_in(value: Json, scene: Scene) -> Json | None:
    """The contained resource that a Reference leads to."""
    link = value.get("reference")
    if type(link) is not str or not link.startswith("#"):
        return None
    if link == "#":
        return scene.root
    return scene.contained(link[1:])


def _way(value: Any, scene: Scene) -> str | None:
    link = value.get("reference") if type(value) is dict else None
    if type(link) is not str:
        return None
    if link.startswith("#"):
        return "contained"
    entries = nodes(scene.root, "entry") if scene.root.get("resourceType") == "Bundle" else ()
    is_beside = any(entry.get("fullUrl") == link for entry in entries)
    return "bundled" if is_beside else "referenced"


def _unless(holds: Callable[[Any], bool], make: Callable[..., Finding]) -> ValueCheck:
    return lambda value, scene: () if holds(value) else (make(),)
