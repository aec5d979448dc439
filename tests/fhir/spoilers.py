"""Ways to spoil a resource at one place: each changes `holder[key]` or what stands beside it."""

import copy
from collections.abc import Callable
from typing import Any

from tests.fhir.seeds import EXTENSION

REPLACEMENTS: tuple[Any, ...] = (
    None,
    [],
    {},
    "",
    " ",
    "\u00a0",
    "two  spaces ",
    "a b",
    "x" * 65,
    "bogus",
    "line\nbreak",
    "con\u0001trol",
    True,
    "true",
    0,
    -1,
    1.5,
    2**40,
    "1.0",
    "2026-02-30",
    "2024-02-29",
    "2026-13",
    "2026",
    "2026-01-01T10:00:00",
    "2026-01-01T24:00:00Z",
    "2026-01-01T23:59:60Z",
    "2026-01-01T10:00:00.123456789+14:00",
    "10:00",
    "23:59:59.5",
    "urn:uuid:not-one",
    "YQ=",
    {"id": "only"},
    {"reference": "Medication/1"},
    {"reference": "Patient/1"},
    {"reference": "#elsewhere"},
    {"text": "a"},
    {"value": 1},
    {"extension": [EXTENSION]},
    ["a"],
    [None],
)


def drop(holder: Any, key: Any) -> None:
    del holder[key]


def wrap(holder: Any, key: Any) -> None:
    holder[key] = [holder[key]]


def unwrap(holder: Any, key: Any) -> None:
    if isinstance(holder[key], list) and holder[key]:
        holder[key] = holder[key][0]


def double(holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))


def add_unknown(holder: Any, _key: Any) -> None:
    if isinstance(holder, dict):
        holder["unheardOf"] = "x"


def add_other_choice(holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        for end in ("Quantity", "Period", "Age", "DateTime", "Reference", "CodeableConcept"):
            if str(key).endswith(end) and key[0].islower():
                holder[str(key).removesuffix(end) + "String"] = "x"
                holder[str(key).removesuffix(end) + "Boolean"] = True


def add_extension_beside(holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[f"_{key}"] = {"extension": [EXTENSION]}


def only_extension_beside(holder: Any, key: Any) -> None:
    add_extension_beside(holder, key)
    del holder[key]


def rename(holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[f"{key}s"] = holder.pop(key)


def replacing(value: Any) -> Callable[[Any, Any], None]:
    def replace(holder: Any, key: Any) -> None:
        holder[key] = copy.deepcopy(value)

    return replace


SPOILERS = (
    drop,
    drop,
    wrap,
    unwrap,
    double,
    add_unknown,
    add_other_choice,
    add_extension_beside,
    only_extension_beside,
    rename,
    *(replacing(value) for value in REPLACEMENTS),
)
