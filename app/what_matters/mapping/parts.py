"""One element of a resource that has a plain word: how it is read, and how it is written.

A part reads what it understands to the letter, and None for anything else; so what has no plain
word is never taken for something that it is not, and stays as it was written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.fhir.resource_types import Json

_UCUM = "http://unitsofmeasure.org"


@dataclass(frozen=True, slots=True)
class Part:
    """place: where it stands, as FHIRPath below the type, without indexes ("description.text").
    read: the plain value, or None. write: changes a tree in place; None takes it away."""

    place: str
    read: Callable[[Json], Any]
    write: Callable[[Json, Any], None]


def plain(path: str) -> Part:
    """A text, number or boolean, as it is. path: names with dots, through single objects."""
    *way, name = path.split(".")

    def read(tree: Json) -> Any:
        value = _at(tree, way).get(name)
        return None if isinstance(value, dict | list) else value

    return Part(path, read, lambda tree, value: put(tree, path, value))


def converted(part: Part, read: Callable[[Any], Any], write: Callable[[Any], Any]) -> Part:
    """The same in other words. read, write: of values that are there; None where there is none."""

    def of_fhir(tree: Json) -> Any:
        value = part.read(tree)
        return None if value is None else read(value)

    def to_fhir(tree: Json, value: Any) -> None:
        part.write(tree, None if value is None else write(value))

    return Part(part.place, of_fhir, to_fhir)


def node(path: str) -> Part:
    """A whole object, or array, as FHIR writes it; for others to build upon."""
    *way, name = path.split(".")

    def read(tree: Json) -> Any:
        return _at(tree, way).get(name)

    return Part(path, read, lambda tree, value: put(tree, path, value))


def word(part: Part, code_by_word: Mapping[str, str]) -> Part:
    """A code by its plain word."""
    word_by_code = {code: one for one, code in code_by_word.items()}
    return converted(part, word_by_code.get, lambda value: code_by_word[value])


def coding(system: str, code_by_word: Mapping[str, str]) -> Part:
    """The one code of a CodeableConcept, by its plain word. A display is let go: the word says
    it."""
    word_by_code = {code: one for one, code in code_by_word.items()}

    def read(codings: Any) -> Any:
        one = _objects(codings)
        if len(one) != 1 or one[0].get("system") != system:
            return None
        return word_by_code.get(str(one[0].get("code")))

    def write(value: Any) -> list[Json]:
        return [{"system": system, "code": code_by_word[value]}]

    return converted(node("coding"), read, write)


def ucum(path: str) -> Part:
    """The code of a Quantity's unit, which is UCUM's (http://unitsofmeasure.org)."""
    system, code = plain(f"{path}.system"), plain(f"{path}.code")

    def read(tree: Json) -> Any:
        return code.read(tree) if system.read(tree) == _UCUM else None

    def write(tree: Json, value: Any) -> None:
        system.write(tree, None if value is None else _UCUM)
        code.write(tree, value)

    return Part(f"{path}.code", read, write)


def concept(path: str, system: str, code_by_word: Mapping[str, str]) -> Part:
    """One CodeableConcept that holds a code of a system alone, by its plain word."""
    inside = coding(system, code_by_word)

    def read(value: Any) -> Any:
        known = isinstance(value, dict) and set(value) == {"coding"}
        return inside.read(value) if known else None

    return converted(node(path), read, lambda value: _made(inside, value))


def own_items(path: str, item: Part) -> Part:
    """Those of a list that have a plain word, as a list; the others stay beside them."""

    def read(tree: Json) -> Any:
        return [v for v in map(item.read, _objects(tree.get(path))) if v is not None] or None

    def write(tree: Json, values: Any) -> None:
        others = [one for one in _objects(tree.get(path)) if item.read(one) is None]
        put(tree, path, [*others, *(_made(item, value) for value in values or ())] or None)

    return Part(path, read, write)


def extension(url: str, part: Part) -> Part:
    """What one extension holds. part: inside it ("valueInteger")."""

    def read(tree: Json) -> Any:
        found = [one for one in _objects(tree.get("extension")) if one.get("url") == url]
        return part.read(found[0]) if len(found) == 1 else None

    def write(tree: Json, value: Any) -> None:
        others = [one for one in _objects(tree.get("extension")) if one.get("url") != url]
        if value is not None:
            made: Json = {"url": url}
            part.write(made, value)
            others.append(made)
        put(tree, "extension", others or None)

    return Part(f"extension('{url}')", read, write)


def extensions(url: str, part: Part) -> Part:
    """What each extension of one kind holds, as a list in their order."""

    def read(tree: Json) -> Any:
        found = [one for one in _objects(tree.get("extension")) if one.get("url") == url]
        values = [part.read(one) for one in found]
        return values if values and None not in values else None

    def write(tree: Json, values: Any) -> None:
        others = [one for one in _objects(tree.get("extension")) if one.get("url") != url]
        for value in values or ():
            made: Json = {"url": url}
            part.write(made, value)
            others.append(made)
        put(tree, "extension", others or None)

    return Part(f"extension('{url}')", read, write)


def each(path: str, part: Part) -> Part:
    """A list of objects, each with one plain value. Whole or not at all: where one of them has no
    plain word, the list is left as it is. Of an object that says something else from now on, what
    has no plain word stays: the one that stood in the same place is changed."""
    whole = node(path)

    def read(tree: Json) -> Any:
        value = whole.read(tree)
        if not isinstance(value, list) or not value:
            return None
        values = [part.read(one) for one in _objects(value)]
        return values if len(values) == len(value) and None not in values else None

    def write(tree: Json, values: Any) -> None:
        stored = _objects(whole.read(tree))
        said = [part.read(one) for one in stored]
        made: list[Json] = []
        for n, value in enumerate(values or ()):
            if value in said:
                made.append(stored[said.index(value)])
                continue
            one = dict(stored[n]) if n < len(stored) and said[n] not in values else {}
            part.write(one, value)
            made.append(one)
        whole.write(tree, made or None)

    return Part(path, read, write)


def inside(path: str, part: Part) -> Part:
    """A part of the one object at a path; what else the object holds stays."""
    whole = node(path)

    def read(tree: Json) -> Any:
        value = whole.read(tree)
        return part.read(value) if isinstance(value, dict) else None

    def write(tree: Json, value: Any) -> None:
        below = whole.read(tree)
        changed = dict(below) if isinstance(below, dict) else {}
        part.write(changed, value)
        whole.write(tree, changed or None)

    return Part(f"{path}.{part.place}" if part.place else path, read, write)


def only(path: str, part: Part) -> Part:
    """A part of the one object in a list; None where there are several."""
    whole = node(path)

    def read(tree: Json) -> Any:
        one = whole.read(tree)
        found = isinstance(one, list) and len(one) == 1 and isinstance(one[0], dict)
        return part.read(one[0]) if found else None

    def write(tree: Json, value: Any) -> None:
        stored = _objects(whole.read(tree))
        if value is None and len(stored) > 1:
            return
        changed = dict(stored[0]) if len(stored) == 1 else {}
        part.write(changed, value)
        whole.write(tree, [changed] if changed else None)

    return Part(f"{path}.{part.place}", read, write)


def fields(**parts: Part) -> Part:
    """Several parts of one object, as an object of plain words; None when there is none of them.
    Parts may share a place, and be written each in its own way."""

    def read(tree: Json) -> Any:
        values = {name: part.read(tree) for name, part in parts.items()}
        return {name: value for name, value in values.items() if value is not None} or None

    def write(tree: Json, value: Any) -> None:
        said = {one: v for one in parts if (v := (value or {}).get(one)) is not None}
        for name, part in parts.items():
            if name not in said and part.read(tree) is not None:
                part.write(tree, None)
        for name, one in said.items():
            parts[name].write(tree, one)

    return Part("", read, write)


def object_at(path: str, part: Part) -> Part:
    """A part inside the one object at a path."""

    def read(value: Any) -> Any:
        return part.read(value) if isinstance(value, dict) else None

    return converted(node(path), read, lambda value: _made(part, value) or None)


def stands(place: str) -> Part:
    """Where something stands that is read and written as a whole elsewhere, so that a fault there
    names its field."""
    return Part(place, lambda _: None, lambda tree, value: None)


def first_of(*parts: Part) -> Part:
    """Whichever of several says it; written as the first does."""

    def read(tree: Json) -> Any:
        return next((v for v in (part.read(tree) for part in parts) if v is not None), None)

    def write(tree: Json, value: Any) -> None:
        for part in parts[1:]:
            if part.read(tree) is not None:
                part.write(tree, None)
        parts[0].write(tree, value)

    return Part(parts[0].place, read, write)


def put(tree: Json, path: str, value: Any) -> None:
    """Set what stands at a path; None takes it away, and the objects that are then empty."""
    name, _, rest = path.partition(".")
    if rest:
        inner = dict(tree[name]) if isinstance(tree.get(name), dict) else {}
        put(inner, rest, value)
        value = inner or None
    if value is None:
        tree.pop(name, None)
    else:
        tree[name] = value


def _made(part: Part, value: Any) -> Json:
    made: Json = {}
    part.write(made, value)
    return made


def _at(tree: Json, way: list[str]) -> Json:
    for name in way:
        below = tree.get(name)
        if not isinstance(below, dict):
            return {}
        tree = below
    return tree


def _objects(value: Any) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
