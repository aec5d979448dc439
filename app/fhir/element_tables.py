"""R4's own tables: the elements of each type, the codes of required bindings, the invariants.

Spec: https://hl7.org/fhir/R4/resourcelist.html, https://hl7.org/fhir/R4/datatypes.html
The tables are facts of HL7's R4 definitions (CC0), in definitions/. What every type of a kind has
(id, extension, meta, contained, ...) is written once, here.
"""

from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

_FOLDER = Path(__file__).parent / "definitions"
_Shape = TypeVar("_Shape")


class Element(msgspec.Struct, frozen=True):
    """One element of a type.

    path: from the type's root, with [x] for a choice ("target.due[x]"). many: an array in JSON.
    targets: the types a Reference may lead to ("Any" for all). codes: the value set of a
    required binding. same_as: the path whose content it shares.
    """

    path: str
    types: tuple[str, ...] = ()
    min: int = 0
    many: bool = False
    targets: tuple[str, ...] = ()
    same_as: str | None = None
    summary: bool = False
    modifier: bool = False
    codes: str | None = None


class Definition(msgspec.Struct, frozen=True):
    """One type. kind: "resource", "domain resource", "element" or "backbone element"."""

    kind: str
    elements: tuple[Element, ...]


class Invariant(msgspec.Struct, frozen=True):
    """One rule of R4. path: its node ("Goal.target"). severity: error or warning."""

    key: str
    path: str
    severity: str
    expression: str


_EXTENSION = Element("extension", ("Extension",), many=True)
_IN_ELEMENT = (Element("id", ("element id",)), _EXTENSION)
_IN_BACKBONE = (
    *_IN_ELEMENT,
    Element("modifierExtension", ("Extension",), many=True, summary=True, modifier=True),
)
_IN_RESOURCE = (
    Element("id", ("id",), summary=True),
    Element("meta", ("Meta",), summary=True),
    Element("implicitRules", ("uri",), summary=True, modifier=True),
    Element("language", ("code",)),
)
_IN_DOMAIN_RESOURCE = (
    *_IN_RESOURCE,
    Element("text", ("Narrative",)),
    Element("contained", ("contained resource",), many=True),
    _EXTENSION,
    Element("modifierExtension", ("Extension",), many=True, modifier=True),
)
_BY_KIND = {
    "resource": _IN_RESOURCE,
    "domain resource": _IN_DOMAIN_RESOURCE,
    "element": _IN_ELEMENT,
    "backbone element": _IN_BACKBONE,
}
_NESTED_KIND = {"BackboneElement": "backbone element", "Element": "element"}


@cache
def resources() -> dict[str, Definition]:
    """The resources there are tables for: those served, Bundle, Parameters, OperationOutcome."""
    return _read("resources.json", dict[str, Definition])


@cache
def datatypes() -> dict[str, Definition]:
    """The complex datatypes those resources use."""
    return _read("datatypes.json", dict[str, Definition])


def required_codes(value_set: str) -> frozenset[str] | None:
    """The codes of a value set with a required binding; None when R4 does not list them."""
    return _codes().get(value_set)


@cache
def known_types() -> frozenset[str]:
    """The name of every R4 resource type that can be instantiated."""
    return _codes()["resource-types"]


@cache
def invariants() -> tuple[Invariant, ...]:
    """Every invariant of the types in the tables, with those that all of them inherit."""
    return _read("invariants.json", tuple[Invariant, ...])


def definition(type_name: str) -> Definition:
    """The definition of a resource type or datatype; KeyError when there is no table for it."""
    return resources().get(type_name) or datatypes()[type_name]


@cache
def children(type_name: str, path: str = "") -> tuple[tuple[str, Element], ...]:
    """The elements right below a path of a type, as (name, element), inherited ones first."""
    table = definition(type_name)
    kind = table.kind
    if path:
        node = next(element for element in table.elements if element.path == path)
        kind = _NESTED_KIND[node.types[0]]
    start = f"{path}." if path else ""
    own = [
        (element.path[len(start) :], element)
        for element in table.elements
        if element.path.startswith(start) and "." not in element.path[len(start) :]
    ]
    return (*((element.path, element) for element in _BY_KIND[kind]), *own)


@cache
def types_by_path() -> dict[str, tuple[str, ...]]:
    """What each element holds, by its type and path ("Goal.target.due[x]"); what every resource has
    is found under "Resource"."""
    every_resource = {"Resource": Definition("resource", _IN_RESOURCE)}
    return {
        f"{name}.{element.path}": element.types
        for name, table in (resources() | datatypes() | every_resource).items()
        for element in table.elements
        if element.types
    }


@cache
def _codes() -> dict[str, frozenset[str]]:
    return _read("codes.json", dict[str, frozenset[str]])


def _read(name: str, shape: type[_Shape]) -> _Shape:
    return msgspec.json.decode((_FOLDER / name).read_bytes(), type=shape)
