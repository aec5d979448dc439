"""Every version of one person's entries of a type, as far as the permit sees."""

from app.store.database import Fetch
from app.store.permit import Permit, kept_from, visible
from app.store.shelves import LARGEST_ENTRY
from app.store.statement import Statement


async def versions(
    fetch: Fetch, permit: Permit, person_id: str, type: str, most: int
) -> list[bytes]:
    """The newest versions, the newest first; deletions, and what is very large, left out."""
    statement = Statement()
    person = statement.bind(person_id)
    kept = kept_from(permit, "k", statement, "(v.person_id, v.type, v.id)")
    sql = f"""
select v.body from resource_versions v
where v.person_id = {person} and v.type = {statement.bind(type)} and v.method <> 'DELETE'
  and octet_length(v.body) <= {LARGEST_ENTRY}
  and {visible(permit, "v", statement, (type,), person)} and not {kept}
order by v.updated desc, v.id, v.version desc
limit {statement.bind(most, "int")}"""
    return [row["body"] for row in await fetch(sql, statement.arguments)]
