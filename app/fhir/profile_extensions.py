"""Known extensions that no slice has looked at: are they where their definition lets them be?

Spec: https://hl7.org/fhir/R4/defining-extensions.html#context
An extension that is not known here is let be, with a warning when its address is one of ours, or
when it changes the meaning of the entry; a profile that wants none closes its slicing.
"""

from collections.abc import Callable, Iterator
from typing import Any

from app.fhir.element_tables import types_by_path
from app.fhir.finding import Finding, below
from app.fhir.library import BASE, ENOUGH_HINTS, nearest_name
from app.fhir.profile_frame import Scene, ValueCheck
from app.fhir.profile_words import either
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
    slips = 0
    waiting: list[tuple[str, str, Any]] = [("", kind, scene.resource)]
    while waiting:
        path, element, node = waiting.pop()
        for json, value in node.items():
            name = json.removeprefix("_")  # an extension of a primitive stands beside its value
            if name in ("extension", _MODIFIERS) and type(value) is list:
                for n, item in enumerate(nodes(node, name)):
                    if slips < ENOUGH_HINTS and _is_slip(item, find):
                        slips += 1
                        yield from below(f"{path}.{name}[{n}]", [_slip(profile_id, element, item)])
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


def _is_slip(item: Json, find: Callable[[str], Json | None]) -> bool:
    """Whether an extension has an address of ours, and there is none of that name."""
    url = item.get("url")
    return type(url) is str and url.startswith(f"{BASE}/StructureDefinition/") and not find(url)


def _slip(profile_id: str, element: str, item: Json) -> Finding:
    said = "There is no extension of this name here, so nothing was checked."
    rule = f"{profile_id}#{element}.extension:unknown"
    return Finding("not-found", said + nearest_name(item["url"]), rule, severity="warning")


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
    element, name = place
    if definition is None or definition.get("type") != "Extension":
        if name == _MODIFIERS:
            said = "This changes the meaning of the entry in a way that is not known here."
            rule = f"{profile_id}#{element}.{name}:modifier"
            yield Finding("extension", said, rule, severity="warning")
        return
    if not _is_allowed(definition, element) or _modifies(definition) is not (name == _MODIFIERS):
        said = f"This extension has no place here{_its_place(definition)}."
        yield Finding("extension", said, f"{profile_id}#{element}.{name}:extension")
        return
    check = check_of(url)
    if check is not None:
        yield from check(item, scene)


def _is_allowed(definition: Json, element: str) -> bool:
    """By the contexts that name an element or a type; those of other kinds are let be."""
    contexts = definition.get("context", ())
    names = _names_of(element)
    if "." not in element:
        names |= {"Resource", "DomainResource"}
    return not contexts or any(
        one.get("type") != "element" or one.get("expression") in names for one in contexts
    )


def _names_of(element: str) -> set[str]:
    """What a context may call a place: Goal.target; Patient.contact.address, and so Address."""
    at, *steps = element.split(".")
    names = {"Element", element}
    for step in steps:
        types = types_by_path().get(f"{at}.{step}") or _types_of_choice(at, step)
        if len(types) != 1:
            return names
        inside = types[0] in ("BackboneElement", "Element")
        at = f"{at}.{step}" if inside else types[0]
    return names | {at}


def _types_of_choice(at: str, step: str) -> tuple[str, ...]:
    """The type that the JSON name of a choice ends with: valueQuantity is a Quantity."""
    for n in range(len(step) - 1, 0, -1):
        ending = step[n:]
        for name in types_by_path().get(f"{at}.{step[:n]}[x]", ()):
            if name[0].upper() + name[1:] == ending:
                return (name,)
    return ()


def _its_place(definition: Json) -> str:
    contexts = definition.get("context", ())
    named = [str(one.get("expression")) for one in contexts if one.get("type") == "element"]
    return f": it belongs in {either(named)}" if named else ": leave it out"


def _modifies(definition: Json) -> bool:
    elements = definition.get("differential", {}).get("element", ())
    return bool(elements and elements[0].get("isModifier"))
