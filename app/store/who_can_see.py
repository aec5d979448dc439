"""Which of several parties would see the entries of a person: `visible` itself, asked for each."""

from collections.abc import Sequence

from app.fhir.resource_types import DIRECTORY
from app.store.database import Fetch
from app.store.permit import Permit, visible
from app.store.statement import Statement

_AT_ONCE = 40


async def who_can_see(
    fetch: Fetch,
    asker: Permit,
    permits: Sequence[Permit],
    records: Sequence[str],
    type: str | None,
    id: str | None,
) -> list[int]:
    """How many current entries of these records each permit sees, in order, of those that the asker
    sees: how many others see of the rest would tell that it is there. type, id: only that one."""
    counts: list[int] = []
    for start in range(0, len(permits), _AT_ONCE):
        statement = Statement()
        clauses = [
            f"r.person_id = any({statement.bind_all(records)})",
            "not r.deleted",
            visible(asker, "r", statement),
        ]
        if type is not None and id is not None:
            clauses.append(f"r.type = {statement.bind(type)} and r.id = {statement.bind(id)}")
        where = " and ".join(clauses)
        asked = " union all ".join(
            f"select {n} as n, count(*) as seen from resources r"
            f" where {where} and {visible(permit, 'r', statement)}"
            for n, permit in enumerate(permits[start : start + _AT_ONCE])
        )
        rows = await fetch(f"{asked} order by n", statement.arguments)
        counts += [int(row["seen"]) for row in rows]
    return counts


async def parties(fetch: Fetch, asker: Permit, records: Sequence[str]) -> list[tuple[str, bytes]]:
    """("Organization/x" or "RelatedPerson/x", body) of every organisation, and of the supporters in
    these records, by name; of those that the asker sees, as others are named to nobody."""
    statement = Statement()
    sql = f"""
select r.type || '/' || r.id as name, r.body from resources r
where not r.deleted and (r.person_id = {statement.bind(DIRECTORY)} and r.type = 'Organization'
  or r.person_id = any({statement.bind_all(records)}) and r.type = 'RelatedPerson')
  and {visible(asker, "r", statement)}
order by r.type, r.id"""
    rows = await fetch(sql, statement.arguments)
    return [(row["name"], row["body"]) for row in rows]
