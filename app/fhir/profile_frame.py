"""What the checks of a profile share: what they are made from, what they are shown, what they tell.

Spec: https://hl7.org/fhir/R4/profiling.html
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from app.fhir.deadline import deadline
from app.fhir.finding import Finding
from app.fhir.profile_tree import Find, Node
from app.fhir.resource_types import Json

MOST_SECONDS = 2.0

Member: TypeAlias = Callable[[str, str | None, str], bool | None]


@dataclass(slots=True)
class Scene:
    """What a check may look at beside the value itself.

    resource: the one that the value is in. root: the whole, which contains it. told_of: the
    extensions that a slice has looked at, by identity. until: when an answer is too late, on the
    performance counter.
    """

    root: Json
    resource: Json
    told_of: set[int] = field(default_factory=set)
    until: float = field(default_factory=lambda: deadline(MOST_SECONDS))


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a profile's checks are made with.

    find: the definition of a canonical, or None. member: whether a code is in a value set, or None
    when that cannot be told. conforms: whether a resource is what a canonical asks.
    """

    profile_id: str
    find: Find
    member: Member
    conforms: "Callable[[str, Json, Scene], bool]"


ValueCheck: TypeAlias = Callable[[Any, Scene], Iterable[Finding]]
MemberCheck: TypeAlias = Callable[[Json, Scene], Iterable[Finding]]

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


def fault(
    workshop: Workshop, node: Node, kind: str, code: str, text: str, *, severity: str = "error"
) -> Callable[..., Finding]:
    """A maker of one finding, told under the profile's id; path: below the value it is told of."""
    rule = f"{workshop.profile_id}#{node.id}:{kind}"
    return partial(Finding, code, text, rule, severity=severity)


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


def joined(checks: list[ValueCheck]) -> ValueCheck | None:
    """The checks as one; None when there are none."""
    if len(checks) < 2:
        return checks[0] if checks else None
    several = tuple(checks)

    def check(value: Any, scene: Scene) -> Iterator[Finding]:
        for one in several:
            yield from one(value, scene)

    return check


def _plain(value: Any) -> str:
    return str(value) if type(value) in (int, str) else bytes(value).decode()
