"""One unit of work against the store: reads, writes and audits that share statements with their
neighbours in time,
or one connection and one commit inside a transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from msgspec.structs import replace

from app.fhir.labels import HIDDEN_DEED, Label
from app.store.database import Database, Record, Session
from app.store.group import Group
from app.store.links import Around, around
from app.store.permit import Permit
from app.store.resources import (
    VERSION_READ,
    AuditRow,
    Row,
    Viewing,
    Wanted,
    Write,
    find_many,
    hold,
    read_many,
    view_many,
    write,
    write_audit,
)

Asked = TypeVar("Asked")
Told = TypeVar("Told")

_MOST_READS = 64
_MOST_WRITES = 32
_MOST_AUDITS = 128


class Store:
    """The record's memory for one worker: the pool, and the groups in which requests travel
    together."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.read_group = Group(self._read, most=_MOST_READS, turns=2)
        self.view_group = Group(self._view, most=_MOST_READS, turns=2)
        self.write_group = Group(self._write, most=_MOST_WRITES, turns=2, key=_key)
        self.find_group = Group(self._find, most=_MOST_READS, turns=2)
        self.audit_group = Group(self._audit, most=_MOST_AUDITS, turns=2)
        self.people_group = Group(self._around, most=_MOST_READS, turns=2)

    def unit(self) -> "Unit":
        """A new unit of work."""
        return Unit(self)

    async def _read(self, asked: Sequence[tuple[Permit, Wanted]]) -> list[Row | None]:
        async def read(permit: Permit, wanted: Sequence[Wanted]) -> list[Row | None]:
            return await read_many(self.database.session(), permit, wanted)

        return await _each_inside_its_permit(asked, read)

    async def _view(self, asked: Sequence[tuple[Permit, Viewing]]) -> list[Row | None]:
        async def view(permit: Permit, viewings: Sequence[Viewing]) -> list[Row | None]:
            return await view_many(self.database.session(), permit, viewings)

        return await _each_inside_its_permit(asked, view)

    async def _find(
        self, asked: Sequence[tuple[Permit, tuple[Wanted, ...]]]
    ) -> list[list[str | None]]:
        async def find(
            permit: Permit, several: Sequence[tuple[Wanted, ...]]
        ) -> list[list[str | None]]:
            once = list(dict.fromkeys(one for wanted in several for one in wanted))
            people = await find_many(self.database.session(), permit, once)
            found = dict(zip(once, people, strict=True))
            return [[found[one] for one in wanted] for wanted in several]

        return await _each_inside_its_permit(asked, find)

    async def _write(self, writes: Sequence[Write]) -> list[bool]:
        return await write(self.database.session(), writes)

    async def _audit(self, rows: Sequence[Sequence[AuditRow]]) -> list[None]:
        await write_audit(self.database.session(), [row for some in rows for row in some])
        return [None] * len(rows)

    async def around(self, person_id: str) -> Around:
        """Which other records are this person's just now, and whether any is frozen."""
        return await self.people_group(person_id)

    async def _around(self, people: Sequence[str]) -> list[Around]:
        return await around(self.database.session(), people)


async def _each_inside_its_permit(
    asked: Sequence[tuple[Permit, Asked]],
    run: Callable[[Permit, Sequence[Asked]], Awaitable[Sequence[Told]]],
) -> list[Told]:
    """What is asked inside one permit goes in one statement; those of several permits go side by
    side. Answers in the order asked."""
    places_by_permit: dict[Permit, list[int]] = {}
    for n, (permit, _) in enumerate(asked):
        places_by_permit.setdefault(permit, []).append(n)
    answers = await asyncio.gather(
        *(run(permit, [asked[n][1] for n in places]) for permit, places in places_by_permit.items())
    )
    by_place: dict[int, Told] = {}
    for places, some in zip(places_by_permit.values(), answers, strict=True):
        by_place.update(zip(places, some, strict=True))
    return [by_place[n] for n in range(len(asked))]


def _key(item: Write) -> tuple[str, str, str]:
    return item.key


def _audit_of(viewing: Viewing, row: Row) -> AuditRow:
    """The audit of a read, once the version that was read is known."""
    audit, version = viewing.audit, str(row.version)
    tokens = [token.replace(VERSION_READ, version) for token in audit.tokens]
    if row.labels & Label.HIDDEN_FROM_PERSON:
        tokens.append(HIDDEN_DEED)
    body = audit.body.replace(VERSION_READ.encode(), version.encode())
    return replace(audit, tokens=tokens, body=body)


class Unit:
    """What one request does. Outside `transaction()` each call is durable when it returns."""

    __slots__ = ("_audits", "_store", "session")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._audits: list[AuditRow] = []
        self.session: Session = store.database.session()

    @property
    def in_transaction(self) -> bool:
        """Whether what is written now commits only later."""
        return self.session.connection is not None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All that happens inside commits together, or not at all.

        Its audits are written last: the head of a chain is held until the commit, and everybody
        who has to do with that person waits for it.
        """
        self._audits = []
        async with self.session.transaction():
            yield
            if self._audits:
                await write_audit(self.session, self._audits)

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[Record]:
        """Run one statement of this floor."""
        return await self.session.fetch(sql, arguments)

    async def fetch_planned(self, sql: str, arguments: Sequence[object]) -> list[Record]:
        """Run one statement of this floor, planned for its arguments."""
        return await self.session.fetch_planned(sql, arguments)

    async def read(self, permit: Permit, wanted: Wanted) -> Row | None:
        """The current version, deleted or not, or None where this permit sees nothing."""
        if self.in_transaction:
            return (await read_many(self.session, permit, [wanted]))[0]
        return await self._store.read_group((permit, wanted))

    async def view(self, permit: Permit, viewing: Viewing) -> Row | None:
        """The same, and where it is there, its audit is durable (or part of the transaction)."""
        if self.in_transaction:
            row = await self.read(permit, viewing.wanted)
            if row is not None and not row.deleted:
                self._audits.append(_audit_of(viewing, row))
            return row
        return await self._store.view_group((permit, viewing))

    async def read_many(self, permit: Permit, wanted: Sequence[Wanted]) -> list[Row | None]:
        """The same for several at once, in order."""
        return await read_many(self.session, permit, wanted) if wanted else []

    async def find_many(self, permit: Permit, wanted: Sequence[Wanted]) -> list[str | None]:
        """Where each lives (a person's id or the directory key); None where there is nothing to
        see."""
        if not wanted:
            return []
        if self.in_transaction:
            return await find_many(self.session, permit, wanted)
        return await self._store.find_group((permit, tuple(wanted)))

    async def linked(self, people: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The others of each of these people who has more than one record."""
        asked = list(dict.fromkeys(people))
        if self.in_transaction:
            found = await around(self.session, asked)
        else:
            found = list(await asyncio.gather(*map(self._store.people_group, asked)))
        return {id: one.linked for id, one in zip(asked, found, strict=True) if one.linked}

    async def records_of(self, person: str) -> tuple[str, ...]:
        """A person, and the others of theirs where they have more than one record."""
        return (person, *(await self.linked([person])).get(person, ()))

    async def hold(self, wanted: Sequence[Wanted]) -> None:
        """Inside a transaction: let nobody refer to these until it ends."""
        if wanted:
            await hold(self.session, wanted)

    async def write(self, item: Write) -> bool:
        """Write one version; False when another version was there first, and then nothing is
        written."""
        if self.in_transaction:
            return (await self.write_all([item]))[0]
        return await self._store.write_group(item)

    async def write_all(self, items: Sequence[Write]) -> list[bool]:
        """Inside a transaction: write several in one statement; no two may have one key."""
        if not items:
            return []
        done = await write(self.session, [replace(item, audit=()) for item in items])
        for item, is_written in zip(items, done, strict=True):
            if is_written:
                self._audits += item.audit
        return done

    async def audit(self, rows: Sequence[AuditRow]) -> None:
        """Make audit events durable (or part of the transaction) before anything is answered."""
        if not rows:
            return
        if self.in_transaction:
            self._audits += rows
        else:
            await self._store.audit_group(rows)
