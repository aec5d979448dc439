"""Who read whose entries, by the log of accesses: how often each organisation read what another, or
the person, wrote."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from app.fhir.labels import HIDDEN_DEED
from app.store.database import Fetch
from app.store.permit import Permit, visible
from app.store.statement import Statement

_LOOKED_BACK = 50_000  # the newest events of one person that are counted


class ReadBy(Struct, frozen=True):
    """How often one organisation read one entry. written_by: the agent that first wrote it."""

    entry: str
    written_by: str
    read_by: str
    last: datetime
    times: int


async def reads_by_organisation(fetch: Fetch, permit: Permit, person_id: str) -> list[ReadBy]:
    """Reads of single entries of one person by organisations, of entries that the permit sees. What
    is kept from the person's own log is not counted for anybody."""
    statement = Statement()
    person = statement.bind(person_id)
    sql = f"""
with looked as materialized (
  select e.agent, e.updated, (
      select t from unnest(e.tokens) t
      where t ^@ 'entity=' and t not like '%/_history/%' and not t ^@ 'entity=Patient/' limit 1
    ) as entity
  from (
    select agent, updated, tokens from audit_events
    where person_id = {person} and salt is not null
    order by updated desc limit {_LOOKED_BACK}
  ) e
  where e.agent ^@ 'Organization/' and e.tokens @> array['outcome=0', 'action=R']
    and not {statement.bind(HIDDEN_DEED)} = any(e.tokens)
),
counted as (
  select substr(entity, 8) as entry, agent, max(updated) as last, count(*) as times
  from looked where entity is not null group by entity, agent
)
select c.entry, r.author, c.agent, c.last, c.times
from counted c
join resources r on r.person_id = {person} and r.type = split_part(c.entry, '/', 1)
  and r.id = split_part(c.entry, '/', 2)
where not r.deleted and {visible(permit, "r", statement, None, person)}"""
    return [ReadBy(*row) for row in await fetch(sql, statement.arguments)]


async def looks_at_whole(
    fetch: Fetch, person_id: str, acts: Sequence[str]
) -> list[tuple[str, int]]:
    """(organisation, how often) of those that opened the person's record as a whole, by any of some
    acts."""
    sql = f"""
select e.agent, count(*) as times from (
  select agent, tokens from audit_events
  where person_id = $1::text and salt is not null
  order by updated desc limit {_LOOKED_BACK}
) e
where e.agent ^@ 'Organization/' and e.tokens @> array['outcome=0']
  and e.tokens && $2::text[] and not $3::text = any(e.tokens)
group by e.agent order by e.agent"""
    rows = await fetch(sql, [person_id, [f"subtype={act}" for act in acts], HIDDEN_DEED])
    return [(row["agent"], row["times"]) for row in rows]
