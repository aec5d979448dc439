"""Audit events as the store is given them, and a database's superuser who is not kept out."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from app.access.audit_walk import Fault, walk
from app.store.database import Database, connect
from app.store.resources import AuditRow, write_audit
from app.store.unit import Store

ERASING = """update audit_events set id = '', updated = 'epoch', agent = '', tokens = '{}',
  body = '', salt = null"""
WHEN = datetime(2026, 11, 26, 12, tzinfo=UTC)
DROPPED = (
    "alter table audit_events drop constraint pk_audit_events",
    "alter table audit_events alter seq drop not null, alter shard drop not null",
)


async def opened(url: str, pool_size: int = 4, lock_timeout_ms: int = 3_000) -> Database:
    """The store's own connections."""
    return await connect(
        url,
        pool_size=pool_size,
        statement_timeout_ms=10_000,
        lock_timeout_ms=lock_timeout_ms,
        idle_timeout_ms=30_000,
    )


def event(person_id: str, id: str, **changed: Any) -> AuditRow:
    """One AuditEvent about a person."""
    body = f'{{"resourceType":"AuditEvent","id":"{id}"}}'.encode()
    given = {"agent": "Organization/gp-surgery", "tokens": ["action=R", f"id={id}"], "body": body}
    return AuditRow(person_id, id, WHEN, **(given | changed))


def write_chains(url: str, counts: dict[str, int]) -> None:
    """So many events for each person, one after the other."""

    async def write(store: Store) -> None:
        for person_id, count in counts.items():
            for n in range(1, count + 1):
                await store.unit().audit([event(person_id, f"{person_id}-{n}")])

    in_store(url, write)


def in_store(url: str, act: Callable[[Store], Coroutine[Any, Any, None]]) -> None:
    """Do something with the store."""

    async def run() -> None:
        database = await opened(url)
        try:
            await act(Store(database))
        finally:
            await database.close()

    asyncio.run(run())


def faults(url: str) -> list[Fault]:
    """The first bad entry of each chain, as the verifier finds it."""
    found: list[Fault] = []

    async def look(store: Store) -> None:
        session = store.database.session()
        async with session.snapshot():
            found.extend([one.fault async for one in walk(session) if one.fault])

    in_store(url, look)
    return found


def places(url: str) -> list[tuple[str, int]]:
    """(person, entry) of each of them."""
    return [(fault.person_id, fault.seq) for fault in faults(url)]


def as_superuser(url: str, *statements: str) -> None:
    """Statements of one who may do everything: no trigger and no constraint trigger is heard."""
    run_in_replica(url, [(statement, ()) for statement in statements])


def run_in_replica(url: str, statements: Sequence[tuple[str, Sequence[object]]]) -> None:
    """The same, with arguments."""

    async def run() -> None:
        connection = await superuser(url)
        try:
            await connection.execute("set session_replication_role = replica")
            async with connection.transaction():
                for sql, arguments in statements:
                    await connection.execute(sql, *arguments)
        finally:
            await connection.close()

    asyncio.run(run())


async def superuser(url: str) -> asyncpg.Connection:
    """A connection of a superuser: with the address itself if it is one's, or else, on the embedded
    server, by a door in its own files that only whoever owns the machine can open."""
    connection = await asyncpg.connect(url)
    if await connection.fetchval("select usesuper from pg_user where usename = current_user"):
        return connection
    doors = Path(await connection.fetchval("show hba_file"))
    await connection.close()
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host")
    if not host or not os.access(doors, os.W_OK):
        pytest.skip("this server lets no superuser in")
    opened = "local all postgres trust\n"
    if not doors.read_text().startswith(opened):
        doors.write_text(opened + doors.read_text())
        os.kill(int((doors.parent / "postmaster.pid").read_text().split()[0]), signal.SIGHUP)
    port = parse_qs(parts.query).get("port", [str(parts.port or 5432)])[0]
    deadline = time.monotonic() + 10
    while True:
        try:
            return await asyncpg.connect(
                host=host[0], port=int(port), user="postgres", database=parts.path[1:]
            )
        except asyncpg.InvalidAuthorizationSpecificationError:  # the server reads its files soon
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)


def write_rows(url: str, rows: Sequence[AuditRow]) -> None:
    """Several in one statement."""

    async def write(store: Store) -> None:
        await write_audit(store.database.session(), rows)

    in_store(url, write)
