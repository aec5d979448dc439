"""How often something was done in the present span of time, counted for every worker at once. The
database's clock decides when a span ends.
"""

from collections.abc import Sequence

from msgspec import Struct

from app.store.database import Session


class Asked(Struct, frozen=True):
    """One thing to be counted. key: who did it, as a digest. times: how often, just now."""

    name: str
    key: str
    seconds: int
    times: int = 1


class Counted(Struct, frozen=True):
    """count: in this span, what is asked now among it. seconds_left: until the span ends."""

    count: int
    seconds_left: float


# Rows are taken in one order by all, so that none waits for another in a ring.
_COUNT = """
with asked as (
  select n, name, key, times, seconds, now,
    to_timestamp(floor(extract(epoch from now) / seconds) * seconds) as starts
  from unnest($1::text[], $2::text[], $3::int[], $4::int[]) with ordinality
      as t(name, key, seconds, times, n),
    clock_timestamp() as now
),
counted as (
  insert into rate_counts as c (name, key, starts, ends, count)
  select name, key, starts, starts + make_interval(secs => seconds), times from asked
  order by name, key
  on conflict (name, key, starts) do update set count = c.count + excluded.count
  returning name, key, count
),
pruned as (
  delete from rate_counts where (name, key, starts) in (
    select name, key, starts from rate_counts
    where ends < clock_timestamp() - interval '1 minute' order by ends limit 10
    for update skip locked)
)
select c.count, extract(epoch from a.starts - a.now)::float8 + a.seconds as seconds_left
from asked a join counted c using (name, key) order by a.n"""


async def count(session: Session, asked: Sequence[Asked]) -> list[Counted]:
    """Count them all, in one statement; no two may have one name and key. Answers in the order
    asked. Each call also forgets a few that are over."""
    rows = await session.fetch(
        _COUNT,
        [
            [one.name for one in asked],
            [one.key for one in asked],
            [one.seconds for one in asked],
            [one.times for one in asked],
        ],
    )
    return [Counted(row["count"], row["seconds_left"]) for row in rows]
