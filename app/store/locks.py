"""Waiting turns across every worker of one database."""

from app.store.database import Session


async def one_at_a_time(session: Session, name: str) -> None:
    """Wait until no other transaction holds this name; held until this one ends."""
    await session.fetch("select pg_advisory_xact_lock(hashtextextended($1::text, 0))", [name])
