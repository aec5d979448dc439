"""One step down a FHIRPath: the values under a name, in JSON as FHIR writes it.

Spec: http://hl7.org/fhirpath/N1/#path-selection, https://hl7.org/fhir/R4/json.html#primitive
A primitive is one value, whatever stands beside it under `_name`.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import zip_longest
from typing import Any

from app.fhir.bare import BARE
from app.fhir.element_tables import datatypes, resources
from app.fhir.fhirpath_parse import NotPlain


def _with_shadows(value: Any, shadow: Any) -> Iterator[Any]:
    """The primitives of an element, from its value and what stands beside it: each is one node,
    with its value or bare."""
    values = value if type(value) is list else [value]
    shadows = shadow if type(shadow) is list else [shadow]
    for one, its_shadow in zip_longest(values, shadows):
        if one is not None:
            yield one
        elif its_shadow is not None:
            yield BARE


def plain_step(name: str) -> Callable[[list[Any]], list[Any]]:
    shadow = "_" + name
    beside = name in ("extension", "id")  # what a primitive may have, which its value does not show

    def step(items: list[Any]) -> list[Any]:
        found: list[Any] = []
        for item in items:
            if type(item) is not dict:
                if beside:
                    raise NotPlain
                continue
            value = item.get(name)
            if shadow in item:
                found.extend(_with_shadows(value, item[shadow]))
            elif type(value) is list:
                found.extend(value)
            elif value is not None:
                found.append(value)
        return found

    return step


def choice_step(name: str, choices: frozenset[str]) -> Callable[[list[Any]], list[Any]]:
    plain, shadow = plain_step(name), "_" + name

    def step(items: list[Any]) -> list[Any]:
        found = []
        for item in items:
            if type(item) is not dict:
                continue
            if name in item or shadow in item:
                found.extend(plain([item]))
                continue
            for member in item:
                if member in choices:
                    found.append(item[member])
                elif member[0] == "_" and member[1:] in choices and member[1:] not in item:
                    found.append(BARE)
        return found

    return step


@cache
def choices_by_name() -> dict[str, frozenset[str]]:
    """The JSON names of each element that is a choice somewhere, by its name without [x]."""
    found: dict[str, set[str]] = {}
    for table in (*resources().values(), *datatypes().values()):
        for element in table.elements:
            if element.path.endswith("[x]"):
                name = element.path.rpartition(".")[2].removesuffix("[x]")
                names = (kind.removeprefix("Simple") for kind in element.types)
                found.setdefault(name, set()).update(
                    f"{name}{kind[0].upper()}{kind[1:]}" for kind in names
                )
    return {name: frozenset(names) for name, names in found.items()}
