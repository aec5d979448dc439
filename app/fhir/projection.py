"""Less than the whole resource, as asked: `_summary` and `_elements`.

Spec: https://hl7.org/fhir/R4/search.html#summary, https://hl7.org/fhir/R4/search.html#elements
What stays besides: id, meta, mandatory elements and modifier elements, since without these the
rest could be misread. What goes takes its extensions along. A datatype stays whole. The tag
SUBSETTED says that this is not all, so that nobody writes it back.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, TypeAlias

from app.fhir.element_tables import Element, children
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes

Mode: TypeAlias = Literal["true", "text", "data"]

_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
_ALWAYS = frozenset({"resourceType", "id", "meta"})
_BACKBONE = ("BackboneElement", "Element")


@dataclass(frozen=True, slots=True)
class _Kept:
    """The members to keep of a node, and for those that are nodes themselves what to keep there."""

    names: frozenset[str]
    below: dict[str, "_Kept"]


def summarise(resource: Json, mode: Mode) -> Json:
    """A copy as `_summary=true`, `text` or `data` asks for, marked as SUBSETTED."""
    kind = resource["resourceType"]
    if mode == "data":
        return _marked({name: value for name, value in resource.items() if name != "text"})
    if mode == "text":
        return _marked(_cut(resource, _kept_of_elements(kind, ("text",))))
    return _marked(_cut(resource, _kept_of_summary(kind)))


def elements(resource: Json, names: tuple[str, ...]) -> Json:
    """A copy with the top-level elements of these names, marked as SUBSETTED.

    A choice is asked for as one ("value" keeps valueQuantity), or by the name it has in JSON.
    """
    return _marked(_cut(resource, _kept_of_elements(resource["resourceType"], names)))


def is_subsetted(resource: Json) -> bool:
    """True when the resource says that it is not whole."""
    return any(
        tag.get("code") == "SUBSETTED" and tag.get("system") == _SYSTEM
        for tag in nodes(node_at(resource, "meta"), "tag")
    )


def _marked(resource: Json) -> Json:
    if is_subsetted(resource):
        return resource
    meta = node_at(resource, "meta")
    tags = meta.get("tag")
    tag = {"system": _SYSTEM, "code": "SUBSETTED"}
    marked_meta = {**meta, "tag": [*(tags if type(tags) is list else ()), tag]}
    if "meta" in resource:
        return {**resource, "meta": marked_meta}
    first = {name: value for name, value in resource.items() if name in _ALWAYS}
    return {**first, "meta": marked_meta, **resource}


def _cut(node: Json, kept: _Kept) -> Json:
    return {
        name: _cut_below(value, kept.below[name]) if name in kept.below else value
        for name, value in node.items()
        if name.removeprefix("_") in kept.names
    }


def _cut_below(value: Any, kept: _Kept) -> Any:
    if type(value) is list:
        return [_cut(item, kept) if type(item) is dict else item for item in value]
    return _cut(value, kept) if type(value) is dict else value


@cache
def _kept_of_summary(kind: str) -> _Kept:
    return _summary_below(kind, "")


def _summary_below(kind: str, path: str) -> _Kept:
    names = set(_ALWAYS)
    below = {}
    for name, element in children(kind, path):
        if not (element.summary or _is_needed(element)):
            continue
        names.update(_json_names(name, element))
        if element.types and element.types[0] in _BACKBONE:
            below[name] = _summary_below(kind, element.path)
    return _Kept(frozenset(names), below)


@cache
def _needed(kind: str) -> frozenset[str]:
    return frozenset(
        one
        for name, element in children(kind)
        if _is_needed(element)
        for one in _json_names(name, element)
    )


@lru_cache(maxsize=256)
def _kept_of_elements(kind: str, asked: tuple[str, ...]) -> _Kept:
    names = _ALWAYS | _needed(kind)
    for name, element in children(kind):
        if name.removesuffix("[x]") in asked or name in asked:
            names |= {*_json_names(name, element)}
        else:
            names |= {one for one in _json_names(name, element) if one in asked}
    return _Kept(names, {})


def _is_needed(element: Element) -> bool:
    return element.min > 0 or element.modifier


def _json_names(name: str, element: Element) -> list[str]:
    if not name.endswith("[x]"):
        return [name]
    start = name.removesuffix("[x]")
    shown = (type_name.removeprefix("Simple") for type_name in element.types)
    return [f"{start}{type_name[0].upper()}{type_name[1:]}" for type_name in shown]
