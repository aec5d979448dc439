"""What a person is called, and all their names.

Spec: https://hl7.org/fhir/R4/datatypes.html#HumanName
"""

from typing import Any, Literal

from pydantic import Field

from app.fhir.resource_types import Json
from app.fhir.rule import nodes
from app.what_matters.mapping.parts import Part, fields, plain, put, word
from app.what_matters.mapping.texts import PERIOD, texts
from app.what_matters.shapes.words import Moment, Shape, Text

NameKind = Literal[
    "usual", "official", "for-now", "nickname", "not-their-own", "old", "before-marriage"
]
_USE_BY_NAME_KIND = {
    "usual": "usual",
    "official": "official",
    "for-now": "temp",
    "nickname": "nickname",
    "not-their-own": "anonymous",
    "old": "old",
    "before-marriage": "maiden",
}

_CALLED = ("usual", "nickname")


class Name(Shape):
    """One name: in parts, or as it is written in full."""

    kind: NameKind | None = None
    full: Text | None = None
    family: Text | None = None
    given: list[Text] | None = Field(None, min_length=1)
    before: list[Text] | None = Field(None, min_length=1, description="Such as Mrs or Dr.")
    after: list[Text] | None = Field(None, min_length=1)
    since: Moment | None = None
    until: Moment | None = None


_NAME = fields(
    kind=word(plain("use"), _USE_BY_NAME_KIND),
    full=plain("text"),
    family=plain("family"),
    given=texts("given"),
    before=texts("prefix"),
    after=texts("suffix"),
    **PERIOD,
)


def _parted(tree: Json) -> tuple[list[Json], list[Json]]:
    """(the names, those that only say what to call them)."""
    whole = nodes(tree, "name")
    short = [one for one in whole if _short(one) is not None]
    # Of several, none is what they like to be called before the others.
    called = short if len(short) == 1 else []
    return [one for one in whole if one not in called], called


def _short(name: Json) -> str | None:
    """What to call them, where a name says that alone."""
    text = name.get("text")
    is_short = name.get("use") in _CALLED and set(name) <= {"use", "text", "given"}
    given = name.get("given", [text])
    return text if is_short and isinstance(text, str) and given == [text] else None


def _names_read(tree: Json) -> Any:
    names, _ = _parted(tree)
    values = [_NAME.read(one) for one in names]
    return values if values and None not in values else None


def _names_write(tree: Json, values: Any) -> None:
    names, called = _parted(tree)
    said = [_NAME.read(one) for one in names]
    made: list[Json] = []
    for n, value in enumerate(values or ()):
        if value in said:
            made.append(names[said.index(value)])
            continue
        # What has no plain word stays with the name that stands in the same place.
        one: Json = dict(names[n]) if n < len(names) and said[n] not in values else {}
        _NAME.write(one, value)
        made.append(one)
    put(tree, "name", [*made, *called] or None)


def _called_read(tree: Json) -> Any:
    _, called = _parted(tree)
    return _short(called[0]) if called else None


def _called_write(tree: Json, value: Any) -> None:
    names, called = _parted(tree)
    use = called[0]["use"] if called else "usual"
    one = [{"use": use, "text": value, "given": [value]}] if value is not None else []
    put(tree, "name", [*names, *one] or None)


NAMES = Part("name", _names_read, _names_write)
CALLED = Part("name", _called_read, _called_write)
