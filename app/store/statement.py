"""A SQL statement under construction: text with numbered parameters, and the values beside it.

Values only ever enter through `bind`; text comes from this floor's own constants. Two statements
of one shape have
the same text, so the driver prepares it once (docs/decisions/0003).
"""

from collections.abc import Sequence


class Statement:
    """Collects SQL text and its arguments in step."""

    __slots__ = ("arguments",)

    def __init__(self) -> None:
        self.arguments: list[object] = []

    def bind(self, value: object, cast: str = "text") -> str:
        """Add one argument; returns its place in the text, as `$3::text`."""
        self.arguments.append(value)
        return f"${len(self.arguments)}::{cast}"

    def bind_all(self, values: Sequence[object], cast: str = "text") -> str:
        """Add one array argument, as `$3::text[]`."""
        return self.bind(list(values), f"{cast}[]")
