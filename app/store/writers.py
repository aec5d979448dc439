"""Who wrote versions: of each, the AuditEvent that was written with it.

Source: docs/decisions/0019-where-an-entry-comes-from.md
"""

from collections.abc import Sequence

from app.store.audit_short import whole
from app.store.database import Fetch
from app.store.permit import Permit, visible_audit
from app.store.resources import Row
from app.store.statement import Statement

_WROTE = ("action=C", "action=U", "action=D")


async def writers(
    fetch: Fetch, permit: Permit | None, versions: Sequence[Row]
) -> dict[int, tuple[str, bytes | None]]:
    """(who acted, the event) by version; without the event where the permit does not see it, and
    nothing where the log has none.

    versions: of one resource of a person, that the caller may see.
    """
    if not versions:
        return {}
    statement = Statement()
    first = versions[0]
    seen = "false" if permit is None else visible_audit(permit, "e", statement)
    entity = statement.bind(f"entity={first.type}/{first.id}/_history/")
    number = statement.bind([row.version for row in versions], "int[]")
    updated = statement.bind([row.updated for row in versions], "timestamptz[]")
    person = statement.bind(first.person_id)
    # The two are made at one moment; what two workers' clocks may differ by is allowed for.
    # Whoever sends later what is there already leaves an event about the same version, too.
    sql = f"""
select v.version, e.agent, case when {seen} then e.body end as body
from unnest({number}, {updated}) as v(version, updated)
cross join lateral (
  select e.* from audit_events e
  where e.person_id = {person}
    and e.updated between v.updated - interval '1 minute' and v.updated + interval '1 minute'
    and e.tokens @> array[{entity} || v.version, 'outcome=0']
    and e.tokens && {statement.bind_all(_WROTE)}
  order by e.updated, e.id limit 1
) e"""
    records = await fetch(sql, statement.arguments)
    return {
        record["version"]: (record["agent"], record["body"] and whole(record["body"]))
        for record in records
    }
