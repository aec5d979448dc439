"""Notices: written in the transaction that they tell of, and kept for whoever is to read them."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from app.store.database import Session

Addressee: TypeAlias = Literal["person", "privacy-officer"]


class Notice(Struct, frozen=True):
    """One notice as it is read. delivered: when it was first read, which may be just now."""

    person_id: str
    about: str
    text: str
    made: datetime
    delivered: datetime


async def tell(
    session: Session, person_id: str, about: str, text_by_addressee: dict[Addressee, str]
) -> None:
    """Keep a notice for each. about: the id of what it tells of. Inside a transaction."""
    await session.fetch(
        """
insert into notices (person_id, id, addressee, about, text, made)
select $1::text, x.id, x.addressee, $2::text, x.text, statement_timestamp()
from unnest($3::text[], $4::text[], $5::text[]) as x(id, addressee, text)""",
        [
            person_id,
            about,
            [secrets.token_hex(12) for _ in text_by_addressee],
            list(text_by_addressee),
            list(text_by_addressee.values()),
        ],
    )


async def read(
    session: Session,
    addressee: Addressee,
    *,
    people: Sequence[str] | None,
    before: datetime | None,
    most: int,
) -> Sequence[Notice]:
    """Those for this addressee, newest first. people: about these records alone."""
    rows = await session.fetch(
        """
with wanted as (
  select person_id, id from notices
  where addressee = $1::text and ($2::text[] is null or person_id = any($2::text[]))
    and ($3::timestamptz is null or made < $3::timestamptz)
  order by made desc, id limit $4::int
)
update notices n set delivered = coalesce(n.delivered, statement_timestamp())
from wanted w where n.person_id = w.person_id and n.id = w.id
returning n.person_id, n.about, n.text, n.made, n.delivered""",
        [addressee, None if people is None else list(people), before, most],
    )
    return sorted((Notice(*row) for row in rows), key=lambda one: one.made, reverse=True)
