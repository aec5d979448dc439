"""What a search found: the page, what it brings along, the total, and the way to the next page.

Spec: https://hl7.org/fhir/R4/search.html#return
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from app.store.audit_short import whole


class FoundRow(NamedTuple):
    """One resource as it stands, with the bytes it was stored as."""

    person_id: str
    type: str
    id: str
    version: int
    updated: datetime
    body: bytes


ROW_COLUMNS = len(FoundRow._fields)


def found_row(columns: Sequence[Any]) -> FoundRow:
    """A row as a search reads it: the columns of a FoundRow, and others after them."""
    row = FoundRow(*columns[:ROW_COLUMNS])
    return row._replace(body=whole(row.body)) if row.type == "AuditEvent" else row


@dataclass(frozen=True, slots=True)
class Found:
    """One page.

    total: how many match on all pages together, or None when it was not asked for.
    next_page: the token of the next page, or None on the last.
    included_cut: more would have been included than one page may bring along.
    counted: the people whose rows the total counts, where they are few; a count over many tells
        nothing of any one of them.
    """

    rows: list[FoundRow]
    included: list[FoundRow]
    total: int | None
    next_page: str | None
    included_cut: bool = False
    counted: tuple[str, ...] = ()
