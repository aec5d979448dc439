"""What every report tells: the requirements, what came of each, and the run as a whole."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.conformance.verdict import Outcome, Strength, is_green
from app.fhir.resource_types import Json

_MANY = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One requirement. sentence: without a full stop. sent: what was asked and answered, a line
    each; never a token, nor what is said of a person."""

    id: str
    sentence: str
    strength: Strength
    outcome: Outcome
    clause: str
    reason: str = ""
    sent: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Section:
    """A group of checks, or a scenario. name: for machines. ask: what there was to do."""

    name: str
    title: str
    entries: tuple[Entry, ...]
    ask: str = ""
    sent: tuple[str, ...] = ()

    @property
    def is_green(self) -> bool:
        """Whether every MUST of it was met."""
        return is_green((one.strength, one.outcome) for one in self.entries)


@dataclass(frozen=True, slots=True)
class Account:
    """A run. subject: what was tried, "conformance" or "client". facts: sentences about the run.

    outcomes: those that can come up in such a run. left: what could not be deleted again.
    participants: as TestReport.participant has them.
    """

    subject: str
    title: str
    began_at: datetime
    seconds: float
    outcomes: tuple[Outcome, ...]
    sections: tuple[Section, ...]
    facts: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    participants: tuple[Json, ...] = ()

    @property
    def entries(self) -> Iterator[Entry]:
        """Those of every section."""
        return (one for section in self.sections for one in section.entries)

    def count(self, *outcomes: Outcome, strength: Strength | None = None) -> int:
        """How many came out so; of one strength, or of all."""
        return sum(
            one.outcome in outcomes and strength in (None, one.strength) for one in self.entries
        )

    @property
    def common_cause(self) -> str:
        """A sentence, where most of what failed has one reason; else empty."""
        reasons = [one.reason for one in self.entries if one.outcome is Outcome.FAILED]
        for reason, count in Counter(reasons).most_common(1):
            if count >= _MANY and 2 * count > len(reasons):
                return (
                    f"{count} of {len(reasons)} failures have one reason. Mend that first: {reason}"
                )
        return ""

    @property
    def strengths(self) -> tuple[Strength, ...]:
        """Those that are asked with, the strongest first."""
        asked = {one.strength for one in self.entries}
        return tuple(one for one in Strength if one in asked)

    @property
    def is_green(self) -> bool:
        """Whether every MUST that is offered was met, and at least one was."""
        return is_green((one.strength, one.outcome) for one in self.entries)
