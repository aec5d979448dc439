"""A StructureDefinition and its parents as one tree of what they ask beyond R4's own tables.

Spec: https://hl7.org/fhir/R4/profiling.html, https://hl7.org/fhir/R4/elementdefinition.html#id
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from app.fhir.resource_types import Json

R4 = "http://hl7.org/fhir/StructureDefinition/"
Find: TypeAlias = Callable[[str], Json | None]

_DEEPEST = 16  # parents above a profile; more is a circle


class BadDefinition(Exception):
    """A StructureDefinition that cannot be used; the text says why."""


@dataclass(slots=True)
class Node:
    """One element, or one slice of it.

    id: as in the definition ("Goal.extension:importance"). name: of the element alone
    ("extension"). asks: every member its differentials give, the nearest last.
    """

    id: str
    name: str
    asks: Json = field(default_factory=dict)
    children: dict[str, "Node"] = field(default_factory=dict)
    slices: dict[str, "Node"] = field(default_factory=dict)


def lineage(definition: Json, find: Find) -> list[Json]:
    """The definition and its parents, the furthest first; R4's own is not among them.

    find: the definition of a canonical, or None. Raises BadDefinition for an unknown parent.
    """
    found = [definition]
    while definition.get("derivation") == "constraint" and len(found) < _DEEPEST:
        parent = definition.get("baseDefinition", "")
        if is_r4(parent):
            break
        known = find(parent)
        if known is None:
            raise BadDefinition(f"{definition.get('url')}: its parent {parent} is not known.")
        definition = known
        found.append(definition)
    return found[::-1]


def is_r4(canonical: str) -> bool:
    """Whether it names one of R4's own types ("http://hl7.org/fhir/StructureDefinition/Goal")."""
    return canonical.startswith(R4) and canonical[len(R4) :].split("|")[0].isalnum()


def r4_type(canonical: str) -> str | None:
    """The type that R4's own definition of it is named by."""
    return canonical[len(R4) :].split("|")[0] if is_r4(canonical) else None


def tree_of(definition: Json, find: Find) -> Node:
    """What a definition and its parents ask, merged element by element."""
    kind = definition["type"]
    root = Node(kind, kind)
    for one in lineage(definition, find):
        for element in one.get("differential", {}).get("element", ()):
            _merge(_node(root, element.get("id") or element["path"]), element)
    return root


def every(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in (*node.children.values(), *node.slices.values()):
        yield from every(child)


def _node(root: Node, id: str) -> Node:
    node = root
    for step in id.split(".")[1:]:
        name, _, slice_name = step.partition(":")
        if name not in node.children:
            node.children[name] = Node(f"{node.id}.{name}", name)
        node = node.children[name]
        if slice_name:
            if slice_name not in node.slices:
                node.slices[slice_name] = Node(f"{node.id}:{slice_name}", name)
            node = node.slices[slice_name]
    return node


def _merge(node: Node, element: Json) -> None:
    """The nearer definition replaces, except invariants and mappings, which add up."""
    for name, value in element.items():
        if name in ("constraint", "condition", "mapping", "alias", "example"):
            known = node.asks.get(name, [])
            node.asks[name] = [*known, *(one for one in value if one not in known)]
        else:
            node.asks[name] = value
