"""The elements that R4 itself gives a type, written as a snapshot has them.

Spec: https://hl7.org/fhir/R4/elementdefinition.html
The facts are those of definitions/. R4's own words are not carried here: short and definition say
which element it is, and where R4 defines it.
"""

import re
from functools import cache
from pathlib import Path

import msgspec

from app.fhir.element_tables import Element, children, datatypes, definition, resources
from app.fhir.profile_tree import R4
from app.fhir.resource_types import Json

_BINDINGS = Path(__file__).parent / "definitions" / "bindings.json"
_TYPE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
_MODIFIES = "It changes the meaning of what it is in, so a reader must understand it."
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def below(kind: str, path: str) -> list[tuple[str, Element]]:
    """The elements right below a path of a type, in R4's order; none where there is no table."""
    if kind not in resources() and kind not in datatypes():
        return []
    return list(children(kind, path))


def element(kind: str, item: Element, name: str, parent: str) -> Json:
    """One element below a type; its id and path are for the caller to set. parent: the path inside
    the type that it is below, empty for the type itself."""
    most = "*" if item.many else "1"
    words = _words(name)
    base_path = _base_path(kind, item, name, parent)
    made: Json = {
        "short": words,
        "definition": f"{words}, as FHIR R4 defines {base_path}.",
        "min": item.min,
        "max": most,
        "base": {"path": base_path, "min": item.min, "max": most},
    }
    if item.same_as is not None:
        made["contentReference"] = f"#{kind}.{item.same_as}"
    elif item.types:
        made["type"] = _types(item)
    if item.modifier:
        made |= {"isModifier": True, "isModifierReason": _MODIFIES}
    if item.summary:
        made["isSummary"] = True
    binding = _bindings().get(f"{kind}.{item.path}")
    if binding is not None and item.same_as is None:
        made["binding"] = {"strength": binding[0], "valueSet": binding[1]}
    return made


def root(kind: str) -> Json:
    """The first element: the type itself."""
    words = _words(kind)
    return {
        "short": words,
        "definition": f"{words}, as FHIR R4 defines it.",
        "min": 0,
        "max": "*",
        "base": {"path": kind, "min": 0, "max": "*"},
    }


def _types(item: Element) -> list[Json]:
    return [_type(item, name) for name in item.types]


def _type(item: Element, name: str) -> Json:
    if name in ("id", "element id"):
        extension = {"url": _TYPE_EXTENSION, "valueUrl": "string"}
        return {"extension": [extension], "code": "http://hl7.org/fhirpath/System.String"}
    if name == "SimpleQuantity":
        return {"code": "Quantity", "profile": [f"{R4}SimpleQuantity"]}
    if name == "contained resource":
        return {"code": "Resource"}
    if name == "Reference" and item.targets:
        named = ("Resource",) if item.targets == ("Any",) else item.targets
        return {"code": name, "targetProfile": [f"{R4}{target}" for target in named]}
    return {"code": name}


def _base_path(kind: str, item: Element, name: str, parent: str) -> str:
    if item in definition(kind).elements:
        return f"{kind}.{item.path}"
    if parent or kind not in resources():
        return f"{'BackboneElement' if name == 'modifierExtension' else 'Element'}.{name}"
    in_domain = name in ("text", "contained", "extension", "modifierExtension")
    return f"{'DomainResource' if in_domain else 'Resource'}.{name}"


def _words(name: str) -> str:
    words = _CAPITAL.sub(" ", name.removesuffix("[x]")).lower()
    return words[0].upper() + words[1:]


@cache
def _bindings() -> dict[str, tuple[str, str]]:
    return msgspec.json.decode(_BINDINGS.read_bytes(), type=dict[str, tuple[str, str]])
