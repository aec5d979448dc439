"""Whether an actor has a tie to people, and whether it is one that lasts."""

from collections.abc import Sequence

from app.store.database import Session


async def people_tied(
    session: Session, people: Sequence[str], actor: str, *, lasting: bool
) -> set[str]:
    """Those of the people to whom the actor is tied now. lasting: by a team, or by who the person
    is; else a request for help will do, or a yes to everything for any use."""
    rows = await session.fetch(
        """
select distinct person_id from rights
where person_id = any($1::text[]) and actor = $2::text
  and low <= statement_timestamp() and statement_timestamp() <= high
  and case when $3::bool then tie and type in ('Patient', 'CareTeam')
      else says and classes is null and entries is null and purposes is null end""",
        [list(people), actor, lasting],
    )
    return {row["person_id"] for row in rows}
