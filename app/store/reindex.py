"""Replacing the index of current versions."""

from collections.abc import Sequence

from app.fhir.indexed import IndexValues
from app.store.database import Session
from app.store.resources import Row, index_columns
from app.store.write_statement import REINDEX, UNINDEX


async def count_resources(session: Session) -> int:
    """How many current resources there are."""
    rows = await session.fetch("select count(*) as n from resources where not deleted", [])
    return int(rows[0]["n"])


async def resources_after(session: Session, after: tuple[str, str, str], most: int) -> list[Row]:
    """The next current resources by (person, type, id)."""
    rows = await session.fetch(
        """
select person_id, type, id, version, updated, deleted, body from resources
where (person_id, type, id) > ($1::text, $2::text, $3::text) and not deleted
order by person_id, type, id limit $4::int""",
        [*after, most],
    )
    return [Row(*record) for record in rows]


async def index_again(
    session: Session, rows: Sequence[Row], indexes: Sequence[IndexValues]
) -> None:
    """Replace the index of each row, unless it has been changed since it was read."""
    arguments: list[object] = [
        list(range(len(rows))),
        [row.person_id for row in rows],
        [row.type for row in rows],
        [row.id for row in rows],
        [row.version for row in rows],
        *index_columns(indexes),
    ]
    async with session.transaction():
        current = await session.fetch(UNINDEX, arguments[:6])
        await session.fetch(REINDEX, [*arguments, [record["n"] for record in current]])
