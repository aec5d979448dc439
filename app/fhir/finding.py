"""What a check found wrong, told from where it was found; each parent puts its own name in front.

A check that finds nothing returns None and allocates nothing, so a sound resource costs no paths.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

ENOUGH = 100  # faults told of one array or object; a flood of them must not cost memory


class Waits(StrEnum):
    """What a place alone cannot judge: it waits for a parent that knows."""

    SIBLING = "nulls in an array are fine where the extensions' array has an entry"
    CONTAINED = "a #reference is fine when the resource contains its target"
    CONDITION = "a conditional reference is fine inside a transaction"


@dataclass(slots=True)
class Finding:
    """One thing that is wrong. path: below the place that knows it so far (".target[1].dueDate").

    name, targets: for Waits.CONTAINED the id asked for and the types allowed there (empty: any).
    severity: the structure finds only errors; a profile may also warn.
    """

    code: str
    text: str
    rule: str | None = None
    path: str = ""
    waits: Waits | None = None
    name: str = ""
    targets: frozenset[str] = frozenset()
    severity: str = "error"


Findings: TypeAlias = list[Finding] | None
Check: TypeAlias = Callable[[Any], Findings]


def below(step: str, findings: Iterable[Finding]) -> Iterable[Finding]:
    """The findings as the parent tells them. step: ".name" or "[3]"."""
    for finding in findings:
        finding.path = step + finding.path
        yield finding


def certain(findings: Iterable[Finding]) -> int:
    """How many of the findings wait for nobody."""
    return sum(finding.waits is None for finding in findings)
