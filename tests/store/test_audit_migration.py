"""The migration that chains the audit: what was there before, and what comes in meanwhile."""

import asyncio
import secrets
from collections.abc import Callable, Iterator

import asyncpg
import pytest
from alembic.config import Config

from alembic import command
from app.fhir.resource_types import DIRECTORY
from tests.conftest import ROOT, in_database, run_sql
from tests.store.audit_world import faults

BEFORE, AFTER = "1008c38a8e42", "6c1d0f3a9b27"
# As the version before writes it.
WRITTEN = f"""insert into audit_events (person_id, id, updated, agent, tokens, body)
  select case when n % 7 = 0 then '{DIRECTORY}' else 'p' || n % 40 end, 'e' || n,
    timestamptz '2026-01-01' + n / 3 * interval '1 second', 'Organization/a', array['a=1'], 'body'
  from generate_series(1, 5000) n"""  # noqa: S608


@pytest.fixture
def url(server_url: str) -> Iterator[str]:
    """A database at the revision before, with audit events in it."""
    name = f"test_{secrets.token_hex(6)}"
    run_sql(server_url, f"create database {name}")
    made = in_database(server_url, name)
    migrate(made, BEFORE)
    run_sql(made, WRITTEN)
    yield made
    run_sql(server_url, f"drop database {name}")


def migrate(url: str, revision: str, act: Callable[..., None] = command.upgrade) -> None:
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    act(config, revision)


def count(url: str, sql: str) -> int:
    async def run() -> int:
        connection = await asyncpg.connect(url)
        try:
            return int(await connection.fetchval(sql))
        finally:
            await connection.close()

    return asyncio.run(run())


def test_what_was_there_before_is_chained_in_the_order_of_time(url: str) -> None:
    migrate(url, AFTER)
    assert faults(url) == []
    assert count(url, "select sum(seq) from audit_heads") == 5_000
    out_of_order = """select count(*) from (
      select updated < lag(updated) over (partition by person_id, shard order by seq) as earlier
      from audit_events) t where earlier"""
    assert count(url, out_of_order) == 0


def test_it_goes_on_where_it_was_stopped_while_the_version_before_writes(url: str) -> None:
    run_sql(url, "create table pk_audit_events_chain ()")  # in the way of the index
    with pytest.raises(Exception, match="pk_audit_events_chain"):
        migrate(url, AFTER)
    run_sql(url, "drop table pk_audit_events_chain")
    run_sql(url, WRITTEN.replace("'e' ||", "'f' ||"))
    migrate(url, AFTER)
    assert faults(url) == []
    assert count(url, "select sum(seq) from audit_heads") == 10_000


def test_it_can_be_taken_back_and_done_again(url: str) -> None:
    migrate(url, AFTER)
    migrate(url, BEFORE, command.downgrade)
    run_sql(url, WRITTEN.replace("'e' ||", "'f' ||"))
    migrate(url, AFTER)
    assert faults(url) == []
