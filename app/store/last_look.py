"""When somebody last did one thing to a person's record, by the log of accesses."""

from collections.abc import Sequence
from datetime import datetime

from app.store.database import Fetch

_LOOKED_BACK = 5_000  # events of one person; who did it before all of these did it long ago


async def last_look(
    fetch: Fetch, person_id: str, agent: str, tokens: Sequence[str], before: datetime
) -> datetime | None:
    """The last moment before another at which an agent did what an AuditEvent with all these index
    entries tells; None where they never did, or long ago. It tells a caller of their own deeds
    alone: agent is theirs."""
    sql = f"""
select max(e.updated) as last from (
  select updated, agent, tokens from audit_events
  where person_id = $1::text and updated < $4::timestamptz
  order by updated desc limit {_LOOKED_BACK}
) e where e.agent = $2::text and e.tokens @> $3::text[]"""
    rows = await fetch(sql, [person_id, agent, list(tokens), before])
    return rows[0]["last"] if rows else None
