"""Where in a JSON text an element stands, as people count: line and column, both from 1.

Only asked of a text that was read already, so it need not say what is wrong with one.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{\]}:,]|[^\s\[{\]}:,"]+', re.DOTALL)


class Place(NamedTuple):
    """A character of a text. Both are counted from 1."""

    line: int
    column: int


def place_at(raw: bytes, byte: int, *, first_line: int = 1) -> Place:
    """The place of a byte, which is counted from 0. first_line: what the text's own first is."""
    before = raw[:byte]
    start = before.rfind(b"\n") + 1
    column = len(before[start:].decode(errors="replace")) + 1
    return Place(first_line + before.count(b"\n"), column)


def place_of(text: str, expression: str | None, *, first_line: int = 1) -> Place:
    """As Places.of, for who asks once."""
    return Places(text, first_line).of(expression)


class Places:
    """The places of a text's elements. It is gone through once, when the first is asked for."""

    def __init__(self, text: str, first_line: int = 1) -> None:
        self._text = text
        self._first_line = first_line

    def of(self, expression: str | None) -> Place:
        """The place of an element, such as `Goal.target[1].dueDate`; of the innermost that is there
        when it is not."""
        value: _Value = self._root
        offset = _start(value)
        for name, number in _STEP.findall(expression or ""):
            found = _inside(value, name or int(number))
            if found is None:
                break
            offset, value = found
        before = bisect_left(self._line_ends, offset)
        start = self._line_ends[before - 1] + 1 if before else 0
        return Place(self._first_line + before, offset - start + 1)

    @cached_property
    def _root(self) -> "_Value":
        return _read(self._text)

    @cached_property
    def _line_ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._text)]


@dataclass(slots=True)
class _Holder:
    """An array or an object. start: its offset. inside: by name or number, the offset where it
    begins (of a member, that of its name), and its value."""

    start: int
    is_object: bool
    inside: dict[str | int, "tuple[int, _Value]"] = field(default_factory=dict)


_Value: TypeAlias = _Holder | int  # of what holds nothing, its offset alone


def _start(value: _Value) -> int:
    return value if isinstance(value, int) else value.start


def _inside(value: _Value, step: str | int) -> tuple[int, _Value] | None:
    if step == 0 and (isinstance(value, int) or value.is_object):
        return _start(value), value  # an element that is no array is its own [0]
    return None if isinstance(value, int) else value.inside.get(step)


def _read(text: str) -> _Value:
    """What the text holds. One that ends early is read as far as it goes."""
    whole = _Holder(0, is_object=False)
    open_ones = [whole]
    name: tuple[str, int] | None = None
    for match in _TOKEN.finditer(text):
        word, at, here = match[0], match.start(), open_ones[-1]
        if word in ("}", "]"):
            if here is not whole:
                open_ones.pop()
        elif word in (",", ":"):
            continue
        elif here.is_object and name is None:
            name = word[1:-1], at
        else:
            value: _Value = _Holder(at, word == "{") if word in ("{", "[") else at
            if name is None:
                here.inside[len(here.inside)] = at, value
            else:
                here.inside.setdefault(name[0], (name[1], value))
                name = None
            if isinstance(value, _Holder):
                open_ones.append(value)
    return whole.inside[0][1] if whole.inside else 0
