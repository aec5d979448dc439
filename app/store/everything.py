"""All that is held about one person, in pages."""

from collections.abc import Sequence
from datetime import datetime

from app.store.database import Fetch
from app.store.found import FoundRow, found_row
from app.store.page_bytes import ROOM, Room, bounded, is_full
from app.store.permit import Permit, visible
from app.store.statement import Statement


async def everything(
    fetch: Fetch,
    permit: Permit,
    records: Sequence[str],
    *,
    types: Sequence[str],
    since: datetime | None,
    after: tuple[str, str] | None,
    page_size: int,
    room: Room = ROOM,
) -> tuple[list[FoundRow], bool]:
    """Up to page_size current resources of these records, by type and id, after the given one, and
    whether there may be more.

    types: only these; none given means all that the permit sees.
    """
    statement = Statement()
    clauses = [
        f"r.person_id = any({statement.bind_all(records)})",
        "not r.deleted",
        visible(permit, "r", statement),
    ]
    if types:
        clauses.append(f"r.type = any({statement.bind_all(types)})")
    if since is not None:
        clauses.append(f"r.updated >= {statement.bind(since, 'timestamptz')}")
    if after is not None:
        clauses.append(f"(r.type, r.id) > ({statement.bind(after[0])}, {statement.bind(after[1])})")
    sql = bounded(
        f"""
select r.person_id, r.type, r.id, r.version, r.updated, r.body
from resources r
where {" and ".join(clauses)}
order by r.type, r.id
limit {statement.bind(page_size + 1, "int")}""",
        room,
    )
    records = await fetch(sql, statement.arguments)
    rows = [found_row(record) for record in records[:page_size]]
    return rows, len(records) > page_size or is_full(records, room)
