"""How many bytes one page may hold: it is put together in memory, and an entry may be of megabytes.

Spec: https://hl7.org/fhir/R4/http.html#paging (a server may send fewer than `_count`)
"""

from collections.abc import Sequence

from app.store.database import Record

MOST_BYTES = 20_000_000


def bounded(page: str) -> str:
    """The rows of an ordered page, with their `body`, until they fill MOST_BYTES. The row that
    goes past it is still there, so that every page moves on. A last column tells is_full()."""
    return f"""
select * from (
  select p.*, sum(octet_length(p.body)) over (rows unbounded preceding) as filled from ({page}) p
) p where filled - octet_length(body) < {MOST_BYTES}"""


def is_full(rows: Sequence[Record]) -> bool:
    """Whether the page ended because it was full, so that there may be more."""
    return bool(rows) and rows[-1]["filled"] >= MOST_BYTES
