"""All that is held about one person, in pages."""

from collections.abc import Sequence
from datetime import datetime

from app.store.database import Fetch
from app.store.found import FoundRow
from app.store.permit import Permit, visible
from app.store.statement import Statement


async def everything(
    fetch: Fetch,
    permit: Permit,
    person_id: str,
    *,
    types: Sequence[str],
    since: datetime | None,
    after: tuple[str, str] | None,
    page_size: int,
) -> list[FoundRow]:
    """Up to page_size + 1 current resources of one person, by type and id, after the given one.

    types: only these; none given means all that the permit sees.
    """
    statement = Statement()
    clauses = [
        f"r.person_id = {statement.bind(person_id)}",
        "not r.deleted",
        visible(permit, "r", statement),
    ]
    if types:
        clauses.append(f"r.type = any({statement.bind_all(types)})")
    if since is not None:
        clauses.append(f"r.updated >= {statement.bind(since, 'timestamptz')}")
    if after is not None:
        clauses.append(f"(r.type, r.id) > ({statement.bind(after[0])}, {statement.bind(after[1])})")
    sql = f"""
select r.person_id, r.type, r.id, r.version, r.updated, r.body
from resources r
where {" and ".join(clauses)}
order by r.type, r.id
limit {statement.bind(page_size + 1, "int")}"""
    return [FoundRow(*record) for record in await fetch(sql, statement.arguments)]
