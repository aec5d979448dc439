"""The one place that speaks to the driver: the pool, its timeouts, sessions, and what a lost
connection means.

SQLAlchemy describes the tables (app/store/tables.py); asyncpg runs the statements
(docs/decisions/0003).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias

import asyncpg

from app.errors import Unavailable, Unreachable

Record: TypeAlias = Any  # asyncpg.Record, which has no type hints
Fetch: TypeAlias = Callable[[str, Sequence[object]], Awaitable[list[Record]]]

ACQUIRE_SECONDS = 5.0
PLANNED_CONNECTIONS = 4
_AT_ONCE = 500  # rows of a stream that are in memory together
_STREAM_SECONDS = 3_600.0  # before the first of them comes, when all must be sorted
# No connection, or one that broke: of a statement under way nobody knows whether it was done.
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    OSError,
    TimeoutError,
)
# The statement was given up, and nothing of it was done.
_BUSY = (
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InternalServerError,
)
# The statement could not be done, and nothing of it was: the server lets nothing be written, or not
# by us.
_UNWRITABLE = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ReadOnlySQLTransactionError,
)
_AUDIT_TABLES = ("audit_events", "audit_heads")
_LOST_TEXT = (
    "The record cannot be reached just now. Please try again in a few seconds; "
    "if you were writing, look first whether it is there."
)
_BUSY_TEXT = "The record is busy, and nothing was changed. Please try again in a few seconds."

_UNRECORDED_TEXT = (
    "What was asked could not be recorded, so nothing was done and nothing is told. "
    "Please tell whoever looks after the record, and try again later."
)


@contextmanager
def _answering() -> Iterator[None]:
    """Raises Unreachable or Unavailable for what the driver says of a database that cannot
    answer."""
    try:
        yield
    except _LOST as error:
        raise Unreachable(_LOST_TEXT) from error
    except _BUSY as error:
        raise Unavailable(_BUSY_TEXT) from error
    except _UNWRITABLE as error:
        raise Unavailable(_UNRECORDED_TEXT) from error
    except asyncpg.IntegrityConstraintViolationError as error:
        if error.table_name not in _AUDIT_TABLES:
            raise
        raise Unavailable(_UNRECORDED_TEXT) from error


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no type hints
    """A connection that is handed back clean by us, so it needs no reset round trip."""

    def get_reset_query(self) -> str:
        return ""


class Connections:
    """A pool, of which what is free is kept at hand: to take a connection from asyncpg's pool and
    hand it back costs more processor time than a small statement does.

    Only those that ended a statement well are kept; any other goes back to the pool, which looks
    after it. So do all of them while somebody waits there.
    """

    __slots__ = ("_closing", "_free", "_pool", "_waiting")

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._free: list[Any] = []
        self._waiting = 0
        self._closing = False

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[Record]:
        """Run one statement on any connection."""
        connection = await self._take()
        try:
            records = await connection.fetch(sql, *arguments)
        except BaseException:
            await self._pool.release(connection)
            raise
        await self._keep(connection)
        return records  # type: ignore[no-any-return]

    @asynccontextmanager
    async def transaction(self, **kind: str) -> AsyncIterator[Any]:
        """A connection, for one transaction that is committed at the end, or not at all."""
        connection = await self._take()
        try:
            async with connection.transaction(**kind):
                yield connection
        except BaseException:
            await self._pool.release(connection)
            raise
        await self._keep(connection)

    async def close(self) -> None:
        """Let running statements end, for at most ten seconds, then close."""
        self._closing = True
        while self._free:
            await self._pool.release(self._free.pop())
        try:
            await asyncio.wait_for(self._pool.close(), timeout=10)
        except TimeoutError:
            self._pool.terminate()

    async def _take(self) -> Any:
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
            await self._pool.release(connection)
        self._waiting += 1
        try:
            return await self._pool.acquire(timeout=ACQUIRE_SECONDS)
        finally:
            self._waiting -= 1

    async def _keep(self, connection: Any) -> None:
        if self._waiting or self._closing:
            await self._pool.release(connection)
        else:
            self._free.append(connection)


class Session:
    """One unit of work. Statements run alone until `transaction()`; inside it they share one
    connection."""

    __slots__ = ("connection", "database")

    def __init__(self, database: "Database") -> None:
        self.database = database
        self.connection: Any = None

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[Record]:
        """Run one statement; raises Unavailable when the database cannot answer."""
        with _answering():
            if self.connection is not None:
                return await self.connection.fetch(sql, *arguments)  # type: ignore[no-any-return]
            return await self.database.usual.fetch(sql, arguments)

    async def fetch_planned(self, sql: str, arguments: Sequence[object]) -> list[Record]:
        """Run one statement with a plan made for its arguments, for searches over everybody."""
        if self.connection is not None:
            return await self.fetch(sql, arguments)
        with _answering():
            return await self.database.planned.fetch(sql, arguments)

    @asynccontextmanager
    async def transaction(self, **kind: str) -> AsyncIterator[None]:
        """All statements inside commit together at the end, or not at all. Not nested. kind: what
        the driver is told of it."""
        if self.connection is not None:
            raise RuntimeError("a session holds one transaction at a time")
        with _answering():
            async with self.database.usual.transaction(**kind) as connection:
                self.connection = connection
                try:
                    yield
                finally:
                    self.connection = None

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        """The same, and all statements see the database as it was at the first of them, however
        long it takes: for commands, not for requests."""
        async with self.transaction(isolation="repeatable_read"):
            for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
                await self.fetch(f"set local {name} = 0", [])
            yield

    async def stream(
        self, sql: str, arguments: Sequence[object], *, at_once: int = _AT_ONCE
    ) -> AsyncIterator[Record]:
        """The rows of one statement as they are needed. Only inside a snapshot. at_once: how many
        are in memory together; few where a row may be of megabytes."""
        rows = self.connection.cursor(sql, *arguments, prefetch=at_once, timeout=_STREAM_SECONDS)
        with _answering():
            async for row in rows:
                yield row


class Database:
    """Connections for one worker, with the timeouts PostgreSQL leaves unset.

    planned: a few on which every statement is planned for its own arguments.
    """

    def __init__(self, usual: Connections, planned: Connections) -> None:
        self.usual = usual
        self.planned = planned

    def session(self) -> Session:
        """A new unit of work."""
        return Session(self)

    async def close(self) -> None:
        """Let running statements end, for at most ten seconds, then close."""
        for connections in (self.usual, self.planned):
            await connections.close()


async def connect(
    url: str,
    *,
    pool_size: int,
    statement_timeout_ms: int,
    lock_timeout_ms: int,
    idle_timeout_ms: int,
) -> Database:
    """Open the pool. url: postgresql://..., with ?host=/folder for a Unix socket."""
    settings = {
        "application_name": "whatmatters",
        "statement_timeout": str(statement_timeout_ms),
        "lock_timeout": str(lock_timeout_ms),
        "idle_in_transaction_session_timeout": str(idle_timeout_ms),
        "default_transaction_isolation": "read committed",
        "timezone": "UTC",
        "jit": "off",
        "tcp_user_timeout": "15000",
    }

    async def pool(least: int, most: int, **more: str) -> Connections:
        made = await asyncpg.create_pool(
            url,
            min_size=least,
            max_size=most,
            max_inactive_connection_lifetime=300,
            statement_cache_size=500,
            command_timeout=statement_timeout_ms / 1000 + 5,
            connection_class=_Connection,
            server_settings={**settings, **more},
            timeout=10,
        )
        return Connections(made)

    try:
        planned = await pool(0, PLANNED_CONNECTIONS, plan_cache_mode="force_custom_plan")
        return Database(await pool(1, pool_size), planned)
    except _LOST as error:
        raise Unavailable(
            "The database did not answer. Is it running, and is its address right?"
        ) from error
    except asyncpg.PostgresError as error:
        raise Unavailable(
            "The database did not let us in. Are its name, the user and the password right?"
        ) from error


UNSAFE = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply", "remote_write", "local"),
}


async def durability(session: Session) -> list[str]:
    """What is unsafe about this server's settings, one sentence each; empty when an acknowledged
    write is safe."""
    rows = await session.fetch(
        "select name, setting from pg_settings where name = any($1::text[])",
        [[*UNSAFE, "synchronous_standby_names", "server_version_num"]],
    )
    found = {row["name"]: row["setting"] for row in rows}
    faults = [
        f"PostgreSQL runs with {name} = {found[name]}, and a crash may lose entries. Turn it on."
        for name, safe in UNSAFE.items()
        if found[name] not in safe
    ]
    if found["synchronous_commit"] == "local" and found["synchronous_standby_names"]:
        faults.append("synchronous_commit = local does not wait for the standby. Set it to on.")
    if int(found["server_version_num"]) < 150_000:
        faults.append("This PostgreSQL is older than 15. Use version 15 or later.")
    return faults
