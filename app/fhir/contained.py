"""What a resource contains: its form, and that it and the references into it belong together.

Spec: https://hl7.org/fhir/R4/references.html#contained
"""

from collections.abc import Callable, Iterator
from typing import Any

from app.fhir.element_tables import known_types
from app.fhir.finding import ENOUGH, Check, Finding, Findings, Waits, below
from app.fhir.primitives import identity
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text


def any_resource(value: Any) -> Findings:
    """A resource that is checked on its own by whoever takes it out (an entry of a Bundle)."""
    if type(value) is not dict:
        return [Finding("structure", "This must be a resource: an object with a resourceType.")]
    if text(value, "resourceType") not in known_types():
        return [_unknown_type()]
    return None


def contained_check(check_of: Callable[[str], Check | None]) -> Check:
    """The check of one contained resource. check_of: by type; None where there is no table."""

    def check(value: Any) -> Findings:
        found = any_resource(value)
        if found is not None:
            return found
        check_type = check_of(value["resourceType"])
        found = [*(check_type(value) or ())] if check_type else [*_form(value)]
        found.extend(_not_on_its_own(value))
        return found or None

    return check


def settled(resource: Json, findings: list[Finding]) -> list[Finding]:
    """The findings that stay once the whole is known, and those that only the whole can show."""
    inside = nodes(resource, "contained")
    type_by_id = {text(item, "id"): text(item, "resourceType") for item in inside}
    kept = [finding for finding in findings if not _is_settled(finding, type_by_id)]
    return [*kept, *_loose(resource, inside)]


def _is_settled(finding: Finding, type_by_id: dict[str | None, str | None]) -> bool:
    if finding.waits is not Waits.CONTAINED:
        return False
    if finding.name == "":
        return finding.path.startswith(".contained[")  # the resource that contains it
    if finding.name not in type_by_id:
        return False
    if type_by_id[finding.name] in finding.targets:
        return True
    finding.code, finding.rule = "value", None
    finding.text = "The contained resource is of a type that is not allowed here."
    return False


def _not_on_its_own(value: Json) -> Iterator[Finding]:
    meta = node_at(value, "meta")
    if "contained" in value:
        text = "A contained resource cannot contain another."
        yield Finding("invariant", text, rule="dom-2", path=".contained")
    if "versionId" in meta or "lastUpdated" in meta:
        text = "A contained resource has no version or time of its own."
        yield Finding("invariant", text, rule="dom-4", path=".meta")
    if "security" in meta:
        text = "A contained resource has no security label of its own."
        yield Finding("invariant", text, rule="dom-5", path=".meta.security")


def _loose(resource: Json, inside: list[Json]) -> Iterator[Finding]:
    if not inside:
        return
    used = _local_links(resource)
    seen: set[str] = set()
    for n, item in enumerate(resource["contained"]):
        if type(item) is not dict:
            continue
        name = text(item, "id")
        if f"#{name}" not in used and "#" not in _local_links(item):
            told = "Nothing in the resource refers to this contained resource."
            yield Finding("invariant", told, rule="dom-3", path=f".contained[{n}]")
        if name in seen:
            told = "Two contained resources have the same id."
            yield Finding("structure", told, path=f".contained[{n}].id")
        if name is not None:
            seen.add(name)


def _local_links(node: Any) -> set[str]:
    found: set[str] = set()
    waiting = [node]
    while waiting:
        value = waiting.pop()
        if type(value) is dict:
            waiting.extend(value.values())
        elif type(value) is list:
            waiting.extend(value)
        elif type(value) is str and value.startswith("#"):
            found.add(value)
    return found


def _form(value: Json) -> Iterator[Finding]:
    """What can be said of a resource without its table: JSON as FHIR writes it, and a good id."""
    if "id" in value:
        yield from below(".id", identity(value["id"]) or ())
    waiting: list[tuple[str, Any]] = [("", value)]
    faults = 0
    while waiting and faults < ENOUGH:
        path, node = waiting.pop()
        if node is None or node == "" or node == [] or node == {}:
            faults += 1
            yield Finding("structure", "This is empty; leave it out instead.", path=path)
        elif type(node) is dict:
            waiting.extend((f"{path}.{name}", child) for name, child in node.items())
        elif type(node) is list:
            items = enumerate(node)
            waiting.extend((f"{path}[{n}]", child) for n, child in items if child is not None)


def _unknown_type() -> Finding:
    text = "This must have a resourceType that R4 knows."
    return Finding("structure", text, path=".resourceType")
