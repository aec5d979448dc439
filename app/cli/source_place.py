"""Where in a JSON text an element stands, as people count: line and column, both from 1.

Only asked of a text that was read already, so it need not say what is wrong with one.
"""

import re
from typing import NamedTuple

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
    """The place of an element, such as `Goal.target[1].dueDate`; of the innermost that is there
    when it is not."""
    wanted = [name or int(number) for name, number in _STEP.findall(expression or "")]
    offset = _Reader(text).find(wanted)
    start = text.rfind("\n", 0, offset) + 1
    return Place(first_line + text.count("\n", 0, offset), offset - start + 1)


class _Reader:
    """Goes through a text once, token by token."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.finditer(text)
        self._next = next(self._tokens, None)

    def find(self, wanted: list[str | int]) -> int:
        """The offset of the innermost step that is there."""
        here = self._offset()
        for step in wanted:
            found = self._member(step) if isinstance(step, str) else self._item(step)
            if found is None:
                break
            here = found
        return here

    def _offset(self) -> int:
        return self._next.start() if self._next else 0

    def _take(self) -> str:
        token = self._next
        self._next = next(self._tokens, None)
        return token[0] if token else ""

    def _peek(self) -> str:
        return self._next[0] if self._next else ""

    def _member(self, name: str) -> int | None:
        """Stands before the value of a member then, and says where its name is."""
        if self._peek() != "{":
            return None
        self._take()
        while self._peek() not in ("}", ""):
            at = self._offset()
            key = self._take()
            self._take()  # the colon
            if key == f'"{name}"':
                return at
            self._skip()
            if self._peek() == ",":
                self._take()
        return None

    def _item(self, number: int) -> int | None:
        """Stands before an entry of an array then. An element that is no array is its own [0]."""
        if self._peek() != "[":
            return self._offset() if number == 0 else None
        self._take()
        for _ in range(number):
            if self._peek() in ("]", ""):
                return None
            self._skip()
            if self._peek() == ",":
                self._take()
        return None if self._peek() in ("]", "") else self._offset()

    def _skip(self) -> None:
        """Past one value."""
        depth = 0
        while True:
            token = self._take()
            if token in ("{", "["):
                depth += 1
            elif token in ("}", "]"):
                depth -= 1
            if depth <= 0 or not token:
                return
