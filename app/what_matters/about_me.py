"""About Me as those who support somebody see it: the newest of each part, in the order of the
standard.

Source: the UK's Professional Record Standards Body, About Me 2.01: earlier versions are kept, and
the latest is shown.
"""

from collections.abc import Callable, Iterable, Sequence

from app.fhir.date_ranges import date_range
from app.fhir.indexed import BEGINNING
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, text

_ERROR = frozenset(("entered-in-error", "cancelled"))


def current(
    entries: Iterable[Json], section_of: Callable[[Json], str | None], order: Sequence[str]
) -> list[Json]:
    """One entry at the most for each section, in this order. What was a mistake does not count; of
    two of one day, the one that was written later does."""
    newest: dict[str, Json] = {}
    for entry in entries:
        section = section_of(entry)
        if section is None or entry.get("status") in _ERROR:
            continue
        if section not in newest or _when(entry) > _when(newest[section]):
            newest[section] = entry
    return [newest[one] for one in order if one in newest]


def _when(entry: Json) -> tuple[object, str]:
    span = date_range(text(entry, "effectiveDateTime") or "")
    written = text(node_at(entry, "meta"), "lastUpdated") or ""
    return (span[0] if span else BEGINNING, written)
