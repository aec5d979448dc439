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
    person_id: str,
    type: str | None,
    id: str | None,
) -> list[int]:
    """How many of the person's current entries each permit sees, in order, of those that the asker
    sees: how many others see of the rest would tell that it is there. type, id: only that one."""
    counts: list[int] = []
    for start in range(0, len(permits), _AT_ONCE):
        statement = Statement()
        clauses = [
            f"r.person_id = {statement.bind(person_id)}",
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
        records = await fetch(f"{asked} order by n", statement.arguments)
        counts += [int(record["seen"]) for record in records]
    return counts


async def parties(fetch: Fetch, person_id: str) -> list[tuple[str, bytes]]:
    """("Organization/x" or "RelatedPerson/x", body) of every organisation, and of the person's
    supporters, by name."""
    records = await fetch(
        """
select type || '/' || id as name, body from resources
where not deleted and (person_id, type) in (($1::text, 'Organization'), ($2::text, 'RelatedPerson'))
order by type, id""",
        [DIRECTORY, person_id],
    )
    return [(record["name"], record["body"]) for record in records]
