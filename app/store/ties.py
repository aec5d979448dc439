"""Whether an actor has a lasting tie to people: by a team, or by who the person is."""

from collections.abc import Sequence

from app.store.database import Session


async def people_tied(session: Session, people: Sequence[str], actor: str) -> set[str]:
    """Those of the people to whom the actor is tied now, by more than a single request."""
    rows = await session.fetch(
        """
select distinct person_id from rights
where person_id = any($1::text[]) and actor = $2::text and tie and type in ('Patient', 'CareTeam')
  and low <= statement_timestamp() and statement_timestamp() <= high""",
        [list(people), actor],
    )
    return {row["person_id"] for row in rows}
