"""How strongly something is asked, and what came of it: of servers and of clients alike.

Spec: https://www.rfc-editor.org/rfc/rfc2119
"""

from collections.abc import Iterable
from enum import StrEnum


class Strength(StrEnum):
    """How strongly a requirement is asked, the strongest first."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


MUST, SHOULD, MAY = Strength.MUST, Strength.SHOULD, Strength.MAY


class Outcome(StrEnum):
    """What came of a requirement.

    Not offered: a server does not claim it. Not tried: the kit was not given what it takes. Not
    seen: a client did not get so far. None of these is a pass.
    """

    PASSED = "passed"
    FAILED = "failed"
    NOT_OFFERED = "not offered"
    NOT_TRIED = "not tried"
    NOT_SEEN = "not seen"


_UNPROVEN = frozenset((Outcome.FAILED, Outcome.NOT_TRIED, Outcome.NOT_SEEN))


def is_green(outcomes: Iterable[tuple[Strength, Outcome]]) -> bool:
    """Whether every MUST that is offered was met, and at least one was.

    What was not tried or not seen is not proven; what is less than a MUST never counts.
    """
    musts = [outcome for strength, outcome in outcomes if strength is MUST]
    return Outcome.PASSED in musts and _UNPROVEN.isdisjoint(musts)
