"""Which slice of a slicing a value belongs to: value, pattern, exists, type, profile.

Spec: https://hl7.org/fhir/R4/profiling.html#discriminator
"""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from app.fhir import pattern
from app.fhir.profile_frame import Scene, Workshop
from app.fhir.profile_tree import BadDefinition, Node
from app.fhir.profile_values import contained_in, in_value_set
from app.fhir.profile_words import extension_url, given, json_name
from app.fhir.reference import type_referred_to
from app.fhir.resource_types import Json

BY_URL: Json = {
    "discriminator": [{"type": "value", "path": "url"}],
    "ordered": False,
    "rules": "open",
}
BY_TYPE: Json = {
    "discriminator": [{"type": "type", "path": "$this"}],
    "ordered": False,
    "rules": "open",
}

Belongs: TypeAlias = Callable[[str, Any, Scene], bool]
_Look: TypeAlias = Callable[[Any, Scene], list[Any]]

_STEP = re.compile(r"extension\('[^']*'\)|[^.()]+(?:\([^)]*\))?")


def slicing_of(node: Node) -> Json:
    """How an element is sliced; extensions are by url, and a choice by type, unless it says."""
    said = node.asks.get("slicing")
    if said:
        return dict(said)
    if node.name in ("extension", "modifierExtension"):
        return BY_URL
    if node.name.endswith("[x]"):
        return BY_TYPE
    raise BadDefinition(f"{node.id} has slices, and does not say how they are told apart.")


def belongs_to(workshop: Workshop, slicing: Json, slice_node: Node) -> Belongs:
    """Whether a value (with its JSON name) is of the slice. Raises BadDefinition when it cannot be
    told."""
    tests = [
        _test(workshop, slice_node, one["type"], one["path"])
        for one in slicing.get("discriminator", ())
    ]
    if not tests:
        raise BadDefinition(f"{slice_node.id} is in a slicing without a discriminator.")
    if len(tests) == 1:
        return tests[0]
    return lambda name, value, scene: all(test(name, value, scene) for test in tests)


def _test(workshop: Workshop, node: Node, kind: str, path: str) -> Belongs:
    steps = [step for step in _STEP.findall(path) if step != "$this"]
    if kind == "type":
        return _of_type(node, steps)
    if kind == "profile":
        return _of_profile(workshop, node, steps)
    if kind == "exists":
        return _existing(node, steps)
    return _of_value(workshop, node, steps)


def _of_value(workshop: Workshop, node: Node, steps: list[str]) -> Belongs:
    """The first place on the way that fixes a value decides."""
    at: Node | None = node
    for n, step in enumerate([*steps, ""]):
        if at is None:
            break
        holds = _fixed_at(workshop, at)
        if holds is not None:
            look = _look(steps[:n])
            return lambda _name, value, scene: any(holds(one) for one in look(value, scene))
        if step == "url" and (url := extension_url(at)) is not None:
            return lambda _name, value, _scene: type(value) is dict and value.get("url") == url
        at = _below(at, step)
    raise BadDefinition(f"{node.id} fixes nothing at {'.'.join(steps) or '$this'}.")


def _fixed_at(workshop: Workshop, node: Node) -> pattern.Holds | None:
    for kind, make in (("fixed", pattern.fixed), ("pattern", pattern.pattern)):
        wanted = given(node.asks, kind)
        if wanted is not None:
            return make(wanted[1])
    binding = node.asks.get("binding", {})
    if binding.get("strength") == "required" and binding.get("valueSet"):
        return in_value_set(workshop, binding["valueSet"])
    return None


def _of_type(node: Node, steps: list[str]) -> Belongs:
    at = _at(node, steps)
    types = frozenset(one.get("code") for one in at.asks.get("type", ()))
    if not types:
        raise BadDefinition(f"{node.id} is told by type, and gives none.")
    if at.name.endswith("[x]") and not steps:
        names = {json_name(at.name, one) for one in types}
        return lambda name, _value, _scene: name in names
    look = _look(steps)
    return lambda _name, value, scene: any(
        type(one) is dict and one.get("resourceType", type_referred_to(one)) in types
        for one in look(value, scene)
    )


def _of_profile(workshop: Workshop, node: Node, steps: list[str]) -> Belongs:
    at = _at(node, steps)
    look = _look(steps)
    profiles = [p for one in at.asks.get("type", ()) for p in one.get("profile", ())]
    if not profiles and steps and steps[-1] == "resolve()":
        types = _at(node, steps[:-1]).asks.get("type", ())
        profiles = [p for one in types for p in one.get("targetProfile", ())]
    if not profiles:
        raise BadDefinition(f"{node.id} is told by profile, and gives none.")
    return lambda _name, value, scene: any(
        type(one) is dict and workshop.conforms(profile, one, scene)
        for one in look(value, scene)
        for profile in profiles
    )


def _existing(node: Node, steps: list[str]) -> Belongs:
    asks = _at(node, steps).asks
    look = _look(steps)
    wanted = asks.get("max") != "0"
    return lambda _name, value, scene: bool(look(value, scene)) is wanted


def _at(node: Node, steps: list[str]) -> Node:
    at: Node | None = node
    for step in steps:
        at = _below(at, step) if at else None
    return at or Node(node.id, node.name)


def _below(node: Node, step: str) -> Node | None:
    if step == "resolve()" or step.startswith("ofType("):
        return node
    if step.startswith("extension('"):
        url = step[len("extension('") : -2]
        extensions = node.children.get("extension")
        slices = extensions.slices.values() if extensions else ()
        return next((one for one in slices if url in (extension_url(one), _fixed_url(one))), None)
    return node.children.get(step) or node.children.get(f"{step}[x]")


def _fixed_url(node: Node) -> Any:
    url = node.children.get("url")
    return url.asks.get("fixedUri") if url else None


def _look(steps: list[str]) -> _Look:
    def look(value: Any, scene: Scene) -> list[Any]:
        found = [value]
        for step in steps:
            found = [below for one in found for below in _inside(one, step, scene)]
        return found

    return look


def _inside(value: Any, step: str, scene: Scene) -> list[Any]:
    if step.startswith("ofType("):
        return [value]
    if type(value) is not dict:
        return []
    if step == "resolve()":
        found = contained_in(value, scene)
        kind = type_referred_to(value)
        return [found] if found else [{"resourceType": kind}] if kind else []
    if step.startswith("extension('"):
        url = step[len("extension('") : -2]
        return [one for one in value.get("extension", ()) if one.get("url") == url]
    if step in value:
        inside = value[step]
        return inside if type(inside) is list else [inside]
    return [
        value[name] for name in value if name.startswith(step) and name[len(step) :][:1].isupper()
    ]
