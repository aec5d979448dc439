"""Invitations to support a person, and the sign-ins that accepted one. Times are the database's
own.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from app.store.database import Session


class Invitation(Struct, frozen=True):
    """One that can still be answered. supporter: the id of its RelatedPerson. made_by: who
    invited, as rights call them."""

    person_id: str
    id: str
    supporter: str
    made_by: str


async def invite(
    session: Session, person_id: str, supporter: str, *, code: bytes, by: str, lasts: timedelta
) -> datetime:
    """Keep an invitation; until when it is good. code: the digest of its code. Inside a
    transaction."""
    (row,) = await session.fetch(
        """
insert into supporter_invitations (person_id, id, supporter, code, made, made_by, expires)
values ($1, $2, $3, $4, statement_timestamp(), $5, statement_timestamp() + $6::interval)
returning expires""",
        [person_id, secrets.token_hex(16), supporter, code, by, lasts],
    )
    return row["expires"]  # type: ignore[no-any-return]


async def find(session: Session, code: bytes) -> Invitation | None:
    """The one with this digest that is still good, held until the transaction ends."""
    rows = await session.fetch(
        """
select person_id, id, supporter, made_by from supporter_invitations
where code = $1::bytea and settled is null and statement_timestamp() < expires for update""",
        [code],
    )
    return Invitation(*rows[0]) if rows else None


async def settle(session: Session, one: Invitation, outcome: str) -> None:
    """Keep what came of it; its code opens nothing any more."""
    await session.fetch(
        "update supporter_invitations set settled = statement_timestamp(), outcome = $3"
        " where person_id = $1 and id = $2",
        [one.person_id, one.id, outcome],
    )


async def bind(session: Session, one: Invitation, issuer: str, subject: str) -> None:
    """This sign-in is that supporter from now on."""
    await session.fetch(
        """
insert into supporter_accounts (person_id, issuer, subject, supporter, made)
values ($1, $2, $3, $4, statement_timestamp()) on conflict do nothing""",
        [one.person_id, issuer, subject, one.supporter],
    )


async def bound_to(
    session: Session, issuer: str, subject: str, person_id: str | None
) -> Sequence[tuple[str, str]]:
    """(person, supporter) of each person whom this sign-in supports or did, by the invitation that
    it accepted last. person_id: of this person alone."""
    rows = await session.fetch(
        """
select distinct on (person_id) person_id, supporter from supporter_accounts
where issuer = $1::text and subject = $2::text
  and ($3::text is null or person_id = $3::text)
order by person_id, made desc limit 2""",
        [issuer, subject, person_id],
    )
    return [(row["person_id"], row["supporter"]) for row in rows]
