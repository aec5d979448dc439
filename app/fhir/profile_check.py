"""The checks that a profile's tree of elements makes: how often, of which type, in which slice.

Spec: https://hl7.org/fhir/R4/profiling.html#slicing
A profile is asked only of what is structurally right, so shapes are as R4's tables say.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from app.fhir.bare import BARE
from app.fhir.finding import Finding, below
from app.fhir.profile_frame import MemberCheck, Scene, ValueCheck, Workshop, fault, joined
from app.fhir.profile_invariants import invariant_checks
from app.fhir.profile_tree import Node, is_r4, tree_of
from app.fhir.profile_values import value_checks
from app.fhir.profile_words import (
    absent,
    json_name,
    label,
    of_another_type,
    sentence,
    too_often,
)
from app.fhir.resource_types import Json
from app.fhir.slicing import Belongs, belongs_to, slicing_of

_Members = Callable[[Any], Iterable[tuple[str, Any, str]]]


def whole_check(workshop: Workshop, root: Node) -> ValueCheck:
    """The check of a whole resource, or of what a datatype's profile is asked of."""
    return _value_check(workshop, root) or (lambda _value, _scene: ())


def _value_check(workshop: Workshop, node: Node) -> ValueCheck | None:
    """Everything asked of one value of an element; None when nothing is."""
    checks = value_checks(workshop, node)
    members = [
        check for child in node.children.values() if (check := _member_check(workshop, child))
    ]
    if members:
        checks.append(_inside(members))
    checks += invariant_checks(node)
    checks += _profiled(workshop, node)
    return joined(checks)


def _inside(members: list[MemberCheck]) -> ValueCheck:
    several = tuple(members)

    def check(value: Any, scene: Scene) -> Iterator[Finding]:
        if type(value) is dict:
            for one in several:
                yield from one(value, scene)

    return check


def _profiled(workshop: Workshop, node: Node) -> Iterator[ValueCheck]:
    """What the profiles of an element's type ask of it, told under the ids of this profile."""
    profiles = [
        profile
        for one in node.asks.get("type", ())
        for profile in one.get("profile", ())
        if not is_r4(profile) and workshop.find(profile) is not None
    ]
    if len(profiles) != 1 or "." not in node.id:
        return
    found = workshop.find(profiles[0])
    tree = _grafted(tree_of(found or {}, workshop.find), node)
    check = _value_check(workshop, tree)
    if check is not None:
        yield check


def _grafted(tree: Node, onto: Node) -> Node:
    """The tree of a datatype's profile, with the ids it has inside the profile that uses it."""
    start = len(tree.id)

    def moved(node: Node) -> Node:
        return Node(
            onto.id + node.id[start:],
            node.name,
            node.asks,
            {name: moved(child) for name, child in node.children.items()},
            {name: moved(child) for name, child in node.slices.items()},
        )

    grafted = moved(tree)
    grafted.asks = {"constraint": tree.asks.get("constraint", [])}
    return grafted


def _member_check(workshop: Workshop, node: Node) -> MemberCheck | None:
    """The check that a parent makes of one of its elements: all its values together."""
    name = node.name.removesuffix("[x]")
    members = _choices(name) if node.name.endswith("[x]") else _named(name)
    count = _count_check(workshop, node, f".{name}")
    wrong_type = _type_check(workshop, node)
    each = _value_check(workshop, node)
    sliced = _slices_check(workshop, node, f".{name}") if node.slices else None
    if not (count or wrong_type or each or sliced):
        return None

    def check(parent: Any, scene: Scene) -> Iterator[Finding]:
        found = members(parent)
        if count is not None:
            yield from count(len(found))
        if wrong_type is not None:
            for json, _, path in found:
                yield from wrong_type(json, path)
        if each is not None:
            for _, value, path in found:
                yield from below(path, each(value, scene))
        if sliced is not None:
            yield from sliced(found, scene)

    return check


def _named(name: str) -> Callable[[Any], list[tuple[str, Any, str]]]:
    shadow, path = "_" + name, f".{name}"

    def members(parent: Any) -> list[tuple[str, Any, str]]:
        value = parent.get(name)
        if value is None:
            value = parent.get(shadow)
            if value is None:
                return []
            many = len(value) if type(value) is list else 1
            return [(name, BARE, path)] * many
        if type(value) is list:
            return [
                (name, BARE if item is None else item, f"{path}[{n}]")
                for n, item in enumerate(value)
            ]
        return [(name, value, path)]

    return members


def _choices(name: str) -> Callable[[Any], list[tuple[str, Any, str]]]:
    length = len(name)

    def members(parent: Any) -> list[tuple[str, Any, str]]:
        for json in parent:
            if json.startswith(name) and json[length : length + 1].isupper():
                return [(json, parent[json], f".{json}")]
        for json in parent:
            if json.startswith("_" + name) and json[length + 1 : length + 2].isupper():
                return [(json[1:], BARE, f".{json[1:]}")]
        return []

    return members


def _count_check(
    workshop: Workshop, node: Node, path: str
) -> Callable[[int], Iterable[Finding]] | None:
    least = node.asks.get("min") or 0
    most = _most(node)
    if not least and most is None:
        return None
    said = sentence(node, absent(node, least or 1, most))
    too_few = fault(workshop, node, "min", "required", said)
    said = sentence(node, too_often(node, most or 0))
    kind = "prohibited" if most == 0 else "max"
    too_many = fault(workshop, node, kind, "structure", said)

    def check(count: int) -> Iterable[Finding]:
        if count < least:
            return (too_few(path=path),)
        if most is not None and count > most:
            return (too_many(path=path),)
        return ()

    return check


def _most(node: Node) -> int | None:
    most = node.asks.get("max", "*")
    return int(most) if str(most).isdigit() else None


def _type_check(workshop: Workshop, node: Node) -> Callable[[str, str], Iterable[Finding]] | None:
    types = [one.get("code", "") for one in node.asks.get("type", ())]
    if not node.name.endswith("[x]") or not types:
        return None
    names = {json_name(node.name, one) for one in types}
    make = fault(workshop, node, "type", "value", sentence(node, of_another_type(node)))
    return lambda json, path: () if json in names else (make(path=path),)


def _slices_check(
    workshop: Workshop, node: Node, path: str
) -> Callable[[list[tuple[str, Any, str]], Scene], Iterator[Finding]]:
    slicing = slicing_of(node)
    rows = [
        (
            belongs_to(workshop, slicing, one),
            _count_check(workshop, one, path),
            _type_check(workshop, one),
            _value_check(workshop, one),
        )
        for one in node.slices.values()
    ]
    placed = _placing(workshop, node, [row[0] for row in rows], slicing)
    is_extension = node.name in ("extension", "modifierExtension")

    def check(found: list[tuple[str, Any, str]], scene: Scene) -> Iterator[Finding]:
        counts = [0] * len(rows)
        places, astray = placed(found, scene)
        yield from astray
        for n, (json, value, place) in zip(places, found, strict=True):
            if n is None:
                continue
            counts[n] += 1
            _, _, wrong_type, each = rows[n]
            if is_extension:
                scene.told_of.add(id(value))
            if wrong_type is not None:
                yield from wrong_type(json, place)
            if each is not None:
                yield from below(place, each(value, scene))
        for counted, (_, count, _, _) in zip(counts, rows, strict=True):
            if count is not None:
                yield from count(counted)

    return check


def _placing(
    workshop: Workshop, node: Node, belongs: list[Belongs], slicing: Json
) -> Callable[[list[tuple[str, Any, str]], Scene], tuple[list[int | None], list[Finding]]]:
    """Which slice each value is of, and what has no place where it stands."""
    rules, is_ordered = slicing.get("rules"), bool(slicing.get("ordered"))
    astray = _astray(workshop, node)

    def placed(
        found: list[tuple[str, Any, str]], scene: Scene
    ) -> tuple[list[int | None], list[Finding]]:
        places: list[int | None] = []
        told: list[Finding] = []
        furthest = 0
        for json, value, place in found:
            n = next((n for n, test in enumerate(belongs) if test(json, value, scene)), None)
            places.append(n)
            if n is None:
                is_out = rules == "closed"
                furthest = len(belongs) if rules == "openAtEnd" else furthest
            else:
                is_out = furthest == len(belongs) or (is_ordered and n < furthest)
                furthest = max(furthest, n)
            if is_out:
                told.append(astray(path=place))
        return places, told

    return placed


def _astray(workshop: Workshop, node: Node) -> Callable[..., Finding]:
    if node.name in ("extension", "modifierExtension"):
        said = sentence(node, "This extension is not allowed here: leave it out.")
        return fault(workshop, node, "extension", "extension", said)
    said = sentence(node, f"{label(node)} holds something that has no place here: leave it out.")
    return fault(workshop, node, "slice", "structure", said)
