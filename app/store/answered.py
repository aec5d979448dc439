"""Requests that were answered under a key, so that none is done twice."""

from collections.abc import Sequence

from msgspec import Struct

from app.store.database import Session

KEPT_HOURS = 24
_FORGOTTEN_AT_ONCE = 100

_TAKE = """
select pg_try_advisory_xact_lock(
  hashtextextended($1::text || chr(10) || $2::text || chr(10) || $3::text, 24)) as won"""

_FIND = f"""
select fingerprint, status, written from answered_requests
where person_id = $1 and caller = $2 and key = $3
  and made > statement_timestamp() - interval '{KEPT_HOURS} hours'"""

_NOTE = """
insert into answered_requests (person_id, caller, key, fingerprint, status, written, made)
values ($1, $2, $3, $4, $5, $6, statement_timestamp())
on conflict (person_id, caller, key) do update
set fingerprint = excluded.fingerprint, status = excluded.status, written = excluded.written,
  made = excluded.made"""

_FORGET = f"""
delete from answered_requests where (person_id, caller, key) in (
  select person_id, caller, key from answered_requests
  where made <= statement_timestamp() - interval '{KEPT_HOURS} hours'
  limit {_FORGOTTEN_AT_ONCE} for update skip locked)"""


class Answered(Struct, frozen=True):
    """What came of a request. written: "Type/id/version" of each version it wrote."""

    fingerprint: bytes
    status: int
    written: Sequence[str]


async def take(session: Session, place: Sequence[str]) -> bool:
    """Whether nobody else is at the request of this place (person, caller, key); held until the
    transaction ends."""
    return bool((await session.fetch(_TAKE, list(place)))[0]["won"])


async def find(session: Session, place: Sequence[str]) -> Answered | None:
    """What came of it, if it was answered within a day."""
    rows = await session.fetch(_FIND, list(place))
    if not rows:
        return None
    return Answered(rows[0]["fingerprint"], rows[0]["status"], rows[0]["written"])


async def note(session: Session, place: Sequence[str], answered: Answered) -> None:
    """Remember it, in the transaction that wrote; and forget some of what is older than a day."""
    await session.fetch(
        _NOTE, [*place, answered.fingerprint, answered.status, list(answered.written)]
    )
    await session.fetch(_FORGET, [])
