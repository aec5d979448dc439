"""What must be remembered of sign-ins, the same for every worker: assertions used, tokens revoked,
and how matters stand. The database's clock decides what has expired.

Spec: https://www.rfc-editor.org/rfc/rfc7523#section-3, https://www.rfc-editor.org/rfc/rfc7009
"""

from datetime import datetime

from msgspec import Struct

from app.store.clients import MARKED
from app.store.database import Session

# Kept so long past its time that a clock set wrong for a day, and right again, revives nothing.
_KEPT = "interval '2 days'"
_READ = "interval '1 day'"


class AssertionTimes(Struct, frozen=True):
    """When an assertion may be used, in seconds since 1970; starts: the later of iat and nbf, or
    0. latest_expiry_seconds: how far ahead its end may lie."""

    expires: int
    starts: int
    latest_expiry_seconds: int
    leeway_seconds: int


class Used(Struct, frozen=True):
    """What came of the attempt to use an assertion.

    is_first: it was not used before, and now is. now: of the database, in seconds since 1970.
    """

    has_expired: bool
    is_early: bool
    ends_too_late: bool
    is_active: bool
    is_first: bool
    now: float


class Change(Struct, frozen=True):
    """What changed since a mark: clients with their status, tokens revoked with the seconds that
    each has left (less than none, once expired). now: of the database, seconds since 1970."""

    mark: int
    now: float
    clients: tuple[tuple[str, str], ...]
    tokens: tuple[tuple[str, float], ...]


_USE = f"""
with present as (
  select clock_timestamp() as now
),
looked as (
  select now, $3::float8 <= extract(epoch from now) as has_expired,
    $4::float8 > extract(epoch from now) + $6::float8 as is_early,
    $3::float8 > extract(epoch from now) + $5::float8 as ends_too_late,
    exists (select from clients where client_id = $1 and status = 'active') as is_active
  from present
),
used as (
  insert into used_assertions (client_id, assertion_id, expires)
  select $1, $2, to_timestamp($3::float8) from looked
  where is_active and not (has_expired or is_early or ends_too_late)
  on conflict do nothing
  returning client_id
),
pruned as (
  delete from used_assertions where (client_id, assertion_id) in (
    select client_id, assertion_id from used_assertions, present
    where expires < now - {_KEPT} order by expires limit 10
    for update of used_assertions skip locked)
)
select has_expired, is_early, ends_too_late, is_active, exists (select from used) as is_first,
  extract(epoch from now)::float8 as now
from looked"""


async def use_assertion(
    session: Session, client_id: str, assertion_id: str, times: AssertionTimes
) -> Used:
    """Use an assertion of an active client, once and for all workers, when its time is right. Each
    call also forgets a few that are long past."""
    [row] = await session.fetch(
        _USE,
        [
            client_id,
            assertion_id,
            float(times.expires),
            float(times.starts),
            float(times.latest_expiry_seconds),
            float(times.leeway_seconds),
        ],
    )
    return Used(*row.values())


async def revoke_token(session: Session, token_id: str, client_id: str, expires: datetime) -> None:
    """Take this token no more; once more changes nothing."""
    await session.fetch(
        f"""
with {MARKED},
pruned as (
  delete from revoked_tokens where token_id in (
    select token_id from revoked_tokens where expires < clock_timestamp() - {_KEPT}
    order by expires limit 10 for update skip locked)
)
insert into revoked_tokens (token_id, client_id, expires, mark)
select $1, $2, $3, mark from marked
on conflict do nothing""",
        [token_id, client_id, expires],
    )


_CHANGE = """
select s.mark, extract(epoch from now)::float8 as now,
  array(select client_id from clients where {clients} order by client_id) as clients,
  array(select status from clients where {clients} order by client_id) as statuses,
  array(select token_id from revoked_tokens where {tokens} order by token_id) as tokens,
  array(select extract(epoch from expires - now)::float8 from revoked_tokens where {tokens}
    order by token_id) as seconds_left
from standing s, clock_timestamp() as now
where s.name = 'sign-in'""".format(
    clients="mark > $1 and ($1 > 0 or status <> 'active')",
    tokens=f"mark > $1 and expires > now - {_READ}",
)


async def changed_since(session: Session, mark: int) -> Change:
    """What changed after `mark`, all of one moment; 0 for everything that matters."""
    [row] = await session.fetch(_CHANGE, [mark])
    return Change(
        row["mark"],
        row["now"],
        tuple(zip(row["clients"], row["statuses"], strict=True)),
        tuple(zip(row["tokens"], row["seconds_left"], strict=True)),
    )
