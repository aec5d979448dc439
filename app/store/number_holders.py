"""Who holds an identifier, whoever may see it: to keep a verified number one person's.

What is found here is told to nobody; it decides only whether a write is refused.
"""

from collections.abc import Sequence

from msgspec import Struct

from app.store.database import Session


class Holder(Struct, frozen=True):
    """A Patient that is not deleted, and its bytes."""

    id: str
    body: bytes


async def holders(session: Session, tokens: Sequence[str]) -> list[Holder]:
    """The Patients that hold one of the identifiers. tokens: as the index has them."""
    rows = await session.fetch(
        """
select r.id, r.body from resources r
where r.type = 'Patient' and not r.deleted and r.tokens && $1::text[]""",
        [list(tokens)],
    )
    return [Holder(row["id"], row["body"]) for row in rows]
