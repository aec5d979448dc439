"""Known extensions that no slice has looked at: are they where their definition lets them be?

Spec: https://hl7.org/fhir/R4/defining-extensions.html#context
An extension that is not known here is let be; a profile that wants none closes its slicing.
"""

from collections.abc import Callable, Iterator
from typing import Any

from app.fhir.element_tables import datatypes
from app.fhir.finding import Finding, below
from app.fhir.profile_frame import Scene, ValueCheck
from app.fhir.resource_types import Json
from app.fhir.rule import nodes

_MODIFIERS = "modifierExtension"


def stray_extensions(
    profile_id: str,
    scene: Scene,
    find: Callable[[str], Json | None],
    check_of: Callable[[str], ValueCheck | None],
) -> Iterator[Finding]:
    """What is wrong with the known extensions of a resource, wherever they are in it.

    Those that a slice of the profile has looked at already are left to it.
    """
    kind = scene.resource["resourceType"]
    waiting: list[tuple[str, str, Any]] = [("", kind, scene.resource)]
    while waiting:
        path, element, node = waiting.pop()
        for name, value in node.items():
            if name in ("extension", _MODIFIERS) and type(value) is list:
                for n, item in enumerate(nodes(node, name)):
                    found = _of_one(profile_id, scene, item, (element, name), find, check_of)
                    yield from below(f"{path}.{name}[{n}]", found)
            elif type(value) is dict:
                waiting.append((f"{path}.{name}", f"{element}.{name}", value))
            elif type(value) is list and name != "contained":
                inside = enumerate(value)
                waiting += [
                    (f"{path}.{name}[{n}]", f"{element}.{name}", item)
                    for n, item in inside
                    if type(item) is dict
                ]


def _of_one(
    profile_id: str,
    scene: Scene,
    item: Json,
    place: tuple[str, str],
    find: Callable[[str], Json | None],
    check_of: Callable[[str], ValueCheck | None],
) -> Iterator[Finding]:
    url = item.get("url")
    if type(url) is not str or id(item) in scene.told_of:
        return
    definition = find(url)
    if definition is None or definition.get("type") != "Extension":
        return
    element, name = place
    if not _is_allowed(definition, element) or _modifies(definition) is not (name == _MODIFIERS):
        said = "This extension has no place here: its definition lets it stand elsewhere only."
        yield Finding("extension", said, f"{profile_id}#{element}.{name}:extension")
        return
    check = check_of(url)
    if check is not None:
        yield from check(item, scene)


def _is_allowed(definition: Json, element: str) -> bool:
    """By the contexts that name an element of a resource; a datatype's may be anywhere here."""
    contexts = definition.get("context", ())
    allowed = {"Element", element}
    if "." not in element:
        allowed |= {"Resource", "DomainResource"}
    return not contexts or any(
        one.get("type") != "element"
        or one.get("expression") in allowed
        or str(one.get("expression")).partition(".")[0] in datatypes()
        for one in contexts
    )


def _modifies(definition: Json) -> bool:
    elements = definition.get("differential", {}).get("element", ())
    return bool(elements and elements[0].get("isModifier"))
