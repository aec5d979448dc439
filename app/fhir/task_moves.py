"""Which state of a Task may follow which: the shipped code system help-task-moves, as a table.

Spec: https://hl7.org/fhir/R4/task.html
Whoever asks reads the same definition: the rules of this record, and the sandbox that tries a
client.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from app.fhir.library import BASE, by_url

CODE_SYSTEM = f"{BASE}/CodeSystem/help-task-moves"
ENTERED_IN_ERROR = "entered-in-error"
_NEXT = "may-move-to"


@cache
def moves() -> Mapping[str, frozenset[str]]:
    """The states that may follow each state; none follow one that is at its end.

    Left out are those that are always allowed: the same state again, and entered-in-error.
    Raises LookupError when the definition is not shipped.
    """
    definition = by_url(CODE_SYSTEM)
    if definition is None:
        raise LookupError(CODE_SYSTEM)
    return MappingProxyType(
        {
            str(concept["code"]): frozenset(
                str(one["valueCode"])
                for one in concept.get("property", ())
                if one["code"] == _NEXT and one["valueCode"] != ENTERED_IN_ERROR
            )
            for concept in definition.tree["concept"]
        }
    )


def may_follow(before: str, after: str) -> bool:
    """Whether a Task that is in one state may next be in the other."""
    return after in (before, ENTERED_IN_ERROR) or after in moves().get(before, ())
