import asyncio
from collections.abc import Callable, Iterator

import asyncpg
import pytest

from tests.store.search_world import Bench


@pytest.fixture(scope="session")
def empty_database_url(make_database: Callable[[], str]) -> str:
    """A migrated database in which nothing is ever committed."""
    return make_database()


@pytest.fixture(scope="module")
def bench(empty_database_url: str) -> Iterator[Bench]:
    """One connection to it."""
    with asyncio.Runner() as runner:

        async def opened() -> asyncpg.Connection:
            settings = {"timezone": "UTC", "jit": "off"}
            return await asyncpg.connect(empty_database_url, server_settings=settings)

        connection = runner.run(opened())
        yield Bench(connection, runner)
        runner.run(connection.close())
