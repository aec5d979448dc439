"""Texts, codes with their names, and one among several: parts that a person is made of.

Spec: https://hl7.org/fhir/R4/datatypes.html
"""

from collections.abc import Callable
from typing import Any

from app.fhir.resource_types import Json
from app.fhir.rule import nodes
from app.what_matters.mapping.parts import Part, plain, put

PERIOD = {"since": plain("period.start"), "until": plain("period.end")}


def texts(name: str) -> Part:
    """A list of texts, whole or not at all."""

    def read(tree: Json) -> Any:
        value = tree.get(name)
        istexts = isinstance(value, list) and value and all(type(one) is str for one in value)
        return value if istexts else None

    return Part(name, read, lambda tree, value: put(tree, name, value or None))


def code_and_name(path: str, system: str) -> Part:
    """The one Coding of a CodeableConcept of a system that has many codes, as code and name."""

    def read(value: Any) -> Any:
        codings = value.get("coding") if isinstance(value, dict) else None
        one = codings[0] if isinstance(codings, list) and len(codings) == 1 else None
        if not isinstance(one, dict) or one.get("system") != system or set(value) != {"coding"}:
            return None
        told = {"code": one.get("code"), "name": one.get("display")}
        return {key: text for key, text in told.items() if text is not None}

    def write(tree: Json, value: Any) -> None:
        code: Json = {"system": system, "code": value["code"]} if value else {}
        if value and value.get("name"):
            code["display"] = value["name"]
        put(tree, path, {"coding": [code]} if code else None)

    return Part(path, lambda tree: read(tree.get(path)), write)


def one_among(path: str, is_this: Callable[[Json], bool], part: Part) -> Part:
    """The one object of a list that is of a kind; the others stay behind it."""

    def parted(tree: Json) -> tuple[list[Json], list[Json]]:
        whole = nodes(tree, path)
        return [o for o in whole if is_this(o)], [o for o in whole if not is_this(o)]

    def read(tree: Json) -> Any:
        these, _ = parted(tree)
        return part.read(these[0]) if len(these) == 1 else None

    def write(tree: Json, value: Any) -> None:
        these, others = parted(tree)
        one = dict(these[0]) if these else {}
        part.write(one, value)
        put(tree, path, [*([one] if value is not None else ()), *others] or None)

    return Part(path, read, write)
