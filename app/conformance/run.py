"""Puts a server to the requirements, one after the other, and leaves nothing behind."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.conformance.bench import Bench, Target
from app.conformance.exchange import Exchange
from app.conformance.requirement import Requirement
from app.conformance.shown import shown
from app.conformance.unmet import NotOffered, NotTried, Unmet
from app.conformance.verdict import Outcome, Strength, is_green


@dataclass(frozen=True, slots=True)
class Verdict:
    """A requirement, what came of it, and why. seconds: how long it took."""

    requirement: Requirement
    outcome: Outcome
    reason: str = ""
    exchanges: tuple[Exchange, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """All that came of a run. left: what could not be taken away again, as type/id."""

    base_url: str
    software: str
    began_at: datetime
    seconds: float
    verdicts: tuple[Verdict, ...]
    left: tuple[str, ...] = ()

    def count(self, outcome: Outcome, *strengths: Strength) -> int:
        """How many requirements of these strengths (none given = of all) came out so."""
        return sum(
            one.outcome is outcome and (not strengths or one.requirement.strength in strengths)
            for one in self.verdicts
        )

    @property
    def is_green(self) -> bool:
        """Whether every MUST that the server offers was tried and met, and at least one was.

        What was not tried is not proven; whoever does not want it tried leaves it out of the run.
        """
        return is_green((one.requirement.strength, one.outcome) for one in self.verdicts)


# What comes of reading an answer that is not of the form that R4 gives it.
_STRANGE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)

Advance = Callable[[Verdict, int], None]


def run(
    target: Target, requirements: Sequence[Requirement], advance: Advance = lambda verdict, of: None
) -> Report:
    """Checks each requirement; what was made at the server is deleted at the end, whatever happens.

    Ctrl-C ends it early, with a report of what was tried so far.
    advance: told of each verdict as it comes, and of how many there will be.
    """
    began_at, began = datetime.now(UTC), time.monotonic()
    bench = Bench(target)
    verdicts: list[Verdict] = []
    left: list[str] = []
    try:
        for verdict in _verdicts(bench, requirements):
            verdicts.append(verdict)
            advance(verdict, len(requirements))
        named = _software(bench)
    finally:
        left = [shown(place) for place in bench.clean()]
    took = time.monotonic() - began
    return Report(target.base_url, named, began_at, took, tuple(verdicts), tuple(left))


def _verdicts(bench: Bench, requirements: Sequence[Requirement]) -> Iterator[Verdict]:
    """A verdict for each; once it is interrupted, the rest is not tried."""
    is_stopped = False
    for requirement in requirements:
        verdict = Verdict(requirement, Outcome.NOT_TRIED, "The run was stopped before this.")
        if not is_stopped:
            try:
                verdict = _verdict(bench, requirement)
            except KeyboardInterrupt:
                is_stopped = True
        yield verdict


def _software(bench: Bench) -> str:
    """What the server calls itself; nothing, when it does not say or does not answer."""
    try:
        software = bench.claims.statement.get("software")
    except (Unmet, *_STRANGE):
        return ""
    if not isinstance(software, dict):
        return ""
    return shown(f"{software.get('name', '')} {software.get('version', '')}".strip())


def _verdict(bench: Bench, requirement: Requirement) -> Verdict:
    bench.ledger.exchanges.clear()
    began = time.monotonic()
    outcome, reason = Outcome.PASSED, ""
    try:
        requirement.check(bench)
    except Unmet as unmet:
        outcome, reason = Outcome.FAILED, str(unmet)
    except NotOffered as absent:
        outcome, reason = Outcome.NOT_OFFERED, str(absent)
    except NotTried as missing:
        outcome, reason = Outcome.NOT_TRIED, str(missing)
    except _STRANGE as problem:
        # A strange answer is the server's failure, not the end of the run.
        outcome = Outcome.FAILED
        reason = f"The answer is not of the form that R4 gives it ({type(problem).__name__})."
    exchanges = tuple(bench.ledger.exchanges)
    return Verdict(requirement, outcome, shown(reason), exchanges, time.monotonic() - began)
