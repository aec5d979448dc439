"""People who are one and the same: who is linked to whom, and the rights that each side has from
the others.

Source: docs/decisions/0023-two-records-of-one-person-are-linked.md
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from app.store.database import Session

_COLUMNS = (
    "type, id, version, n, actor, says, tie, weight, classes, entries, purposes, low, high,"
    " covers_restricted, person_id, side"
)
# A yes of one side opens nothing restricted of another, but in an emergency. {r}: a row of
# `rights`, or what is about to be one.
COPIED = (
    "{r}.type, {r}.id, {r}.version, {r}.n, {r}.actor, {r}.says, {r}.tie, {r}.weight, {r}.classes,"
    " {r}.entries, {r}.purposes, {r}.low, {r}.high,"
    " {r}.covers_restricted and (not {r}.says or {r}.type = 'EmergencyAccess')"
)
INTO = f"insert into rights ({_COLUMNS})"

_DUE = f"""
select {COPIED.format(r="h")}, l.other as person_id, h.person_id as side
from links l join rights h on h.person_id = l.person_id and h.side = ''"""
_THERE = f"select {_COLUMNS} from rights where side <> ''"


class Around(Struct, frozen=True):
    """What is to be known of a person at the door. linked: the other records that are theirs.
    frozen: whether any of them all is."""

    frozen: bool
    linked: tuple[str, ...]


async def around(session: Session, people: Sequence[str]) -> list[Around]:
    """Of each of these people, in order."""
    rows = await session.fetch(
        """
select p.n, array(select other from links where person_id = p.id order by other) as linked,
  exists (
    select from freezes f where f.lifted is null and f.person_id in (
      select p.id union all select other from links where person_id = p.id)) as frozen
from unnest($1::text[]) with ordinality as p(id, n) order by p.n""",
        [list(people)],
    )
    return [Around(row["frozen"], tuple(row["linked"])) for row in rows]


async def survivors(session: Session, people: Collection[str]) -> Mapping[str, str]:
    """Of each of these people whose record was merged into another: that other one."""
    rows = await session.fetch(
        "select person_id, other from links where person_id = any($1::text[]) and survives",
        [sorted(people)],
    )
    return {row["person_id"]: row["other"] for row in rows}


async def hold_rights(session: Session) -> None:
    """Wait for the writes of rights under way, and let no other begin before this transaction
    ends: one that did not know of the link would leave no copy. Before anything else is held."""
    await session.fetch("lock table rights in share row exclusive mode", [])


async def relink(session: Session, sets: Iterable[tuple[str, Collection[str]]]) -> None:
    """Link the people of each set to each other, and to nobody else. sets: (the one whose record
    is in use, all of them). session: inside a transaction that holds the rights."""
    pairs = []
    everyone: set[str] = set()
    for root, people in sets:
        everyone |= set(people)
        pairs += [(one, other, other == root) for one in people for other in people if one != other]
    them = sorted(everyone)
    await session.fetch(
        "delete from links where person_id = any($1::text[]) or other = any($1::text[])", [them]
    )
    await session.fetch(
        """
insert into links (person_id, other, survives)
select * from unnest($1::text[], $2::text[], $3::bool[])""",
        [[pair[n] for pair in pairs] for n in range(3)],
    )
    await session.fetch(
        "delete from rights where side <> '' and person_id = any($1::text[])", [them]
    )
    await session.fetch(f"{INTO} {_DUE} where l.person_id = any($1::text[])", [them])


async def take_rights(
    session: Session,
    person_id: str,
    entries: Sequence[tuple[str, str]],
    *,
    yes_alone: bool = False,
) -> None:
    """Take away what entries of a person say, here and where it was copied to. entries: type and
    id. yes_alone: leave the no."""
    await session.fetch(
        """
delete from rights where (type, id) in (select * from unnest($2::text[], $3::text[]))
  and (says or not $4::bool)
  and (person_id = $1::text
    or side = $1::text and person_id in (select other from links where person_id = $1::text))""",
        [person_id, [type for type, _ in entries], [id for _, id in entries], yes_alone],
    )


async def copy_rights(session: Session, person_id: str, type: str, id: str) -> None:
    """Copy what one entry says now to whoever its person is linked to."""
    await session.fetch(
        f"{INTO} select {COPIED.format(r='h')}, l.other, h.person_id from rights h"
        " join links l on l.person_id = h.person_id"
        " where h.person_id = $1 and h.type = $2 and h.id = $3 and h.side = ''",
        [person_id, type, id],
    )


async def put_right(session: Session) -> int:
    """Bring the copies up to what the links and the rights say; how many were not."""
    rows = await session.fetch(
        f"select count(*) as n from (({_DUE} except {_THERE}) union all"
        f" ({_THERE} except {_DUE})) x",
        [],
    )
    count: int = rows[0]["n"]
    if count:
        async with session.transaction():
            await hold_rights(session)
            await session.fetch("delete from rights where side <> ''", [])
            await session.fetch(f"{INTO} {_DUE}", [])
    return count
