"""Values a profile fixes: fixed[x] is exactly this, pattern[x] is at least this.

Spec: https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

Holds: TypeAlias = Callable[[Any], bool]


def fixed(wanted: Any) -> Holds:
    """Exactly this value: every member, every item in its order."""
    if type(wanted) is dict:
        parts = {name: fixed(value) for name, value in wanted.items()}
        return lambda value: (
            type(value) is dict
            and value.keys() == parts.keys()
            and all(holds(value[name]) for name, holds in parts.items())
        )
    if type(wanted) is list:
        items = [fixed(item) for item in wanted]
        return lambda value: (
            type(value) is list
            and len(value) == len(items)
            and all(holds(item) for holds, item in zip(items, value, strict=True))
        )
    return _same(wanted)


def pattern(wanted: Any) -> Holds:
    """At least this: the members given, and for each item given one that fits it."""
    if type(wanted) is dict:
        return _has_members([(name, pattern(value)) for name, value in wanted.items()])
    if type(wanted) is list:
        return _has_items([pattern(item) for item in wanted])
    return _same(wanted)


def told(wanted: Any) -> str:
    """The value as a person may be told it: a code with its system, or the value itself."""
    if type(wanted) is dict:
        if wanted.get("coding"):
            return " and ".join(told(coding) for coding in wanted["coding"])
        if "code" in wanted:
            system = wanted.get("system")
            return f"{wanted['code']} of {system}" if system else str(wanted["code"])
        return ", ".join(f"{name} {told(value)}" for name, value in wanted.items())
    if type(wanted) is list:
        return ", ".join(told(item) for item in wanted)
    if type(wanted) is bool:
        return "true" if wanted else "false"
    return bytes(wanted).decode() if type(wanted) is msgspec.Raw else str(wanted)


def _has_members(parts: list[tuple[str, Holds]]) -> Holds:
    def has_members(value: Any) -> bool:
        if type(value) is not dict:
            return False
        for name, holds in parts:  # noqa: SIM110  (a generator costs more than the question)
            if name not in value or not holds(value[name]):
                return False
        return True

    return has_members


def _has_items(items: list[Holds]) -> Holds:
    return lambda value: type(value) is list and all(any(map(holds, value)) for holds in items)


def _same(wanted: Any) -> Holds:
    if type(wanted) is str or type(wanted) is bool or wanted is None:
        return lambda value: type(value) is type(wanted) and value == wanted
    number = _number(wanted)
    return lambda value: (
        (type(value) is int or type(value) is msgspec.Raw) and _number(value) == number
    )


def _number(value: Any) -> Decimal:
    return Decimal(bytes(value).decode() if type(value) is msgspec.Raw else str(value))
