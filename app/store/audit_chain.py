"""The chains of audit events: what is hashed, reading them from end to end, and erasing content.

Each event has a leaf, the hash of a salt and of all that the row holds, and a link, the hash of
the link before it, its place and its leaf. The database makes them as it writes the row
(alembic/versions/20261126_chain_that_is_there.py); here they are made again from outside, to
compare. A leaf outlives what it is the hash of: without the salt it tells nothing, and the chain
still holds.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from app.store.database import Record, Session
from app.store.resources import AuditRow, write_audit

DIRECTORY_SHARDS = 16  # as in the migration
ERASED = "erased=true"

_LEAF = b"whatmatters audit leaf 1\0"
_LINK = b"whatmatters audit link 1\0"
_CHAIN = b"whatmatters audit chain 1\0"

# The beginning of 1970 and an array without texts, in PostgreSQL's binary form.
_EPOCH = (-946_684_800_000_000).to_bytes(8, signed=True)
_NO_TEXTS = bytes.fromhex("000000000000000000000019")

_EVENTS = """
select e.person_id, e.shard, e.seq, e.id, timestamptz_send(e.updated) as updated, e.agent,
  array_send(e.tokens) as tokens, e.body, e.salt, e.leaf, e.link,
  h.seq as head_seq, h.link as head_link
from audit_events e left join audit_heads h on h.person_id = e.person_id and h.shard = e.shard
order by e.person_id, e.shard, e.seq"""

_EMPTY = """
select h.person_id, h.shard from audit_heads h
where not exists (
  select from audit_events e where e.person_id = h.person_id and e.shard = h.shard)
order by h.person_id, h.shard"""

_LINKS = """
select w.n, e.link, coalesce((
  select max(o.seq) from audit_events o where o.person_id = w.person_id and o.shard = w.shard
), 0) as last
from unnest($1::int[], $2::text[], $3::smallint[], $4::bigint[]) as w(n, person_id, shard, seq)
left join audit_events e
  on e.person_id = w.person_id and e.shard = w.shard and e.seq = w.seq
order by w.n"""

_ERASE = """
update audit_events
set id = '', updated = 'epoch', agent = '', tokens = '{}', body = '', salt = null
where person_id = $1 and shard = 0 and seq <= $2 and salt is not null
returning seq"""


class ChainedEvent(Struct, frozen=True):
    """One row of `audit_events`, as the verifier reads it; a column that was made null is None.

    updated, tokens: in PostgreSQL's binary form. head_seq, head_link: where the chain ends.
    """

    person_id: str
    shard: int
    seq: int | None
    id: str | None
    updated: bytes | None
    agent: str | None
    tokens: bytes | None
    body: bytes | None
    salt: bytes | None
    leaf: bytes | None
    link: bytes | None
    head_seq: int | None
    head_link: bytes | None

    @property
    def is_erased(self) -> bool:
        """Whether everything that an erasure takes away is gone, and nothing else stands there."""
        left = (self.salt, self.id, self.updated, self.agent, self.tokens, self.body)
        return left == (None, "", _EPOCH, "", _NO_TEXTS, b"")

    @property
    def words(self) -> list[str]:
        """The index entries."""
        return _texts(self.tokens or b"")


class Head(Struct, frozen=True, array_like=True):
    """Where a chain ends. link: hexadecimal."""

    person_id: str
    shard: int
    seq: int
    link: str


def start_of(person_id: str, shard: int) -> bytes:
    """What the first link of a chain follows, so that no chain can stand in for another."""
    return sha256(_CHAIN + _sized(person_id.encode()) + shard.to_bytes(2, signed=True)).digest()


def leaf_of(event: ChainedEvent) -> bytes | None:
    """The hash of a row and its salt; None when something is missing that every row has."""
    parts = (event.salt, event.id, event.updated, event.agent, event.tokens, event.body)
    if None in parts:
        return None
    return sha256(
        _LEAF
        + (event.salt or b"")
        + _sized(event.person_id.encode())
        + _sized((event.id or "").encode())
        + (event.updated or b"")
        + _sized((event.agent or "").encode())
        + _sized(event.tokens or b"")
        + _sized(event.body or b"")
    ).digest()


def link_of(previous: bytes, seq: int, leaf: bytes) -> bytes:
    """The hash that ties an event to the one before it."""
    return sha256(_LINK + previous + seq.to_bytes(8, signed=True) + leaf).digest()


def _sized(value: bytes) -> bytes:
    return len(value).to_bytes(4, signed=True) + value


def _texts(array: bytes) -> list[str]:
    """The texts of a one-dimensional array in PostgreSQL's binary form; empty for any other."""
    if len(array) < 20 or int.from_bytes(array[:4]) != 1:
        return []
    texts, at = [], 20
    while at + 4 <= len(array):
        size = int.from_bytes(array[at : at + 4], signed=True)
        texts.append(array[at + 4 : at + 4 + max(size, 0)].decode(errors="replace"))
        at += 4 + max(size, 0)
    return texts


async def chained_events(session: Session) -> AsyncIterator[ChainedEvent]:
    """Every audit event, chain by chain, each from its start. session: inside a snapshot."""
    async for row in session.stream(_EVENTS, []):
        yield ChainedEvent(*row.values())


async def empty_chains(session: Session) -> AsyncIterator[tuple[str, int]]:
    """(person, shard) of the chains that have a head, and no event at all."""
    async for row in session.stream(_EMPTY, []):
        yield row["person_id"], row["shard"]


async def count_events(session: Session) -> int:
    """About how many events there are."""
    rows = await session.fetch("select sum(seq)::bigint as n from audit_heads", [])
    return rows[0]["n"] or 0


async def heads(session: Session) -> AsyncIterator[Head]:
    """Where each chain ends, in the order of the bytes of (person, shard). session: inside a
    snapshot."""
    sql = 'select * from audit_heads order by person_id collate "C", shard'
    async for row in session.stream(sql, []):
        yield Head(row["person_id"], row["shard"], row["seq"], row["link"].hex())


async def links(
    session: Session, places: Sequence[tuple[str, int, int]]
) -> list[tuple[str | None, int]]:
    """What stands at (person, shard, seq), in the order asked: the link in hexadecimal, or None
    where there is no event; and the last place of the chain, 0 where there is none."""
    columns: list[list[object]] = [list(column) for column in zip(*places, strict=True)]
    rows = await session.fetch(_LINKS, [list(range(len(places))), *columns])
    return [(_hexadecimal(row), row["last"]) for row in rows]


def _hexadecimal(row: Record) -> str | None:
    return None if row["link"] is None else row["link"].hex()


async def erase_audit(session: Session, person_id: str, notice: AuditRow) -> int:
    """Take the content of all audit events of one person away for good; how many there were.

    session: inside a transaction. notice: the AuditEvent of this erasure, of the same person. It
    is chained behind what was erased: without it, the chain would not verify.
    """
    rows = await session.fetch(
        "select seq from audit_heads where person_id = $1 and shard = 0 for update", [person_id]
    )
    erased = await session.fetch(_ERASE, [person_id, rows[0]["seq"]]) if rows else []
    await write_audit(session, [replace(notice, tokens=[*notice.tokens, ERASED])])
    return len(erased)


async def take_sealing_turn(session: Session) -> bool:
    """Whether nobody else is sealing; held until the transaction ends."""
    rows = await session.fetch(
        "select pg_try_advisory_xact_lock(hashtextextended('audit seal', 0)) as taken", []
    )
    return bool(rows[0]["taken"])


async def has_chains(session: Session) -> bool:
    """Whether the tables are those of a version that chains."""
    rows = await session.fetch("select to_regclass('audit_seals') is not null as yes", [])
    return bool(rows[0]["yes"])


async def newest_seal(session: Session) -> tuple[int, bytes] | None:
    """The number and the SHA-256 of the newest seal that was noted."""
    rows = await session.fetch("select n, digest from audit_seals order by n desc limit 1", [])
    return (rows[0]["n"], rows[0]["digest"]) if rows else None


async def note_seal(session: Session, n: int, made: datetime, digest: bytes) -> None:
    """Note that a seal was made."""
    await session.fetch(
        "insert into audit_seals (n, made, digest) values ($1, $2, $3)", [n, made, digest]
    )
