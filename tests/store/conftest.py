import asyncio
import os
from collections.abc import Iterator

import asyncpg
import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from app.store import embedded
from app.store.tables import Table
from tests.store.search_world import Bench

SCHEMA = "search_by_hand"


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL to write to: the one named in the environment, or an embedded one."""
    named = os.environ.get("WHATMATTERS_TEST_DATABASE_URL")
    if named:
        yield named
        return
    folder = tmp_path_factory.mktemp("search") / "var"
    yield embedded.start(folder).url
    embedded.stop(folder)


def definitions() -> list[str]:
    """The tables and their indexes, as SQL."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    tables = Table.metadata.sorted_tables
    return [
        *(str(CreateTable(table).compile(dialect=dialect)) for table in tables),
        *(
            str(CreateIndex(index).compile(dialect=dialect))
            for table in tables
            for index in table.indexes
        ),
    ]


@pytest.fixture(scope="module")
def bench(database_url: str) -> Iterator[Bench]:
    """One connection to empty tables of its own, on which nothing is ever committed."""
    with asyncio.Runner() as runner:

        async def opened() -> asyncpg.Connection:
            connection = await asyncpg.connect(
                database_url, server_settings={"search_path": SCHEMA, "timezone": "UTC"}
            )
            await connection.execute(f"drop schema if exists {SCHEMA} cascade")
            await connection.execute(f"create schema {SCHEMA}")
            for text in definitions():
                await connection.execute(text)
            return connection

        async def closed(connection: asyncpg.Connection) -> None:
            await connection.execute(f"drop schema {SCHEMA} cascade")
            await connection.close()

        connection = runner.run(opened())
        yield Bench(connection, runner)
        runner.run(closed(connection))
