"""What somebody is called, in plain words.

Spec: https://hl7.org/fhir/R4/datatypes.html#HumanName, https://hl7.org/fhir/R4/datatypes.html#dateTime
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

from app.fhir.date_ranges import date_range
from app.fhir.reference import parse_reference
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters.links import linked

_LONGEST_NAME = 60
_SHORTEST_NAME = 20
_PARTS = (
    *("performer", "expressedBy", "requester", "owner", "sender", "source", "author"),
    "serviceProvider",
)
_PARTS_OF_PARTICIPANT = ("member", "onBehalfOf", "individual")

Names: TypeAlias = Mapping[str, str]
"""What those are called who may be named, by `Type/id`."""


def name_of(resource: Json) -> str:
    """The name of an organisation, a place or a human being; "" where none is said."""
    name = text(resource, "name")
    if name is not None:
        return printable(name)
    for one in nodes(resource, "name"):
        given = [part for part in one.get("given", ()) if type(part) is str]
        found = printable(text(one, "text") or " ".join([*given, text(one, "family") or ""]))
        if found:
            return found
    return ""


def printable(name: str) -> str:
    """A name on one line, without what would turn or hide the letters around it."""
    return "".join(letter for letter in " ".join(name.split()) if letter.isprintable())


def goal_name(goal: Json) -> str:
    """What a goal is called in a list: its words, or the first of them, up to where the person drew
    breath if that tells enough."""
    words = (text(node_at(goal, "description"), "text") or "").strip()
    if len(words) <= _LONGEST_NAME:
        return words
    head = words[:_LONGEST_NAME].rsplit(maxsplit=1)[0]
    breath = max(head.rfind(mark) for mark in ",.;:")
    return (head[:breath] if breath >= _SHORTEST_NAME else head).rstrip(",.;:") + "…"


def ended(words: str) -> str:
    """The words with a full stop, where they do not end in some other way."""
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def named(reference: Json, names: Names) -> str:
    """Who a reference is to: by name, or as it is displayed; "" where neither is known."""
    parts = parse_reference(text(reference, "reference") or "", "")
    link = f"{parts.type}/{parts.id}" if parts is not None else ""
    return names.get(link) or printable(text(reference, "display") or "")


def first_named(resource: Json, names: Names, *elements: str) -> str:
    """The first name among those that some elements refer to; "" where there is none."""
    found = (named(one, names) for element in elements for one in nodes(resource, element))
    return next(filter(None, found), "")


def who_is_named(entry: Json) -> Iterator[str]:
    """`Type/id` of those whom an entry names as having had a part in it."""
    for element in _PARTS:
        yield from linked(entry, element)
    for participant in nodes(entry, "participant"):
        for element in _PARTS_OF_PARTICIPANT:
            yield from linked(participant, element)


def moment_of(written: str | None) -> datetime | None:
    """The first moment of a date as FHIR writes it; None for none."""
    span = date_range(written or "")
    return None if span is None else span[0]
