"""Alembic's entry: the tables come from app.store.tables and its neighbours, and nowhere else."""

import asyncio
import os
import time

import asyncpg
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from alembic import context
from app.store import (  # noqa: F401  (their tables join those of Table)
    tables_links,
    tables_protection,
    tables_sign_in,
    tables_supporters,
)
from app.store.tables import Table

LOCK_TIMEOUT = "5s"
ONE_AT_A_TIME = 7_203_114  # any number, as long as every migration of this project takes the same
_ASKS_AGAIN_AFTER_SECONDS = 0.1


def _url() -> str:
    return (
        context.config.get_main_option("sqlalchemy.url") or os.environ["WHATMATTERS_DATABASE_URL"]
    )


def _migrate(connection: Connection) -> None:
    _take_turn(connection)
    context.configure(connection=connection, target_metadata=Table.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


def _take_turn(connection: Connection) -> None:
    """Wait until nobody else migrates; the turn ends with the connection, so that a migration may
    commit in between.

    It is asked for again and again: whoever waits inside a statement holds up an index that is
    made beside the service, and that one would wait for them.
    """
    turn = text(f"select pg_try_advisory_lock({ONE_AT_A_TIME})")
    while not connection.scalar(turn):
        connection.rollback()
        time.sleep(_ASKS_AGAIN_AFTER_SECONDS)
    connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.commit()


async def _run() -> None:
    # The driver reads the address, as it does for the service: SQLAlchemy knows no sslmode in it.
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(_url()),
        poolclass=pool.NullPool,
    )
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
        await connection.commit()
    await engine.dispose()


asyncio.run(_run())
