"""Freezes: times in which a record is open to professionals alone."""

import secrets

from app.store.database import Session

# {}: the bound ids of people.
NOW_FROZEN = "person_id = any({}) and lifted is null"


async def freeze(session: Session, person_id: str, by: str, reason: str) -> str | None:
    """The id of the freeze that begins; None where one runs already."""
    id = secrets.token_hex(16)
    rows = await session.fetch(
        """
insert into freezes (person_id, id, reason, made, made_by)
values ($1, $2, $3, statement_timestamp(), $4)
on conflict do nothing returning id""",
        [person_id, id, reason, by],
    )
    return id if rows else None


async def lift(session: Session, person_id: str, by: str, reason: str) -> str | None:
    """The id of the freeze that ends; None where none runs."""
    rows = await session.fetch(
        """
update freezes set lifted = statement_timestamp(), lifted_by = $2, lifted_reason = $3
where person_id = $1 and lifted is null returning id""",
        [person_id, by, reason],
    )
    return rows[0]["id"] if rows else None
