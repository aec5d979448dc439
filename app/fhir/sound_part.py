"""What is left of a resource without what is structurally wrong in it, so that the rest can be
judged in the same round.
"""

import re
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from app.errors import Issue
from app.fhir import structure
from app.fhir.resource_types import Json

# Nothing has to go for these: a shape that is absent, or right in each of its parts.
_NOT_OF_SHAPE = frozenset(("required", "invariant"))
_ROUNDS = 3  # what was hidden by a wrong shape may be wrong itself
_STEP = re.compile(r"([A-Za-z_]\w*)(?:\[(\d+)\])?")
_INDEX = re.compile(r"\[\d+\]")


class SoundPart:
    """A copy of a resource, sound but for what is missing. tree: the copy. is_whole: nothing that
    R4 requires is missing from it.
    """

    def __init__(self, tree: Json, gone: frozenset[str], is_whole: bool) -> None:
        self.tree = tree
        self.is_whole = is_whole
        self._gone = gone

    def still_told(self, issues: Iterable[Issue]) -> list[Issue]:
        """Those that do not touch what was taken out or is missing: above it, at it or below it."""
        return [
            issue
            for issue in issues
            if not any(_touch(_plain(issue.expression or ""), one) for one in self._gone)
        ]


def sound_part(
    resource: Json, issues: Iterable[Issue], *, in_transaction: bool
) -> SoundPart | None:
    """The part without the faults that a structure check told; None when they cannot be parted."""
    found = list(issues)
    if any("." not in (issue.expression or "") for issue in found if issue.code != "invariant"):
        return None  # of no place, or of the type itself
    tree = deepcopy(resource)
    gone: set[str] = set()
    for _ in range(_ROUNDS):
        wrong = [issue for issue in found if issue.code not in _NOT_OF_SHAPE]
        gone |= {_plain(issue.expression or "") for issue in found if issue.code != "invariant"}
        if not wrong:
            is_whole = not any(issue.code == "required" for issue in found)
            return SoundPart(tree, frozenset(gone), is_whole)
        if not all([_take_out(tree, issue.expression or "") for issue in wrong]):
            return None
        found = structure.check(tree, allow_conditional=in_transaction)
    return None


def _take_out(tree: Json, expression: str) -> bool:
    """Takes the innermost member on the way out of its object; whether there was one to take."""
    steps = [_STEP.fullmatch(step) for step in expression.split(".")[1:]]
    if not steps or None in steps:
        return False
    node: Any = tree
    taken: tuple[Json, str] | None = None
    for step in steps:
        name, index = step.groups()  # type: ignore[union-attr]
        if type(node) is not dict:
            break
        taken = (node, name)
        node = node.get(name, node.get("_" + name))
        if index is not None and type(node) is list and int(index) < len(node):
            node = node[int(index)]
    if taken is None:
        return False
    parent, name = taken
    is_gone = [parent.pop(one, None) is not None for one in (name, "_" + name)]
    return any(is_gone)


def _plain(expression: str) -> str:
    return _INDEX.sub("", expression)


def _touch(one: str, other: str) -> bool:
    """Whether one place is the other, or in it."""
    return all(_same(*pair) for pair in zip(one.split("."), other.split("."), strict=False))


def _same(one: str, other: str) -> bool:
    """A choice goes by its own name, and by its name with a type: value, valueString."""
    short, long = sorted((one, other), key=len)
    return short == long or (long.startswith(short) and long[len(short)].isupper())
