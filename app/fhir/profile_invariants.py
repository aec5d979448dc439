"""The invariants of a profile as checks: FHIRPath, asked of the element they stand at.

Spec: https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.constraint
"""

from collections.abc import Iterable, Iterator
from typing import Any

from app.fhir import fhirpath
from app.fhir.deadline import is_over, too_late
from app.fhir.finding import Finding
from app.fhir.profile_frame import Scene, ValueCheck
from app.fhir.profile_tree import Node
from app.fhir.resource_types import Json


def invariant_checks(node: Node) -> Iterator[ValueCheck]:
    """The checks of the invariants that an element and its parents' definitions give it.

    A check raises TooCostly once the scene's time is over.
    """
    for constraint in node.asks.get("constraint", ()):
        if constraint.get("expression"):
            yield _check(node, constraint)


def _check(node: Node, constraint: Json) -> ValueCheck:
    holds = fhirpath.predicate(constraint["expression"], node.id)
    key, text = constraint["key"], constraint["human"]
    severity = "warning" if constraint.get("severity") == "warning" else "error"

    def check(value: Any, scene: Scene) -> Iterable[Finding]:
        if is_over(scene.until):
            raise too_late()
        if holds(value, scene.resource, scene.root):
            return ()
        return (Finding("invariant", text, key, severity=severity),)

    return check
