"""Where a Reference may lead: its form, and the types allowed at its place.

Spec: https://hl7.org/fhir/R4/references.html
"""

import re
from typing import Any

from app.fhir.element_tables import known_types
from app.fhir.finding import Check, Finding, Findings, Waits
from app.fhir.resource_types import Json

_TAIL = r"([A-Z][A-Za-z]{1,60})/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?"
_is_id = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
_is_relative = re.compile(_TAIL).fullmatch
_is_address = re.compile(r"https?://[^\s/?#]+/\S*|https?://[^\s/?#]+").fullmatch
_tail_of_address = re.compile(rf"https?://[^\s?#]+/{_TAIL}").fullmatch
# Up to the first "=" in one way only: with two, a long text that fits neither takes for ever.
_is_condition = re.compile(r"([A-Z][A-Za-z]{1,60})\?\S[^\s=]*=\S*").fullmatch
_is_urn = re.compile(
    r"urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+"
).fullmatch
_is_local = re.compile(r"#(?:[A-Za-z0-9\-.]{1,64})?").fullmatch

_TYPE_URL = "http://hl7.org/fhir/StructureDefinition/"


def reference_check(shape: Check, targets: tuple[str, ...]) -> Check:
    """The check of a Reference at one place. shape: any Reference's. targets: none for all."""
    is_open = not targets or "Any" in targets
    allowed = known_types() if is_open else frozenset(targets)
    rule = _Rule(allowed, "" if is_open else f" Here it may be: {', '.join(sorted(allowed))}.")

    def check(value: Any) -> Findings:
        found = shape(value)
        if type(value) is not dict:
            return found
        reference = value.get("reference")
        if type(reference) is str:
            kind, _, rest = reference.partition("/")
            if kind in allowed and _is_id(rest) and "type" not in value:
                return found
            wrong = rule.fault(reference, value)
        else:
            wrong = rule.fault_of_type(value)
        return found if wrong is None else [*(found or ()), wrong]

    return check


class _Rule:
    """What one place allows, and what to say when a reference there breaks it."""

    __slots__ = ("allowed", "hint")

    def __init__(self, allowed: frozenset[str], hint: str) -> None:
        self.allowed = allowed
        self.hint = hint

    def fault(self, reference: str, value: Json) -> Finding | None:
        """The fault of a Reference with a `reference`, None when it has none."""
        if reference.startswith("#"):
            return self._local(reference)
        condition = _is_condition(reference)
        match = condition or _is_relative(reference) or _tail_of_address(reference)
        if match is None or (match[1] not in known_types() and reference.startswith("http")):
            return self._without_type(reference, value)
        wrong = self._of_type(match[1]) or self._disagreement(match[1], value)
        if wrong is None and condition is not None:
            return Finding(
                "value",
                "A conditional reference can only be resolved inside a transaction.",
                path=".reference",
                waits=Waits.CONDITION,
            )
        return wrong

    def fault_of_type(self, value: Json) -> Finding | None:
        """The fault of a Reference by identifier or display alone."""
        kind = _named_type(value)
        if kind is None or kind in self.allowed or kind not in known_types():
            return None
        return Finding("value", f"The type is not allowed here.{self.hint}", path=".type")

    def _local(self, reference: str) -> Finding:
        if not _is_local(reference):
            told = "After # comes the id of a contained resource."
            return Finding("value", told, path=".reference")
        return Finding(
            "invariant",
            "This leads to a contained resource that is not there.",
            rule="ref-1",
            path=".reference",
            waits=Waits.CONTAINED,
            name=reference[1:],
            targets=self.allowed,
        )

    def _without_type(self, reference: str, value: Json) -> Finding | None:
        if _is_urn(reference) or _is_address(reference):
            return self.fault_of_type(value)
        return Finding(
            "value",
            "A reference names a type and an id, such as Patient/123, or is a web address, "
            "urn:uuid:, urn:oid: or #id.",
            path=".reference",
        )

    def _of_type(self, kind: str) -> Finding | None:
        if kind in self.allowed:
            return None
        if kind not in known_types():
            told = "R4 has no resource type of this name: look how it is spelt."
            return Finding("value", told, path=".reference")
        return Finding(
            "value", f"A reference to {kind} is not allowed here.{self.hint}", path=".reference"
        )

    @staticmethod
    def _disagreement(kind: str, value: Json) -> Finding | None:
        named = _named_type(value)
        if named is None or named == kind or named not in known_types():
            return None
        return Finding("value", "The type says one thing and the reference another.", path=".type")


def _named_type(value: Json) -> str | None:
    named = value.get("type")
    return named.removeprefix(_TYPE_URL) if type(named) is str else None
