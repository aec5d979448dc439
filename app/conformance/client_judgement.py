"""A requirement on clients: one sentence, how strongly it is asked, its clause, and its judge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.conformance.client_trace import Trace
from app.conformance.requirement import GUIDE
from app.conformance.verdict import MUST, SHOULD, Outcome, Strength, is_green

# The part of the guide that says what is asked of clients beyond R4.
OURS = f"{GUIDE}#clients"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says. why: a sentence; empty when it passed."""

    outcome: Outcome
    why: str = ""


PASSED = Verdict(Outcome.PASSED)


def failed(why: str) -> Verdict:
    """It was seen, and it is wrong."""
    return Verdict(Outcome.FAILED, why)


def not_seen(why: str) -> Verdict:
    """The client did not get so far."""
    return Verdict(Outcome.NOT_SEEN, why)


def seen(is_seen: object, why: str) -> Verdict:
    """Passed once it is seen."""
    return PASSED if is_seen else not_seen(why)


Judge: TypeAlias = Callable[[Trace], Verdict]


@dataclass(frozen=True, slots=True)
class Requirement:
    """id: a name for machines, which is the judge's."""

    id: str
    sentence: str
    strength: Strength
    clause: str
    judge: Judge


@dataclass(frozen=True, slots=True)
class Judgement:
    """A requirement, and what came of it in one scenario."""

    scenario: str
    requirement: Requirement
    verdict: Verdict


def must(clause: str) -> Callable[[Judge], Requirement]:
    """Makes a requirement of a judge, whose docstring is its sentence."""
    return lambda judge: _requirement(judge, MUST, clause)


def should(clause: str) -> Callable[[Judge], Requirement]:
    """The same, for what there may be a good reason to do otherwise."""
    return lambda judge: _requirement(judge, SHOULD, clause)


def is_met(judgements: Sequence[Judgement]) -> bool:
    """Whether every MUST passed."""
    return is_green((one.requirement.strength, one.verdict.outcome) for one in judgements)


def _requirement(judge: Judge, strength: Strength, clause: str) -> Requirement:
    sentence = " ".join((judge.__doc__ or "").split())
    return Requirement(judge.__name__.replace("_", "-"), sentence, strength, clause, judge)
