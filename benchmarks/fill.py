"""Fills a record with made-up people faster than any door could.

The service's own code carries out the transactions that would store the first people, over a
session that notes the statements; what was noted is sent for them, and again for everybody who
tells the same story under other ids. The indexes that are no keys are made at the end. What is
left is what a load would have left: versions, index, change log and audit.
https://www.postgresql.org/docs/current/populate.html
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

import asyncpg

from app.cli import made_up_people as people
from app.cli.load import loader
from app.cli.made_up_people import Person
from app.fhir.json_guard import encode
from app.fhir.resource_types import Json
from app.settings import Settings
from benchmarks import sql

TOGETHER = 10  # people in one transaction
_PROCESSES = 2
_AUDIT_ID_MEMBER = re.compile(rb'"id":"([0-9a-f]{20,60})[0-9a-f]{4}"')

_SECONDARY_INDEXES = """
select i.indexdef as made_by, quote_ident(i.indexname) as name
from pg_indexes i
where i.schemaname = current_schema()
  and not exists (select from pg_constraint c where c.conname = i.indexname)
order by i.indexname
"""

Text = TypeVar("Text", str, bytes)


def fill(url: str, fhir_base: str, count: int) -> None:
    """Store the first `count` people, in tens. url: of a migrated database that holds the demo
    organisations."""
    if count % TOGETHER:
        raise ValueError(f"people come in groups of {TOGETHER}")
    indexes = asyncio.run(_drop_indexes(url))
    processes = _PROCESSES if count >= people.VARIETIES else 1
    told = min(count, people.VARIETIES)
    parts = [
        (url, fhir_base, count, range(n * TOGETHER, told, processes * TOGETHER))
        for n in range(processes)
    ]
    if processes == 1:
        _fill_part(parts[0])
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            list(pool.map(_fill_part, parts))
    asyncio.run(_make_indexes(url, indexes))
    settle(url)


def settle(url: str) -> None:
    """Do now what the server's own housekeeping would do in time, so that it disturbs nobody."""
    asyncio.run(_run(url, ["vacuum analyze", "checkpoint"]))


def transaction(resources: Sequence[Json]) -> bytes:
    """The request that stores them together under their own ids."""
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in resources
    ]
    body = encode({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    return b"POST /fhir HTTP/1.1\r\n\r\n" + body


def load_asker(fhir_base: str) -> sql.Asker:
    """Whoever runs `load`."""
    base_url = fhir_base.removesuffix("/fhir")
    settings = Settings(base_url=base_url, secret="made up")  # noqa: S106  (seals no page token)
    return sql.Asker(settings, loader("care-board"))


def _fill_part(part: tuple[str, str, int, range]) -> None:
    asyncio.run(_store(*part))


async def _store(url: str, fhir_base: str, count: int, firsts: range) -> None:
    """Store these tens of people, and up to `count` everybody who tells the same stories."""
    database = await sql.open_database(url)
    asker = load_asker(fhir_base)
    for first in firsts:
        resources = [one for some in people.resources(first, TOGETHER) for one in some]
        (noted,) = await sql.note(database, asker, [transaction(resources)])
        for statements in retold(noted.statements, first, range(first, count, people.VARIETIES)):
            await sql.send(database, sql.Noted(statements, once=True))
    await database.close()


def retold(
    statements: sql.Statements, first: int, others: Sequence[int]
) -> Iterator[sql.Statements]:
    """What the service would send for ten people who tell the same stories.

    first: the number of the first of the ten whom the statements are about. others: of each ten
    who tell them too, the first.
    """
    old = _names(first)
    places = [[_Column.of(argument, old) for argument in one.arguments] for one in statements]
    for other in others:
        new = _names(other)
        yield tuple(
            sql.Sent(one.text, [column.with_names(new, other) for column in columns])
            for one, columns in zip(statements, places, strict=True)
        )


def _names(first: int) -> list[str]:
    """Everything by which one of the ten differs from who tells the same story."""
    numbers = range(first, first + TOGETHER)
    return [Person(n).id for n in numbers] + [people.nhs_number(n) for n in numbers]


@dataclass(frozen=True, slots=True)
class _Column:
    """One argument of a statement. found: for each of its texts, where names stand for others."""

    argument: object
    old: Sequence[str]
    found: Sequence[tuple[int, ...]] | None

    @classmethod
    def of(cls, argument: object, old: Sequence[str]) -> "_Column":
        """Look for the names in every text of an array; other arguments stay as they are."""
        if not isinstance(argument, list) or not any(isinstance(x, str | bytes) for x in argument):
            return cls(argument, old, None)
        return cls(argument, old, [_found(text, old) for text in argument])

    def with_names(self, new: Sequence[str], other: int) -> object:
        """The same argument about other people."""
        if self.found is None or not isinstance(self.argument, list):
            return self.argument
        return [
            text if text is None else _with_audit_id(self._renamed(text, places, new), other)
            for text, places in zip(self.argument, self.found, strict=True)
        ]

    def _renamed(self, text: Text, places: tuple[int, ...], new: Sequence[str]) -> Text:
        for n in places:
            if isinstance(text, str):
                text = text.replace(self.old[n], new[n])
            else:
                text = text.replace(self.old[n].encode(), new[n].encode())
        return text


def _found(text: str | bytes | None, names: Sequence[str]) -> tuple[int, ...]:
    if text is None:
        return ()
    if isinstance(text, str):
        return tuple(n for n, name in enumerate(names) if name in text)
    return tuple(n for n, name in enumerate(names) if name.encode() in text)


def _with_audit_id(text: Text, other: int) -> Text:
    """An AuditEvent's id is nobody's twice: its end says whose story it tells."""
    end = f"{other // people.VARIETIES:04x}"
    if isinstance(text, bytes):
        return _AUDIT_ID_MEMBER.sub(rb'"id":"\g<1>%b"' % end.encode(), text, count=1)
    return text[:-4] + end if sql.is_audit_id(text) else text


async def _drop_indexes(url: str) -> list[str]:
    """Take away the indexes that are no keys; returns the statements that make them again."""
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch(_SECONDARY_INDEXES)
        for row in found:
            await connection.execute(f"drop index {row['name']}")
        return [row["made_by"] for row in found]
    finally:
        await connection.close()


async def _make_indexes(url: str, indexes: Sequence[str]) -> None:
    await asyncio.gather(*(_run(url, indexes[n::2]) for n in range(2)))


async def _run(url: str, statements: Sequence[str]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
