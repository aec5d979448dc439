"""The ceiling in the database: what the service asks PostgreSQL for a request, asked by asyncpg
alone.

The statements are the service's own: each request is carried out once by its own code over a
session that notes what is sent. Writes are noted and not carried out, so that they are new when
they are timed.
"""

import asyncio
import math
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any, NamedTuple, TypeAlias

from app.access.acts import Act
from app.access.caller import Caller
from app.access.decision import decide
from app.interactions.address import address
from app.interactions.batch import batch_or_transaction
from app.interactions.perform import perform
from app.interactions.placing import wanted
from app.interactions.visit import Ask, Record
from app.main import make_record
from app.settings import Settings
from app.store.database import Database, Session, connect
from benchmarks.client import Load, Timed

_POOL_SIZE = 12  # as the service's own
_MOST_MILLISECONDS = 60_000
_AUDIT_ID = re.compile("[0-9a-f]{24,64}")


class Sent(NamedTuple):
    """One statement. planned: it goes to the connections that plan for its arguments."""

    text: str
    arguments: Sequence[object]
    planned: bool = False


Statements: TypeAlias = tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class Noted:
    """One request's statements. once: they write, so they can be sent only once. audited: of a read
    or search, the same with what is written so that it is known; that can be sent again under a
    new id."""

    statements: Statements
    once: bool
    audited: Statements = ()


async def open_database(url: str) -> Database:
    """A pool like the service's own."""
    return await connect(
        url,
        pool_size=_POOL_SIZE,
        statement_timeout_ms=_MOST_MILLISECONDS,
        lock_timeout_ms=_MOST_MILLISECONDS,
        idle_timeout_ms=_MOST_MILLISECONDS,
    )


async def note(
    database: Database,
    asker: "Asker",
    requests: Iterable[bytes],
    *,
    most_seconds: float = math.inf,
) -> list[Noted]:
    """What each of these HTTP requests makes the service send; fewer, but one at least, when time
    is up."""
    noting = _Noting(database)
    record = make_record(asker.settings, noting)
    end = time.monotonic() + most_seconds
    noted = []
    for request in requests:
        noted.append(await _note(noting, record, asker.caller, ask_of(request)))
        if time.monotonic() > end:
            break
    return noted


@dataclass(frozen=True, slots=True)
class Asker:
    """In whose name, and at which address."""

    settings: Settings
    caller: Caller


def ask_of(request: bytes) -> Ask:
    """The ask in a request to the FHIR base, as the door would make it."""
    head, _, body = request.partition(b"\r\n\r\n")
    method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
    path, _, query = target.partition("?")
    where = address(method, path.removeprefix("/fhir").strip("/"))
    return Ask(where.act or Act.READ, where.type, where.id, method=method, query=query, body=body)


async def replay(database: Database, noted: Iterator[Noted], load: Load) -> Timed:
    """Send them, so many at a time; ends early when nothing is left to send."""
    timed = Timed()
    warm = time.perf_counter() + load.warm_up
    end = warm + load.seconds
    tasks = [_send_on(database, noted, timed, warm, end) for _ in range(load.connections)]
    await asyncio.gather(*tasks)
    timed.seconds = max(time.perf_counter() - warm, 1e-9)
    return timed


def again_and_again(noted: Sequence[Noted]) -> Iterator[Noted]:
    """Without end when they only read; each once when they write."""
    return iter(noted) if noted[0].once else cycle(noted)


def audited(noted: Iterator[Noted]) -> Iterator[Noted]:
    """The same with their audits, each under a new id."""
    for one in noted:
        yield Noted(tuple(_as_new(sent) for sent in one.audited), once=False)


def _as_new(sent: Sent) -> Sent:
    if not _writes(sent.text):
        return sent
    return sent._replace(arguments=[_with_new_id(a) for a in sent.arguments])


def _with_new_id(argument: object) -> object:
    if isinstance(argument, list) and all(isinstance(a, str) and is_audit_id(a) for a in argument):
        return [secrets.token_hex(len(old) // 2) for old in argument]
    return argument


def is_audit_id(text: str) -> bool:
    """Whether the text is the id of an AuditEvent."""
    return _AUDIT_ID.fullmatch(text) is not None


async def send(database: Database, noted: Noted) -> None:
    """Send one request's statements; those that write together, in one transaction."""
    if noted.once and len(noted.statements) > 1:
        async with database.usual.transaction() as connection:
            for statement in noted.statements:
                await connection.fetch(statement.text, *statement.arguments)
        return
    for statement in noted.statements:
        connections = database.planned if statement.planned else database.usual
        await connections.fetch(statement.text, statement.arguments)


async def _send_on(
    database: Database, noted: Iterator[Noted], timed: Timed, warm: float, end: float
) -> None:
    for one in noted:
        sent = time.perf_counter()
        if sent >= end:
            return
        await send(database, one)
        done = time.perf_counter()
        if done >= warm:
            timed.latencies.append(done - sent)


async def _note(noting: "_Noting", record: Record, caller: Caller, ask: Ask) -> Noted:
    noting.sent.clear()
    if ask.act in (Act.BATCH, Act.TRANSACTION):
        await batch_or_transaction(record, caller, ask)
    else:
        await perform(record, caller, ask)
    sent = tuple(noting.sent)
    if ask.act is Act.READ:
        # The service reads and audits in one; the read by itself is what it does before a change.
        noting.sent.clear()
        permit = decide(caller, ask.act, ask.type)
        await record.store.unit().read(permit, wanted(ask.type or "", ask.id or ""))
        return Noted(tuple(noting.sent), once=False, audited=sent)
    if ask.act is Act.SEARCH_TYPE:
        reads = tuple(one for one in sent if not _writes(one.text))
        return Noted(reads, once=False, audited=sent)
    return Noted(tuple(one for one in sent if _writes(one.text)), once=True)


def _writes(sql: str) -> bool:
    return "insert into" in sql


def _reads_too(sql: str) -> bool:
    return sql.endswith("select * from found")


class _Noting(Database):
    """A database whose sessions note what is sent."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.usual, database.planned)
        self.sent: list[Sent] = []

    def session(self) -> Session:
        return _NotingSession(self)


class _NotingSession(Session):
    """Notes every statement; answers a write as if it had been done."""

    def __init__(self, noting: _Noting) -> None:
        super().__init__(noting)
        self._sent = noting.sent

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[Any]:
        self._sent.append(Sent(sql, tuple(arguments)))
        if not _writes(sql) or _reads_too(sql):
            return await super().fetch(sql, arguments)
        first = arguments[0]
        return [{"n": n} for n in range(len(first) if isinstance(first, list) else 0)]

    async def fetch_planned(self, sql: str, arguments: Sequence[object]) -> list[Any]:
        self._sent.append(Sent(sql, tuple(arguments), planned=True))
        return await super().fetch_planned(sql, arguments)
