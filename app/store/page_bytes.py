"""How many bytes one page may hold: it is put together in memory, and an entry may be of megabytes.

Spec: https://hl7.org/fhir/R4/http.html#paging (a server may send fewer than `_count`)
"""

from collections.abc import Sequence

from msgspec import Struct

from app.store.database import Record


class Room(Struct, frozen=True):
    """What one page has room for. bytes: of the bodies of its rows, and once more of those that
    they bring along. included: how many rows these may be."""

    bytes: int = 20_000_000
    included: int = 1_000


ROOM = Room()


def bounded(page: str, room: Room) -> str:
    """The rows of an ordered page, with their `body`, until they fill the room. The row that
    goes past it is still there, so that every page moves on. A last column tells is_full()."""
    return f"""
select * from (
  select p.*, sum(octet_length(p.body)) over (rows unbounded preceding) as filled from ({page}) p
) p where filled - octet_length(body) < {room.bytes:d}"""


def is_full(rows: Sequence[Record], room: Room) -> bool:
    """Whether the page ended because it was full, so that there may be more."""
    return bool(rows) and rows[-1]["filled"] >= room.bytes
