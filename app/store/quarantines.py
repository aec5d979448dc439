"""Entries set apart as another person's: the label on every version, the yes they say taken away,
and a history of both.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from app.fhir.labels import Label
from app.store.database import Session
from app.store.links import take_rights
from app.store.permit import Permit, visible
from app.store.rights_again import Version
from app.store.statement import Statement

_LABEL = int(Label.QUARANTINED)
_THESE = "person_id = $1::text and (type, id) in (select * from unnest($2::text[], $3::text[]))"


async def written_on(
    session: Session, permit: Permit, person_id: str, author: str, first: datetime, last: datetime
) -> list[tuple[str, str]]:
    """(type, id) of what this author, or an administrator of it, began between these moments and
    the permit sees; but not who the person is."""
    statement = Statement()
    sql = f"""
select r.type, r.id from resources r
join resource_versions v
  on v.person_id = r.person_id and v.type = r.type and v.id = r.id and v.version = 1
where r.person_id = {statement.bind(person_id)} and r.type <> 'Patient'
  and r.author = any({statement.bind_all([author, f"{author}/admin"])}) and r.labels & {_LABEL} = 0
  and v.updated between {statement.bind(first, "timestamptz")}
    and {statement.bind(last, "timestamptz")}
  and {visible(permit, "r", statement)}
order by r.type, r.id"""
    return [(row["type"], row["id"]) for row in await session.fetch(sql, statement.arguments)]


async def set_apart(
    session: Session, person_id: str, entries: Sequence[tuple[str, str]], by: str, reason: str
) -> str | None:
    """The id of the step; None where another set some of it apart, and then the transaction is to
    be given up."""
    step = secrets.token_hex(16)
    these = [person_id, [type for type, _ in entries], [id for _, id in entries]]
    # The current rows first: a write that is under way waits for them, and then keeps the label.
    await session.fetch(f"update resources set labels = labels | {_LABEL} where {_THESE}", these)
    await session.fetch(
        f"update resource_versions set labels = labels | {_LABEL} where {_THESE}", these
    )
    await take_rights(session, person_id, entries, yes_alone=True)
    made = await session.fetch(
        """
insert into quarantines (person_id, type, id, quarantine, reason, made, made_by)
select $1::text, x.type, x.id, $4::text, $5::text, statement_timestamp(), $6::text
from unnest($2::text[], $3::text[]) as x(type, id)
on conflict do nothing returning id""",
        [*these, step, reason, by],
    )
    return step if len(made) == len(entries) else None


async def lift(session: Session, step: str, by: str, reason: str) -> list[Version]:
    """The current versions of what is a part of the record again, whose rights are still to be
    made anew; empty where nothing is set apart by this step. Inside a transaction."""
    lifted = await session.fetch(
        """
update quarantines set lifted = statement_timestamp(), lifted_by = $2::text, lifted_reason = $3
where quarantine = $1::text and lifted is null returning person_id, type, id""",
        [step, by, reason],
    )
    if not lifted:
        return []
    these = [
        lifted[0]["person_id"],
        [row["type"] for row in lifted],
        [row["id"] for row in lifted],
    ]
    rows = await session.fetch(
        f"update resources set labels = labels & ~{_LABEL} where {_THESE}"
        " returning person_id, type, id, version, author, labels, body, true",
        these,
    )
    await session.fetch(
        f"update resource_versions set labels = labels & ~{_LABEL} where {_THESE}", these
    )
    return [Version(*row) for row in rows]


async def apart_of(session: Session, versions: Sequence[Version]) -> set[tuple[str, str, str]]:
    """(person_id, type, id) of those that are set apart now."""
    rows = await session.fetch(
        """
select distinct q.person_id, q.type, q.id from quarantines q
join unnest($1::text[], $2::text[], $3::text[]) as x(person_id, type, id)
  using (person_id, type, id)
where q.lifted is null""",
        [
            [one.person_id for one in versions],
            [one.type for one in versions],
            [one.id for one in versions],
        ],
    )
    return {(row["person_id"], row["type"], row["id"]) for row in rows}
