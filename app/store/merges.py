"""Proposals to link two people, or to part them again, and which merges are in force.

Times are the database's own. A proposal stands in the record of each of the two.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from app.store.database import Session

Kind: TypeAlias = Literal["merge", "unmerge"]
Decision: TypeAlias = Literal["approved", "refused"]
LASTS_DAYS = 7

_COLUMNS = """
person_id, other, id, kind, merge, words, proposed, proposed_by, until, decision, undone,
  decision is null and until < statement_timestamp() as has_ended"""


class Proposal(Struct, frozen=True):
    """One of them (app/store/tables_links.py says what each part is). has_ended: nobody decided
    in time."""

    source: str
    target: str
    id: str
    kind: Kind
    merge: str | None
    words: str
    proposed: datetime
    proposed_by: str
    until: datetime
    decision: Decision | None
    undone: datetime | None
    has_ended: bool


async def propose(
    session: Session,
    kind: Kind,
    people: tuple[str, str],
    by: str,
    words: str,
    *,
    merge: str | None = None,
) -> str:
    """Keep a proposal; its id. people: source and target. merge: what an unmerge is to undo.
    Inside a transaction."""
    id = secrets.token_hex(16)
    await session.fetch(
        f"""
insert into merges
  (person_id, other, part, id, kind, merge, words, proposed, proposed_by, until)
select x.person_id, x.other, x.part, $4, $5, $6, $7, statement_timestamp(), $8,
  statement_timestamp() + interval '{LASTS_DAYS} days'
from unnest($1::text[], $2::text[], $3::text[]) as x(person_id, other, part)""",
        [[*people], [*reversed(people)], ["source", "target"], id, kind, merge, words, by],
    )
    return id


async def find(session: Session, kind: Kind, id: str) -> Proposal | None:
    """One of them, held until the transaction ends."""
    rows = await session.fetch(
        f"select {_COLUMNS} from merges where id = $1 and kind = $2 and part = 'source' for update",
        [id, kind],
    )
    return Proposal(*rows[0]) if rows else None


async def waiting(session: Session, kind: Kind, people: tuple[str, str]) -> str | None:
    """The id of a proposal of these two that waits for a decision."""
    rows = await session.fetch(
        "select id from merges where person_id = any($1::text[]) and other = any($1::text[])"
        " and kind = $2 and decision is null and until >= statement_timestamp() limit 1",
        [[*people], kind],
    )
    return rows[0]["id"] if rows else None


async def decide(session: Session, id: str, decision: Decision, by: str, words: str | None) -> None:
    """Keep what was decided."""
    await session.fetch(
        "update merges set decision = $2, decided = statement_timestamp(), decided_by = $3,"
        " decision_words = $4 where id = $1",
        [id, decision, by, words],
    )


async def in_force(session: Session, people: Collection[str]) -> Sequence[Proposal]:
    """The merges that link these people now, the first first."""
    rows = await session.fetch(
        f"select {_COLUMNS} from merges where person_id = any($1::text[]) and part = 'source'"
        " and kind = 'merge' and decision = 'approved' and undone is null order by proposed, id",
        [sorted(people)],
    )
    return [Proposal(*row) for row in rows]


async def is_merged(session: Session, person_id: str) -> bool:
    """Whether a merge that is in force has to do with this record."""
    rows = await session.fetch(
        "select exists (select from merges where person_id = $1 and kind = 'merge'"
        " and decision = 'approved' and undone is null) as yes",
        [person_id],
    )
    return bool(rows[0]["yes"])


async def keep_added(session: Session, id: str, added_by_person: Mapping[str, str]) -> None:
    """Keep what a merge added to each Patient, as JSON."""
    await session.fetch(
        "update merges m set added = x.added from unnest($2::text[], $3::text[]) as x(person_id,"
        " added) where m.id = $1 and m.person_id = x.person_id",
        [id, list(added_by_person), list(added_by_person.values())],
    )


async def added(session: Session, id: str) -> Mapping[str, str]:
    """What a merge added to each Patient, by person."""
    rows = await session.fetch("select person_id, added from merges where id = $1", [id])
    return {row["person_id"]: row["added"] or "{}" for row in rows}


async def undo(session: Session, id: str) -> None:
    """Note that a merge is in force no more."""
    await session.fetch(
        "update merges set undone = statement_timestamp() where id = $1 and kind = 'merge'", [id]
    )
