"""What a profile's checks call things when they tell a person of them: elements, slices, types.

Spec: https://hl7.org/fhir/R4/elementdefinition.html
"""

from typing import Any

from app.fhir.profile_tree import Node
from app.fhir.resource_types import Json

_WORDS = {
    "boolean": "true or false",
    "code": "a code",
    "CodeableConcept": "a coded concept",
    "Coding": "a coding",
    "date": "a date",
    "dateTime": "a date or a time",
    "decimal": "a number",
    "integer": "a whole number",
    "Period": "a period",
    "positiveInt": "a whole number above 0",
    "Quantity": "a quantity",
    "Reference": "a reference",
    "string": "a text",
    "unsignedInt": "a whole number from 0",
    "uri": "an address (URI)",
}


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
    """What a person may call it: the slice's name, or the element's."""
    slice_name = node.id.rpartition(".")[2].partition(":")[2]
    if slice_name:
        return slice_name
    before = node.id.rpartition(".")[0]
    owner = before.rpartition(".")[2].partition(":")
    if node.name == "value[x]" and owner[2]:
        return owner[2]
    return node.name.removesuffix("[x]")


def sentence(node: Node, text: str) -> str:
    """The text, and what the definition says the element is."""
    short = str(node.asks.get("short", "")).strip().rstrip(".")
    return f"{text} ({short}.)" if short and short.lower() not in text.lower() else text


def type_words(asks: Json) -> str:
    """What the types of an element are called: "a whole number from 0 to 10 or a text"."""
    names = [str(one.get("code", "")) for one in asks.get("type", ())]
    words = " or ".join(_WORDS.get(name, name) for name in names)
    least, most = given(asks, "minValue"), given(asks, "maxValue")
    if least and most:
        words += f" from {_plain(least[1])} to {_plain(most[1])}"
    return words


def _plain(value: Any) -> str:
    return str(value) if type(value) in (int, str) else bytes(value).decode()
