"""A requirement on clients: one sentence, how binding it is, the clause it stands on, its judge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from app.conformance.client_trace import Trace

R4 = "https://hl7.org/fhir/R4/"


class Level(StrEnum):
    """How binding it is. Spec: https://www.rfc-editor.org/rfc/rfc2119"""

    MUST = "MUST"
    SHOULD = "SHOULD"


class State(StrEnum):
    """What came of it. Not seen: the client did not get so far, which is no pass."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_SEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says. why: a sentence; empty when it passed."""

    state: State
    why: str = ""


PASSED = Verdict(State.PASSED)


def failed(why: str) -> Verdict:
    """It was seen, and it is wrong."""
    return Verdict(State.FAILED, why)


def not_seen(why: str) -> Verdict:
    """The client did not get so far."""
    return Verdict(State.NOT_SEEN, why)


def seen(is_seen: object, why: str) -> Verdict:
    """Passed once it is seen."""
    return PASSED if is_seen else not_seen(why)


Judge: TypeAlias = Callable[[Trace], Verdict]


@dataclass(frozen=True, slots=True)
class Requirement:
    """id: a name for machines, which is the judge's."""

    id: str
    sentence: str
    level: Level
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
    return lambda judge: _requirement(judge, Level.MUST, clause)


def should(clause: str) -> Callable[[Judge], Requirement]:
    """The same, for what there may be a good reason to do otherwise."""
    return lambda judge: _requirement(judge, Level.SHOULD, clause)


def is_green(judgements: Sequence[Judgement]) -> bool:
    """Whether every MUST passed."""
    return all(
        one.verdict.state is State.PASSED
        for one in judgements
        if one.requirement.level is Level.MUST
    )


def _requirement(judge: Judge, level: Level, clause: str) -> Requirement:
    sentence = " ".join((judge.__doc__ or "").split())
    return Requirement(judge.__name__.replace("_", "-"), sentence, level, clause, judge)
