"""What a profile's checks call things when they tell a person of them: elements, slices, types.

Spec: https://hl7.org/fhir/R4/elementdefinition.html
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from app.fhir import pattern
from app.fhir.profile_tree import Node
from app.fhir.resource_types import Json
from app.fhir.terminology import Concept

_WORDS = {
    "boolean": "true or false",
    "code": "a code",
    "CodeableConcept": "a code with words",
    "Coding": "a code with its system",
    "date": "a date",
    "dateTime": "a date or a time",
    "decimal": "a number",
    "integer": "a whole number",
    "Period": "a period",
    "positiveInt": "a whole number above 0",
    "Quantity": "an amount with its unit",
    "Reference": "a link to another entry",
    "string": "a text",
    "unsignedInt": "a whole number from 0",
    "uri": "an address (URI)",
}
_MOST_TYPES = 4  # of a choice, told by their names in JSON
_MOST_CODES = 12
_CAPITAL = re.compile("([a-z])([A-Z])")


def json_name(element: str, type_name: str) -> str:
    """The JSON name of a choice of one type: valueInteger of value[x] and integer."""
    return f"{element.removesuffix('[x]')}{type_name[0].upper()}{type_name[1:]}"


def given(asks: Json, prefix: str) -> tuple[str, Any] | None:
    """The (type, value) of a choice in an ElementDefinition: `fixed`, `pattern`, `minValue`."""
    for name, value in asks.items():
        if name.startswith(prefix) and name[len(prefix) : len(prefix) + 1].isupper():
            return name[len(prefix) :], value
    return None


def label(node: Node) -> str:
    """What a person may call it: the slice's name in words, or the element's as it is written."""
    slice_name = node.id.rpartition(".")[2].partition(":")[2]
    if slice_name:
        return _in_words(slice_name)
    before = node.id.rpartition(".")[0]
    owner = before.rpartition(".")[2].partition(":")
    if node.name == "value[x]" and owner[2]:
        return _in_words(owner[2])
    return node.name.removesuffix("[x]")


def sentence(node: Node, text: str) -> str:
    """The text, and what the definition says the element is."""
    short = str(node.asks.get("short", "")).strip().rstrip(".")
    if not short or short.lower() in text.lower():
        return text
    return f"{text} ({short}{'' if short.endswith('?') else '.'})"


def absent(node: Node, least: int, most: int | None) -> str:
    """That an element, or a slice of it, is not there, and what to add."""
    url = extension_url(node)
    if url is not None:
        times = "is missing" if least == 1 else f"must be given {_often(least, most)}"
        return f"{label(node)} {times}: add the extension {url}."
    name = either(written(node)) or label(node)
    if least > 1:
        return f"{name} must be given {_often(least, most)}."
    is_slice = ":" in node.id.rpartition(".")[2]
    wanted = _told_apart(node) if is_slice else _fixed(node)
    if wanted is None:
        return f"{name} is missing."
    return f"{node.name} must hold {wanted}." if is_slice else f"{name} is missing: add {wanted}."


def too_often(node: Node, most: int) -> str:
    """That an element is there more often than it may be."""
    if most == 0:
        return f"{label(node)} may not be given here: leave it out."
    return f"{label(node)} may be given {times(most)} at most."


def of_another_type(node: Node) -> str:
    """That a choice is of a type that the profile does not take, and which it takes."""
    names = either(written(node))
    how = f": write it as {names}" if names else ""
    return f"{label(node)} must be {type_words(node.asks)}{how}."


def written(node: Node) -> list[str]:
    """How a choice may be written in JSON (["valueInteger"]), when that is not too much to say."""
    types = [str(one["code"]) for one in node.asks.get("type", ()) if one.get("code")]
    if not node.name.endswith("[x]") or len(types) > _MOST_TYPES:
        return []
    return [json_name(node.name, one) for one in types]


def type_words(asks: Json) -> str:
    """What the types of an element are called: "a whole number from 0 to 10 or a text"."""
    names = [str(one.get("code", "")) for one in asks.get("type", ())]
    words = either([_WORDS.get(name, name) for name in names], comma=True)
    least, most = given(asks, "minValue"), given(asks, "maxValue")
    if least and most:
        words += f" from {_plain(least[1])} to {_plain(most[1])}"
    return words


def codes_in_words(concepts: Iterable[Concept] | None, *, is_code: bool) -> str | None:
    """The codes that may be chosen; None when they are not known, or too many to tell.

    is_code: an element of type code, which has no system. A code that says nothing by itself is
    told with its display.
    """
    every = [*(concepts or ())]
    if not 0 < len(every) <= _MOST_CODES:
        return None
    told = ", ".join(_code_in_words(one) for one in every)
    systems = {one.system for one in every}
    if is_code or len(systems) > 1:
        return told
    return f"{told}, of {systems.pop()}"


def either(words: Sequence[str], *, comma: bool = False) -> str:
    """The words as a choice: "a, b or c". comma: before the last one too, as some hold an "or"."""
    if len(words) < 2:
        return "".join(words)
    is_muddled = comma and any(" or " in one or " with " in one for one in words)
    return ", ".join(words[:-1]) + (", or " if is_muddled else " or ") + words[-1]


def times(count: int) -> str:
    """How often, in words."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def extension_url(node: Node) -> str | None:
    """The url of the extension that a slice is of."""
    for one in node.asks.get("type", ()):
        for profile in one.get("profile", ()):
            return str(profile).partition("|")[0]
    return None


def _often(least: int, most: int | None) -> str:
    return times(least) if most == least else f"{times(least)} or more"


def _told_apart(node: Node) -> str | None:
    """What makes a value one of a slice: "survey of http://…", or "one with the type author of"."""
    own = _fixed(node)
    if own is not None:
        return own
    for child in node.children.values():
        inside = _fixed(child)
        if inside is not None:
            return f"one with the {child.name} {inside}"
    return None


def _fixed(node: Node) -> str | None:
    wanted = given(node.asks, "fixed") or given(node.asks, "pattern")
    return None if wanted is None else pattern.told(wanted[1])


def _code_in_words(concept: Concept) -> str:
    is_plain = concept.code.replace("-", "").isalpha() and concept.code.islower()
    return (
        concept.code if is_plain or not concept.display else f"{concept.code} ({concept.display})"
    )


def _in_words(name: str) -> str:
    return _CAPITAL.sub(r"\1 \2", name).lower()


def _plain(value: Any) -> str:
    return str(value) if type(value) in (int, str) else bytes(value).decode()
