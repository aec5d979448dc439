"""How much one search may ask for, and what its readers share while they read it.

Spec: https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.errors import TooCostly

Codes: TypeAlias = Sequence[tuple[str | None, str]]


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one search may ask for. A `_count` above max_count is lowered to it.

    max_parameters: names with values, of every kind. max_clauses: conditions among them.
    max_or_values: comma-separated values of one parameter.
    max_chain_depth: references followed by chains and `_has`, one after another.
    max_chain_targets: types tried over all the chains of the search.
    max_value_set_codes: codes that `:in` and `:not-in` may stand for.
    """

    max_count: int = 1000
    max_parameters: int = 100
    max_or_values: int = 200
    max_clauses: int = 50
    max_chain_depth: int = 4
    max_chain_targets: int = 100
    max_includes: int = 20
    max_sorts: int = 5
    max_value_set_codes: int = 2000


@dataclass(slots=True)
class Reading:
    """One search being read. value_sets: the codes of a value set by its url; None when unknown.

    tried: how many types chains have led to so far.
    """

    fhir_base: str
    lenient: bool
    limits: Limits
    value_sets: Callable[[str], Codes | None]
    tried: int = 0

    def follow(self, depth: int) -> None:
        """Counts one type that a chain or `_has` leads to. Raises TooCostly past the limits."""
        self.tried += 1
        if depth >= self.limits.max_chain_depth:
            raise TooCostly(
                f"A search may follow {self.limits.max_chain_depth} references one after another."
            )
        if self.tried > self.limits.max_chain_targets:
            raise TooCostly(
                f"The references of a search may lead to {self.limits.max_chain_targets} types "
                "in all. Name the type, as in subject:Patient.name."
            )


def check_most(number: int, most: int, things: str) -> None:
    """Raises TooCostly, naming the limit, when there are more than `most` of these things."""
    if number > most:
        raise TooCostly(f"A search may have at most {most} {things}.")
