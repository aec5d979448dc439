"""Which current resources refer to another."""

from collections.abc import Sequence

from app.store.database import Session
from app.store.permit import Permit, visible
from app.store.statement import Statement

_MOST = 1000


async def referrers(
    session: Session, tokens: Sequence[str], apart_from: Sequence[str], permit: Permit | None = None
) -> list[tuple[str, str]]:
    """(type, id) of up to 1,000 current resources that hold one of these index entries.

    apart_from: `Type/id` of resources that do not count. permit: only those that it sees.
    """
    if not tokens:
        return []
    statement = Statement()
    holds = f"r.tokens && {statement.bind_all(tokens)} and not r.deleted"
    others = f"(r.type || '/' || r.id) <> all({statement.bind_all(apart_from)})"
    seen = "true" if permit is None else visible(permit, "r", statement)
    rows = await session.fetch(
        f"select r.type, r.id from resources r where {holds} and {others} and {seen}"
        f" limit {statement.bind(_MOST, 'int')}",
        statement.arguments,
    )
    return [(row["type"], row["id"]) for row in rows]
