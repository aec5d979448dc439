"""Erasing all rows of one person for good, and finding what refers to them from elsewhere.

The audit's places, leaves and links stay (app/store/audit_chain.py), and with them the key of the
record, which is random and means nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from app.fhir.resource_types import DIRECTORY
from app.store.audit_chain import ERASED
from app.store.database import Session
from app.store.tables_links import Link, Merge
from app.store.tables_protection import Emergency, Freeze, Notice, Quarantine
from app.store.tables_sign_in import Account, SignedIn
from app.store.tables_supporters import SupporterAccount, SupporterInvitation, SupporterReview

_AUDIT_TABLES = frozenset(("audit_events", "audit_heads"))

# Described in modules of their own, which must be read before the tables are counted.
_DESCRIBED = (
    Account,
    Emergency,
    Freeze,
    Link,
    Merge,
    Notice,
    Quarantine,
    SignedIn,
    SupporterAccount,
    SupporterInvitation,
    SupporterReview,
)
# Every table that holds rows of a person; a new one is among them as soon as it is described.
PERSON_TABLES: tuple[str, ...] = tuple(
    sorted(
        table.name
        for table in _DESCRIBED[0].metadata.sorted_tables
        if "person_id" in table.columns and table.name not in _AUDIT_TABLES
    )
)

_REFERRERS = """
select distinct v.type, v.id from resource_versions v
where v.person_id <> $1::text and exists (
  select from unnest($2::bytea[]) as p(wanted) where position(p.wanted in v.body) > 0)
order by v.type, v.id"""

_BY_HASH = f"""
select person_id from (
  select person_id from resource_versions union select person_id from audit_heads
) k where person_id <> '{DIRECTORY}'
  and encode(sha256(convert_to(person_id, 'UTF8')), 'hex') = any($1::text[])"""

_IS_ERASED = """
select exists (select from audit_events where person_id = $1 and shard = 0 and updated >= $2
  and salt is not null and $3 = any(tokens)) as yes"""


# That a record was made by a request with a key stands with nobody's.
_FORGET_MAKING = f"""
delete from answered_requests where person_id = '{DIRECTORY}'
  and exists (select from unnest(written) w where w ^@ $1)"""


def hash_of(person_id: str) -> str:
    """What stands for a record's key where the key itself is not to be kept: SHA-256, in
    hexadecimal."""
    return sha256(person_id.encode()).hexdigest()


async def hold_writes(session: Session) -> None:
    """Wait for the writes under way, and let no other begin before this transaction ends."""
    await session.fetch("lock table resources in share row exclusive mode", [])


async def erase_rows(session: Session, person_id: str) -> dict[str, int]:
    """Take every row of the person out of every table but the audit's; how many there were, by
    table. session: inside a transaction."""
    await _take_from_others(session, person_id)
    counts: dict[str, int] = {}
    for table in PERSON_TABLES:
        rows = await session.fetch(
            f"with gone as (delete from {table} where person_id = $1 returning 1)"
            " select count(*) as n from gone",
            [person_id],
        )
        counts[table] = rows[0]["n"]
    await session.fetch(_FORGET_MAKING, [f"Patient/{person_id}/"])
    return counts


async def _take_from_others(session: Session, person_id: str) -> None:
    """What a restored backup may hold of a link to this person, in the rows of the other."""
    for sql in (
        "delete from rights where side = $1"
        " and person_id in (select other from links where person_id = $1)",
        "delete from links where other = $1",
        "update merges set undone = statement_timestamp()"
        " where other = $1 and kind = 'merge' and undone is null",
    ):
        await session.fetch(sql, [person_id])


async def referrers_from_elsewhere(session: Session, person_id: str) -> list[str]:
    """`Type/id` of what is not the person's and refers to something of theirs in any version.
    session: inside a snapshot, as every entry is read."""
    rows = await session.fetch(
        "select type, id from locators where person_id = $1 order by type, id", [person_id]
    )
    wanted = [f"/{person_id}{end}" for end in ('"', "/", "#", "-")]
    wanted += [f"{row['type']}/{row['id']}{end}" for row in rows for end in ('"', "/", "#")]
    arguments: Sequence[object] = [person_id, [one.encode() for one in wanted]]
    return [f"{row['type']}/{row['id']}" async for row in session.stream(_REFERRERS, arguments)]


async def keys_by_hash(session: Session, hashes: Sequence[str]) -> Mapping[str, str]:
    """The keys of the records that are here, by their hashes. session: inside a snapshot."""
    found = [row["person_id"] async for row in session.stream(_BY_HASH, [list(hashes)])]
    return {hash_of(person_id): person_id for person_id in found}


async def is_erased_since(session: Session, person_id: str, moment: datetime) -> bool:
    """Whether the person's log tells of an erasure at that moment or later."""
    rows = await session.fetch(_IS_ERASED, [person_id, moment, ERASED])
    return bool(rows[0]["yes"])
