"""Whether an actor has a tie to people, whether it is one that lasts, and whom one entry ties."""

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


async def tied_by(session: Session, person: str, type: str, id: str) -> set[str]:
    """The actors whom one entry ties to a person now."""
    rows = await session.fetch(
        """
select distinct actor from rights
where person_id = $1::text and type = $2::text and id = $3::text and says and tie
  and low <= statement_timestamp() and statement_timestamp() <= high""",
        [person, type, id],
    )
    return {row["actor"] for row in rows}
