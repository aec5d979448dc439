"""Candidates for $match: by number and date of birth whoever may be found at all; by likeness those
who may be seen already.

Source: docs/decisions/0021-who-is-this.md
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from msgspec import Struct

from app.fhir.labels import Label
from app.store.database import Record
from app.store.permit import Permit, visible
from app.store.rights import TEAM
from app.store.statement import Statement

Fetch = Callable[[str, Sequence[object]], Awaitable[list[Record]]]

_OF_ONE = ("Patient",)
# Who was merged into another is told as that one.
_COLUMNS = """coalesce(s.id, r.id) as id, coalesce(s.body, r.body) as body, r.body as held,
  s.id is not null as is_merged"""
_IN_USE = """
left join links l on l.person_id = r.person_id and l.survives
left join resources s
  on s.person_id = l.other and s.type = 'Patient' and s.id = l.other and not s.deleted"""
# These keep a person from everybody they did not name, so they are found by nobody else.
_NEVER_FOUND = int(Label.RESTRICTED | Label.JUST_US | Label.QUARANTINED)


class Candidate(Struct, frozen=True):
    """A current Patient. is_seen: whether the caller may see them without asking who they are.

    held: the Patient that was found, where it was merged into this one; else the same as body.
    """

    id: str
    body: bytes
    is_seen: bool
    held: bytes
    is_merged: bool = False


class Near(Struct, frozen=True):
    """What may lead to a candidate, each by itself: tokens; days; or a sound of a name together
    with a postcode. As the index has them."""

    tokens: Sequence[str]
    days: Sequence[datetime]
    sounds: Sequence[str]
    postcodes: Sequence[str]


async def by_number(
    fetch: Fetch, permit: Permit, tokens: Sequence[str], born: tuple[datetime, datetime]
) -> list[Candidate]:
    """Whoever holds one of the numbers and was born on that day, and may be seen, or is neither
    restricted nor said no to this caller. born: the first and the last moment of the day."""
    statement = Statement()
    seen, in_use_seen = (visible(permit, one, statement, _OF_ONE) for one in ("r", "s"))
    sql = f"""
select {_COLUMNS}, {seen} and (s.id is null or {in_use_seen}) as is_seen
from resources r{_IN_USE}
where r.type = 'Patient' and not r.deleted and r.tokens && {statement.bind_all(tokens)}
  and exists (
    select from index_dates d
    where d.person_id = r.person_id and d.type = 'Patient' and d.id = r.id
      and d.parameter = 'birthdate' and d.low = {statement.bind(born[0], "timestamptz")}
      and d.high = {statement.bind(born[1], "timestamptz")})
  and ({seen} or {_may_be_found(permit, "r", statement)})
  and (s.id is null or {in_use_seen} or {_may_be_found(permit, "s", statement)})
order by r.id limit 10"""
    rows = await fetch(sql, statement.arguments)
    return [_candidate(row, row["is_seen"]) for row in rows]


def _candidate(row: Record, is_seen: bool) -> Candidate:
    return Candidate(row["id"], row["body"], is_seen, row["held"], row["is_merged"])


def _may_be_found(permit: Permit, alias: str, statement: Statement) -> str:
    """Any no counts, however much else is said: whoever is not sure to be found is not."""
    party = statement.bind(permit.party or "")
    return (
        f"({alias}.labels & {_NEVER_FOUND} = 0 and not exists (select from rights n"
        f" where n.person_id = {alias}.person_id and not n.says and n.actor in ({party}, '{TEAM}')"
        " and n.low <= statement_timestamp() and statement_timestamp() <= n.high"
        " and (n.classes is null or 'Patient' = any(n.classes))"
        f" and (n.entries is null or 'Patient/' || {alias}.id = any(n.entries))))"
    )


async def by_likeness(fetch: Fetch, permit: Permit, near: Near, most: int) -> list[Candidate]:
    """Those who are near and whom the permit sees, up to `most`."""
    statement = Statement()
    sql = f"""
with near as (
  select person_id, id from resources
  where type = 'Patient' and tokens && {statement.bind_all(near.tokens)}
  union
  select person_id, id from index_dates
  where type = 'Patient' and parameter = 'birthdate'
    and low = any({statement.bind_all(near.days, "timestamptz")})
  union
  select a.person_id, a.id from index_strings a
  join index_strings s on s.person_id = a.person_id and s.type = a.type and s.id = a.id
    and s.parameter = 'phonetic' and s.normalised = any({statement.bind_all(near.sounds)})
  where a.type = 'Patient' and a.parameter = 'address-postalcode'
    and a.normalised = any({statement.bind_all(near.postcodes)})
)
select {_COLUMNS} from near n
join resources r on r.person_id = n.person_id and r.type = 'Patient' and r.id = n.id{_IN_USE}
where not r.deleted and {visible(permit, "r", statement, _OF_ONE)}
  and (s.id is null or {visible(permit, "s", statement, _OF_ONE)})
order by r.id limit {statement.bind(most, "int")}"""
    rows = await fetch(sql, statement.arguments)
    return [_candidate(row, True) for row in rows]
