"""A walk through a tree that the tests of definitions and of the cast share."""

from collections.abc import Iterator
from typing import Any


def walk(node: Any) -> Iterator[tuple[str, Any]]:
    """Every (member, value) pair in a tree, at any depth."""
    if isinstance(node, dict):
        for member, value in node.items():
            yield member, value
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)
