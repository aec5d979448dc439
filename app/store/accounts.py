"""Which Patient an account of a provider is, and who could be: found for nobody but a sign-in.

Source: docs/decisions/0024-people-sign-in-elsewhere.md
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from app.fhir.resource_types import DIRECTORY
from app.store.database import Session


class Found(Struct, frozen=True):
    """A resource that is not deleted, and its bytes."""

    id: str
    body: bytes


async def tied_to(session: Session, issuer: str, subject: str) -> str | None:
    """The id of the Patient that this account is; None for one that is not tied yet."""
    rows = await session.fetch(
        "select person_id from accounts where issuer = $1 and subject = $2", [issuer, subject]
    )
    return str(rows[0]["person_id"]) if rows else None


async def tie(session: Session, issuer: str, subject: str, person_id: str) -> bool:
    """Tie an account to a Patient; False where either is tied already, which changes nothing."""
    rows = await session.fetch(
        "insert into accounts (issuer, subject, person_id, made)"
        " values ($1, $2, $3, clock_timestamp()) on conflict do nothing returning 1 as one",
        [issuer, subject, person_id],
    )
    return bool(rows)


async def untie(session: Session, person_id: str) -> list[str]:
    """Untie every account of a Patient, and end their sessions; at which issuers they were."""
    await session.fetch("delete from sessions where person_id = $1", [person_id])
    rows = await session.fetch(
        "delete from accounts where person_id = $1 returning issuer", [person_id]
    )
    return sorted(row["issuer"] for row in rows)


async def patient(session: Session, id: str) -> Found | None:
    """A Patient by its id."""
    rows = await session.fetch(
        "select id, body from resources"
        " where person_id = $1 and type = 'Patient' and id = $1 and not deleted",
        [id],
    )
    return Found(**rows[0]) if rows else None


async def patients_born(
    session: Session, tokens: Sequence[str], born: tuple[datetime, datetime]
) -> list[Found]:
    """Patients with one of the identifiers (as the index has them) who were born on that day."""
    rows = await session.fetch(
        """
select r.id, r.body from resources r
where r.type = 'Patient' and not r.deleted and r.tokens && $1::text[]
  and exists (
    select from index_dates d
    where d.person_id = r.person_id and d.type = 'Patient' and d.id = r.id
      and d.parameter = 'birthdate' and d.low = $2 and d.high = $3)
order by r.id limit 10""",
        [list(tokens), *born],
    )
    return [Found(**row) for row in rows]


async def organizations(session: Session, ids: Sequence[str], tokens: Sequence[str]) -> list[Found]:
    """Organizations by id, or by an identifier (as the index has it)."""
    rows = await session.fetch(
        f"""
select id, body from resources
where person_id = '{DIRECTORY}' and type = 'Organization' and not deleted
  and (id = any($1::text[]) or tokens && $2::text[])
order by id limit 10""",
        [list(ids), list(tokens)],
    )
    return [Found(**row) for row in rows]
