"""One invariant as a predicate, and the ways a predicate looks into a node.

Spec: https://hl7.org/fhir/R4/conformance-rules.html#constraints
A predicate gets a node whose parts may be of any shape, because every fault is told at once; so
what it asks for is either there in the right shape or not there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from app.fhir.resource_types import Json


@dataclass(frozen=True, slots=True)
class Rule:
    """path: the node it is asked of ("Goal.target"). place: below it, where a break is shown."""

    key: str
    path: str
    text: str
    holds: Callable[[Json], bool]
    place: str = ""


def has(node: Json, *names: str) -> bool:
    """True when one of the elements is there, with a value or with extensions alone."""
    for name in names:  # noqa: SIM110  (a generator costs more than the question)
        if name in node or "_" + name in node:
            return True
    return False


def has_choice(node: Json, name: str) -> bool:
    """True when name[x] is there as any type."""
    for member in node:
        if name in member:
            before, _, kind = member.partition(name)
            if before in ("", "_") and kind[:1].isupper():
                return True
    return False


def text(node: Json, name: str) -> str | None:
    """The string under a name."""
    value = node.get(name)
    return value if type(value) is str else None


def number(node: Json, name: str) -> Decimal | None:
    """The number under a name, exactly as its digits say."""
    value = node.get(name)
    if type(value) is msgspec.Raw:
        return Decimal(bytes(value).decode())
    return Decimal(value) if type(value) is int else None


def nodes(node: Any, name: str) -> list[Json]:
    """The objects under a name, be it one or an array of them."""
    value = node.get(name)
    if value is None:
        return []
    if type(value) is dict:
        return [value]
    return [item for item in value if type(item) is dict] if type(value) is list else []


def node_at(node: Json, name: str) -> Json:
    """The one object under a name, or an empty one."""
    value = node.get(name)
    return value if type(value) is dict else {}


def has_coding(node: Json, name: str, system: str, codes: frozenset[str]) -> bool:
    """True when a CodeableConcept under the name has one of the codes of the system."""
    return any(
        coding.get("system") == system and text(coding, "code") in codes
        for concept in nodes(node, name)
        for coding in nodes(concept, "coding")
    )


def is_not_after(start: str | None, end: str | None) -> bool:
    """False only when `start` is surely later than `end`; a date stands for any moment of it."""
    if not start or not end:
        return True
    if "T" in start and "T" in end:
        return _is_not_after(start, end)
    precision = min(len(start.partition("T")[0]), len(end.partition("T")[0]))
    return start[:precision] <= end[:precision]


def _is_not_after(start: str, end: str) -> bool:
    try:
        return _moment(start) <= _moment(end)
    except (ValueError, TypeError):  # no moment at all: told where the date itself is checked
        return True


def _moment(written: str) -> datetime:
    date, _, clock = written.partition("T")
    return datetime.fromisoformat(f"{date}T{clock.replace(':60', ':59', 1)}")
