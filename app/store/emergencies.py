"""Emergencies: the right that one runs by, its history, and what came of its review.

Times are the database's own.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from app.store.database import Fetch, Record, Session
from app.store.links import copy_rights

RIGHT = "EmergencyAccess"  # the type of the row in `rights`; no entry is of it
_WEIGHT = 64  # more than all that a choice can say together

_COLUMNS = (
    "person_id, id, actor, name, organization, reason, words, began, until, ended, reviewed,"
    " outcome, outcome_words"
)


class Emergency(Struct, frozen=True):
    """One practitioner's access to one record (app/store/tables_protection.py says what each
    part is)."""

    person_id: str
    id: str
    actor: str
    name: str
    organization: str
    reason: str
    words: str
    began: datetime
    until: datetime
    ended: datetime | None
    reviewed: datetime | None
    outcome: str | None
    outcome_words: str | None


async def people_open_to(fetch: Fetch, actor: str) -> list[str]:
    """Whose records an emergency of this practitioner opens now."""
    rows = await fetch(
        f"""
select person_id from rights where actor = $1::text and type = '{RIGHT}'
  and low <= statement_timestamp() and statement_timestamp() <= high""",
        [actor],
    )
    return [row["person_id"] for row in rows]


async def present(session: Session) -> datetime:
    """The moment by the database's clock."""
    (row,) = await session.fetch("select statement_timestamp() as now", [])
    return row["now"]  # type: ignore[no-any-return]


async def people_named(session: Session, *, id: str | None, token: str | None) -> list[Record]:
    """(person_id, body) of the Patients with this id, or with this entry in their index."""
    return await session.fetch(
        """
select person_id, body from resources where type = 'Patient' and not deleted
  and (person_id = $1::text and id = $1::text or tokens @> array[$2::text])
limit 20""",
        [id, token],
    )


async def begin(session: Session, one: Emergency) -> None:
    """Keep it, and open the record by it. Inside a transaction."""
    await session.fetch(
        """
insert into emergencies
  (person_id, id, actor, name, organization, reason, words, began, until)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        [
            one.person_id,
            one.id,
            one.actor,
            one.name,
            one.organization,
            one.reason,
            one.words,
            one.began,
            one.until,
        ],
    )
    await session.fetch(
        f"""
insert into rights
  (person_id, type, id, version, n, actor, says, tie, weight, covers_restricted, low, high)
values ($1, '{RIGHT}', $2, 1, 0, $3, true, false, {_WEIGHT}, true, $4, $5)""",
        [one.person_id, one.id, one.actor, one.began, one.until],
    )
    await copy_rights(session, one.person_id, RIGHT, one.id)


async def find(session: Session, id: str) -> Emergency | None:
    """One of them, held until the transaction ends."""
    rows = await session.fetch(
        f"select {_COLUMNS} from emergencies where id = $1::text for update", [id]
    )
    return Emergency(*rows[0]) if rows else None


async def end(session: Session, one: Emergency, by: str) -> bool:
    """Take the right away; False when it did not run any more."""
    gone = await session.fetch(
        f"""
delete from rights where type = '{RIGHT}' and id = $2 and (
  person_id = $1 or side = $1 and person_id in (select other from links where person_id = $1))
returning high >= statement_timestamp() as ran""",
        [one.person_id, one.id],
    )
    if not gone or not gone[0]["ran"]:
        return False
    await session.fetch(
        "update emergencies set ended = statement_timestamp(), ended_by = $3"
        " where person_id = $1 and id = $2",
        [one.person_id, one.id, by],
    )
    return True


async def review(session: Session, one: Emergency, by: str, outcome: str, words: str) -> None:
    """Keep what came of the review."""
    await session.fetch(
        "update emergencies set reviewed = statement_timestamp(), reviewed_by = $3, outcome = $4,"
        " outcome_words = $5 where person_id = $1 and id = $2",
        [one.person_id, one.id, by, outcome, words],
    )


async def listed(
    session: Session,
    *,
    people: Sequence[str] | None = None,
    actor: str | None = None,
    most: int,
) -> Sequence[Emergency]:
    """Those of these records, or of one practitioner, newest first; of neither: those that nobody
    has reviewed, oldest first."""
    argument: Sequence[str] | str | None
    if people is not None:
        which, argument = "person_id = any($1::text[]) order by began desc", list(people)
    elif actor is not None:
        which, argument = "actor = $1::text order by began desc", actor
    else:
        which, argument = "$1::text is null and reviewed is null order by began", None
    rows = await session.fetch(
        f"select {_COLUMNS} from emergencies where {which} limit $2::int", [argument, most]
    )
    return [Emergency(*row) for row in rows]
