"""Which current resources refer to another."""

from collections.abc import Sequence

from app.store.database import Session

_MOST = 50


async def referrers(
    session: Session, tokens: Sequence[str], apart_from: Sequence[str]
) -> list[tuple[str, str]]:
    """(type, id) of up to 50 current resources that hold one of these index entries.

    apart_from: `Type/id` of resources that do not count.
    """
    rows = await session.fetch(
        """
select type, id from resources
where tokens && $1::text[] and not deleted and (type || '/' || id) <> all($2::text[])
limit $3::int""",
        [list(tokens), list(apart_from), _MOST],
    )
    return [(row["type"], row["id"]) for row in rows]
