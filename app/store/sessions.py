"""Who is signed in in which browser, for every worker: begun, used, ended. The database's clock
decides what is over.

Source: docs/decisions/0024-people-sign-in-elsewhere.md
"""

from datetime import datetime

from msgspec import Struct

from app.store.database import Session

IDLE_MINUTES = 30
LONGEST_HOURS = 8
_IDLE = f"interval '{IDLE_MINUTES} minutes'"
_LONGEST = f"interval '{LONGEST_HOURS} hours'"


class Here(Struct, frozen=True):
    """A session that has not ended. caller: as it was begun with."""

    caller: str
    created: datetime
    expires: datetime


async def use_state(session: Session, issuer: str, state: str, seconds: int) -> bool:
    """Whether this is the first time that a state comes back; it is remembered for some seconds
    longer than it is good for."""
    rows = await session.fetch(
        "insert into used_assertions (client_id, assertion_id, expires)"
        " values ($1, $2, clock_timestamp() + make_interval(secs => $3))"
        " on conflict do nothing returning 1 as one",
        [f"sign-in at {issuer}", state, float(seconds)],
    )
    return bool(rows)


async def begin(session: Session, person_id: str, id: str, caller: str) -> None:
    """Begin one, and forget a few that are over."""
    await session.fetch(
        f"""
with present as (select clock_timestamp() as now),
pruned as (
  delete from sessions where (person_id, id) in (
    select s.person_id, s.id from sessions s, present
    where s.used < now - {_IDLE} order by s.used limit 10 for update of s skip locked)
)
insert into sessions (person_id, id, caller, created, used, expires)
select $1, $2, $3, now, now, now + {_LONGEST} from present""",
        [person_id, id, caller],
    )


async def use(session: Session, id: str) -> Here | None:
    """The session of this id, which is used now; None when there is none, or it is over."""
    rows = await session.fetch(
        f"""
with present as (select clock_timestamp() as now),
found as (
  select s.person_id, s.id, s.caller, s.created, s.expires, s.used from sessions s, present
  where s.id = $1 and s.expires > now and s.used > now - {_IDLE}
),
touched as (
  update sessions s set used = now from found f, present
  where s.person_id = f.person_id and s.id = f.id and f.used < now - interval '1 minute'
)
select caller, created, expires from found""",
        [id],
    )
    return Here(**rows[0]) if rows else None


async def end(session: Session, id: str) -> bool:
    """End one; whether there was one."""
    rows = await session.fetch("delete from sessions where id = $1 returning 1 as one", [id])
    return bool(rows)
