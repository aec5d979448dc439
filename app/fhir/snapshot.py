"""The snapshot of a profile: every element it leaves a resource, from what it and its parents ask.

Spec: https://hl7.org/fhir/R4/profiling.html#snapshot
`python -m app.fhir.snapshot` (`make profiles`) writes them into fhir_profiles/StructureDefinition/.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from app.fhir import snapshot_base
from app.fhir.library import FOLDER
from app.fhir.profile_tree import Find, Node, tree_of
from app.fhir.resource_types import Json
from app.fhir.slicing import slicing_of

_BACKBONE = ("BackboneElement", "Element")
_ORDER = (
    "id", "extension", "path", "representation", "sliceName", "sliceIsConstraining", "label",
    "code", "slicing", "short", "definition", "comment", "requirements", "alias", "min", "max",
    "base", "contentReference", "type", "orderMeaning", "example", "maxLength", "condition",
    "constraint", "mustSupport", "isModifier", "isModifierReason", "isSummary", "binding",
    "mapping",
)  # fmt: skip


def with_snapshot(definition: Json, find: Find) -> Json:
    """The definition with its snapshot made anew, before its differential."""
    whole = {name: value for name, value in definition.items() if name != "snapshot"}
    elements = [*_elements(definition["type"], tree_of(definition, find))]
    made: Json = {}
    for name, value in whole.items():
        if name == "differential":
            made["snapshot"] = {"element": elements}
        made[name] = value
    return made


def file_text(definition: Json) -> str:
    """A definition as its file has it: JSON, indented by two spaces."""
    return json.dumps(definition, indent=2, ensure_ascii=False) + "\n"


def regenerated(folder: Path = FOLDER) -> Iterator[tuple[Path, str]]:
    """Each StructureDefinition's file, with the text that it should have."""
    tree_by_path = {
        path: json.loads(path.read_bytes())
        for path in sorted((folder / "StructureDefinition").glob("*.json"))
    }
    by_url = {tree["url"]: tree for tree in tree_by_path.values()}
    for path, tree in tree_by_path.items():
        yield path, file_text(with_snapshot(tree, lambda url: by_url.get(url.partition("|")[0])))


def main() -> None:
    """Write every snapshot; say which files changed."""
    for path, text in regenerated():
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            sys.stdout.write(f"{path.name}\n")


def _elements(kind: str, tree: Node) -> Iterator[Json]:
    yield _element(kind, kind, snapshot_base.root(kind), tree)
    yield from _below(kind, "", kind, kind, [tree])


def _below(kind: str, table_path: str, id: str, path: str, asked: list[Node]) -> Iterator[Json]:
    """The elements inside one. asked: the nodes that ask something of it, the nearest last."""
    for name, item in snapshot_base.below(kind, table_path):
        nodes = [child for node in asked for child in _named(node, name)]
        base = snapshot_base.element(kind, item, name, table_path)
        yield from _one(
            kind, f"{table_path}.{name}".lstrip("."), base, f"{id}.{name}", f"{path}.{name}", nodes
        )


def _named(node: Node, name: str) -> list[Node]:
    """The node's own child of a name; a choice may also be asked for by one of its JSON names."""
    found = [node.children[name]] if name in node.children else []
    if name.endswith("[x]"):
        start = name.removesuffix("[x]")
        found += [
            child
            for other, child in node.children.items()
            if other != name and other.startswith(start) and other[len(start) :][:1].isupper()
        ]
    return found


def _one(
    kind: str, table_path: str, base: Json, id: str, path: str, nodes: list[Node]
) -> Iterator[Json]:
    whole = base
    for node in nodes:
        whole = _element(id, path, whole, node)
    slice_names = dict.fromkeys(name for node in nodes for name in node.slices)
    unsliced = {name: value for name, value in whole.items() if name != "slicing"}
    if slice_names:
        whole = {**whole, "slicing": slicing_of(_together(nodes))}
    yield _element(id, path, whole, None)
    yield from _inner(kind, table_path, whole, id, path, nodes)
    for name in slice_names:
        its = [node.slices[name] for node in nodes if name in node.slices]
        sliced = {**unsliced, "min": 0, "sliceName": name}
        for node in its:
            sliced = _element(f"{id}:{name}", path, sliced, node)
        yield sliced
        yield from _inner(kind, table_path, sliced, f"{id}:{name}", path, [*nodes, *its])


def _together(nodes: list[Node]) -> Node:
    """Nodes of one element as one, for what they ask of the whole of it."""
    asks = {name: value for node in nodes for name, value in node.asks.items()}
    return Node(nodes[0].id, nodes[0].name, asks)


def _inner(
    kind: str, table_path: str, whole: Json, id: str, path: str, nodes: list[Node]
) -> Iterator[Json]:
    """What is inside: always for a backbone, else only where something is asked of it."""
    if whole.get("max") == "0":
        return
    codes = [one["code"] for one in whole.get("type", ())]
    asks = any(node.children for node in nodes)
    if len(codes) == 1 and codes[0] in _BACKBONE:
        yield from _below(kind, table_path, id, path, nodes)
    elif asks and "contentReference" in whole:
        yield from _below(kind, whole["contentReference"].partition(".")[2], id, path, nodes)
    elif asks and len(codes) == 1:
        yield from _below(codes[0], "", id, path, nodes)


def _element(id: str, path: str, base: Json, node: Node | None) -> Json:
    """An element as it is once a node's asks are laid over it."""
    asks = node.asks if node else {}
    made = {**base, **{name: value for name, value in asks.items() if name not in ("id", "path")}}
    if "short" in asks and "definition" not in asks:
        made["definition"] = asks["short"]
    if made.get("isModifier") and "isModifierReason" not in made:
        made["isModifierReason"] = made["definition"]
    made |= {"id": id, "path": path}
    known = {name: made[name] for name in _ORDER if name in made}
    choices = {name: value for name, value in made.items() if name not in known}
    if not choices:
        return known
    # fixed[x], pattern[x], minValue[x] and maxValue[x] stand before maxLength.
    before = {
        name: value
        for name, value in known.items()
        if _ORDER.index(name) < _ORDER.index("maxLength")
    }
    return {
        **before,
        **choices,
        **{name: value for name, value in known.items() if name not in before},
    }


if __name__ == "__main__":
    main()
