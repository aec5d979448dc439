"""Small worlds for searches: rows put into the tables by hand, and a plain reading of a query.

`expected` goes through every row in Python, as the specification tells it, and is what the SQL is
compared with.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import asyncpg

from app.fhir.indexed import IndexValues
from app.fhir.resource_types import RESOURCE_TYPES
from app.fhir.search_query import Query
from app.store.found import Found
from app.store.page_bytes import ROOM, Room
from app.store.permit import Permit
from app.store.rights import Right
from app.store.search import search

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PAGE_KEY = b"a key that is only for tests ...."
ALL_TYPES = frozenset(RESOURCE_TYPES)
EVERYONE = Permit(
    caller="system",
    agent="Organization/o1",
    types=ALL_TYPES,
    directory_types=frozenset(("Organization", "Questionnaire")),
    audit="all",
)

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Stored:
    """One current row, with its index values."""

    person_id: str
    type: str
    id: str
    tokens: tuple[str, ...] = ()
    index: IndexValues = field(default_factory=IndexValues)
    updated: datetime = NOW
    deleted: bool = False
    author: str = "Organization/o9"
    agent: str = "Organization/o9"
    labels: int = 0
    rights: tuple[Right, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.type}/{self.id}"


@dataclass
class Bench:
    """A connection, and the loop it lives in."""

    connection: asyncpg.Connection
    runner: asyncio.Runner

    def run(self, asked: Coroutine[Any, Any, Answer]) -> Answer:
        return self.runner.run(asked)

    @contextmanager
    def holding(self, rows: Iterable[Stored]) -> Iterator[None]:
        """The rows are there, inside; afterwards nothing is."""
        transaction = self.connection.transaction()
        self.run(transaction.start())
        try:
            self.add(rows)
            yield
        finally:
            self.run(transaction.rollback())

    def add(self, rows: Iterable[Stored]) -> None:
        self.run(_insert(self.connection, list(rows)))

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[Any]:
        return await self.connection.fetch(sql, *arguments)  # type: ignore[no-any-return]

    def search(
        self,
        query: Query,
        permit: Permit = EVERYONE,
        *,
        page_size: int = 50,
        now: datetime = NOW,
        room: Room = ROOM,
    ) -> Found:
        return self.run(
            search(
                self.fetch,
                permit,
                query,
                page_size=page_size,
                now=now,
                page_key=PAGE_KEY,
                room=room,
            )
        )

    def names(self, query: Query, permit: Permit = EVERYONE) -> list[str]:
        """`Type/id` of the rows found."""
        return names(self.search(query, permit))


def names(found: Found) -> list[str]:
    return [f"{row.type}/{row.id}" for row in found.rows]


async def _insert(connection: asyncpg.Connection, rows: list[Stored]) -> None:
    resources = [row for row in rows if row.type != "AuditEvent"]
    await connection.executemany(
        "insert into resources"
        " (person_id, type, id, version, updated, deleted, author, tokens, body, labels)"
        " values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9)",
        [
            (*key(r), r.updated, r.deleted, r.author, r.tokens, r.id.encode(), r.labels)
            for r in resources
        ],
    )
    members = Right.__struct_fields__
    places = ", ".join(f"${n}" for n in range(1, len(members) + 5))
    await connection.executemany(
        f"insert into rights (person_id, type, id, version, n, {', '.join(members)})"  # noqa: S608
        f" values ($1, $2, $3, 1, {places.removeprefix('$1, $2, $3, ')})",
        [
            (*key(r), n, *(getattr(right, one) for one in members))
            for r in resources
            for n, right in enumerate(r.rights)
        ],
    )
    await connection.executemany(
        "insert into audit_events (person_id, id, updated, agent, tokens, body)"
        " values ($1, $2, $3, $4, $5, $6)",
        [
            (r.person_id, r.id, r.updated, r.agent, r.tokens, b"audit")
            for r in rows
            if r.type == "AuditEvent"
        ],
    )
    for table, columns in _COLUMNS.items():
        places = ", ".join(f"${n}" for n in range(1, len(columns) + 6))
        names = f"person_id, type, id, version, n, {', '.join(columns)}"
        await connection.executemany(
            f"insert into index_{table} ({names}) values ({places})",  # noqa: S608  (our own names)
            [
                (r.person_id, r.type, r.id, 1, n, *(getattr(value, c) for c in columns))
                for r in resources
                for n, value in enumerate(getattr(r.index, table))
            ],
        )


def key(row: Stored) -> tuple[str, str, str]:
    return row.person_id, row.type, row.id


_COLUMNS = {
    "dates": ("parameter", "low", "high", "pair"),
    "numbers": ("parameter", "low", "high", "system", "code", "unit", "pair"),
    "strings": ("parameter", "normalised", "exact", "pair"),
}
