"""Where a resource lives: the ids this service mints, and whose record a resource belongs to.

A minted id is `<person id>-<suffix>`, so that the id alone tells where it lives; any other id is
found through
the locators. A Patient's id is the person's own key.
"""

import re
import secrets
from typing import Any, TypeAlias

from app.errors import Invalid, Issue
from app.fhir.reference import ReferenceParts, parse_reference
from app.fhir.resource_types import DIRECTORY, RESOURCE_TYPES, Json
from app.store.resources import Wanted

References: TypeAlias = list[tuple["Trail", ReferenceParts]]
Trail: TypeAlias = tuple["Trail", str | int] | None  # the way down to a node, last step first

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PERSON_LENGTH = 16  # 80 random bits
_SUFFIX_LENGTH = 12  # 60 random bits, inside one person
_MINTED = re.compile(r"([a-z2-7]{16})-[a-z2-7]{12}")
_MINTED_PERSON = re.compile(r"[a-z2-7]{16}")


def mint(type: str, person_id: str) -> str:
    """A new id. For a Patient, person_id is not looked at."""
    if type == "Patient" or person_id == DIRECTORY or not _MINTED_PERSON.fullmatch(person_id):
        return _random(_PERSON_LENGTH)
    return f"{person_id}-{_random(_SUFFIX_LENGTH)}"


def _random(length: int) -> str:
    return "".join(_ALPHABET[byte & 31] for byte in secrets.token_bytes(length))


def wanted(type: str, id: str) -> Wanted:
    """Where to look for a resource; without a person when only the locators can tell."""
    return Wanted(told_by_id(type, id), type, id)


def told_by_id(type: str, id: str) -> str | None:
    """The person (or the directory) that an id by itself tells, or None."""
    if type == "Patient":
        return id
    if RESOURCE_TYPES[type].directory:
        return DIRECTORY
    minted = _MINTED.fullmatch(id)
    return minted[1] if minted else None


def is_of_ours(type: str, id: str) -> bool:
    """Whether an id has the form of those minted here for a person's entries."""
    return bool((_MINTED_PERSON if type == "Patient" else _MINTED).fullmatch(id))


def needs_locator(type: str, id: str, person_id: str) -> bool:
    """Whether the id does not tell where it lives. Raises Invalid when it tells another
    person's."""
    told = told_by_id(type, id)
    if told is None:
        return True
    # A Patient called as the directory is would have a record that nobody can tell from it.
    if told != person_id or (type == "Patient" and id == DIRECTORY):
        raise Invalid(
            [
                Issue(
                    "business-rule",
                    "This id belongs to another record. Choose another, or leave it to the server.",
                    f"{type}.id",
                )
            ]
        )
    return False


def references_in(tree: Json, fhir_base: str) -> References:
    """Every literal reference, as (where, parts); contained (#x) and logical ones are left out.

    `fhirpath` writes out where.
    """
    found = []
    for trail, text in reference_texts(tree):
        parts = parse_reference(text, fhir_base)
        if parts is not None:
            found.append((trail, parts))
    return found


def reference_texts(tree: Json) -> list[tuple[Trail, str]]:
    """Every text of a `reference`, as (where, text), whatever it is."""
    texts: list[tuple[Trail, str]] = []
    _collect(tree, None, texts)
    return texts


def fhirpath(type: str, trail: Trail) -> str:
    """Where a reference stands: "Goal.note[1].authorReference.reference"."""
    steps = [".reference"]
    while trail is not None:
        trail, step = trail
        steps.append(f"[{step}]" if isinstance(step, int) else f".{step}")
    return type + "".join(reversed(steps))


def _collect(node: Json, trail: Trail, texts: list[tuple[Trail, str]]) -> None:
    for name, child in node.items():
        kind = type(child)
        if kind is dict:
            _collect(child, (trail, name), texts)
        elif kind is list:
            _collect_items(child, (trail, name), texts)
        elif name == "reference" and kind is str:
            texts.append((trail, child))


def _collect_items(items: list[Any], trail: Trail, texts: list[tuple[Trail, str]]) -> None:
    for n, child in enumerate(items):
        kind = type(child)
        if kind is dict:
            _collect(child, (trail, n), texts)
        elif kind is list:
            _collect_items(child, (trail, n), texts)


def person_of(tree: Json, fhir_base: str, person_by_reference: dict[str, str]) -> str:
    """Whose record a resource belongs to: a person's id, or the directory key.

    person_by_reference: where each resource it refers to lives. A Patient is asked for with its id
    set.
    """
    row = RESOURCE_TYPES[tree["resourceType"]]
    if row.name == "Patient":
        return str(tree["id"])
    for element in row.person:
        for text in _named(tree.get(element)):
            parts = parse_reference(text, fhir_base)
            relative = parts.relative if parts else None
            if relative in person_by_reference:
                return person_by_reference[relative]
    return DIRECTORY


def person_claimed(tree: Json, fhir_base: str) -> str | None:
    """Whose record a resource that was sent would belong to, as far as it tells by itself; it may
    be wrong in any way."""
    row = RESOURCE_TYPES.get(str(tree.get("resourceType")))
    for element in row.person if row is not None else ():
        for text in _named(tree.get(element)):
            parts = parse_reference(text, fhir_base) if type(text) is str else None
            if parts is None or not parts.relative or parts.type not in RESOURCE_TYPES:
                continue
            person_id = told_by_id(parts.type, parts.id or "")
            if person_id not in (None, DIRECTORY):
                return person_id
    return None


def _named(value: Any) -> list[str]:
    values = value if type(value) is list else [value]
    return [one["reference"] for one in values if type(one) is dict and "reference" in one]
