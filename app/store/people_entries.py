"""Some entries of several people, in one statement. What stands in another record of one of them
is theirs, too.

Source: docs/decisions/0023-two-records-of-one-person-are-linked.md
"""

from collections.abc import Sequence

from msgspec import Struct

from app.store.database import Fetch
from app.store.page_bytes import ROOM, Room, bounded, is_full
from app.store.permit import Permit, visible
from app.store.statement import Statement


class Sort(Struct, frozen=True):
    """Entries of one type. any_of: index entries of which each holds one; empty asks nothing."""

    type: str
    any_of: tuple[str, ...] = ()


class Held(Struct, frozen=True):
    """One entry. person: the same for all records of one human being. record: whose it is in."""

    person: str
    record: str
    type: str
    id: str
    body: bytes


async def entries_of_people(
    fetch: Fetch,
    permit: Permit,
    people: Sequence[str],
    sorts: Sequence[Sort],
    *,
    most: int,
    room: Room = ROOM,
) -> tuple[list[Held], bool]:
    """The entries of these sorts that the permit sees, person by person, and whether there are more
    than are told: beyond `most`, or beyond the room."""
    statement = Statement()
    asked = statement.bind_all(people)
    of_sorts = " or ".join(_of(sort, statement) for sort in sorts)
    seen = visible(permit, "r", statement, [sort.type for sort in sorts])
    sql = bounded(
        f"""
with record as materialized (
  select id from unnest({asked}) a(id)
  union
  select other from links where person_id = any({asked})
),
asked as materialized (
  select id, least(id, (select min(other) from links where person_id = id)) as person from record
)
select a.person, r.person_id, r.type, r.id, r.body
from asked a join resources r on r.person_id = a.id
where not r.deleted and ({of_sorts}) and {seen}
order by a.person, r.type, r.id
limit {statement.bind(most + 1, "int")}""",
        room,
    )
    rows = await fetch(sql, statement.arguments)
    return [Held(*row[:5]) for row in rows[:most]], len(rows) > most or is_full(rows, room)


def _of(sort: Sort, statement: Statement) -> str:
    is_type = f"r.type = {statement.bind(sort.type)}"
    return (
        f"{is_type} and r.tokens && {statement.bind_all(sort.any_of)}" if sort.any_of else is_type
    )
