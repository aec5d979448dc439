"""Assertions are used once, revocations are told once, and the database's clock decides."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import pytest

from app.store import clients, sign_ins
from app.store.clients import NewClient
from app.store.database import Database, connect
from app.store.sign_ins import AssertionTimes, Used

Run = Callable[[Callable[[Database], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture(scope="module")
def run(database_url: str) -> Iterator[Run]:
    """Runs something with a database of several connections."""
    with asyncio.Runner() as runner:
        database = runner.run(
            connect(
                database_url,
                pool_size=8,
                statement_timeout_ms=10_000,
                lock_timeout_ms=3_000,
                idle_timeout_ms=30_000,
            )
        )
        yield lambda work: runner.run(work(database))
        runner.run(database.close())


def new_client() -> NewClient:
    return NewClient(
        f"client-{token_hex(4)}", "A program", "gp-surgery", "system", "system/*.rs", "", "{}", None
    )


@pytest.fixture
def client_id(run: Run) -> str:
    new = new_client()
    assert run(lambda database: clients.add(database.session(), new, "a test"))
    return new.client_id


def now(run: Run) -> int:
    return int(run(lambda database: sign_ins.changed_since(database.session(), 0)).now)


def use(run: Run, client_id: str, id: str, expires: int, starts: int = 0) -> Used:
    times = AssertionTimes(expires, starts, 360, 60)
    used = run(lambda database: sign_ins.use_assertion(database.session(), client_id, id, times))
    assert isinstance(used, Used)
    return used


def test_an_assertion_used_by_sixteen_at_once_is_first_for_one(run: Run, client_id: str) -> None:
    times = AssertionTimes(now(run) + 300, 0, 360, 60)

    async def race(database: Database) -> list[Used]:
        return await asyncio.gather(
            *(
                sign_ins.use_assertion(database.session(), client_id, "a-1", times)
                for _ in range(16)
            )
        )

    assert [one.is_first for one in run(race)].count(True) == 1


def test_the_same_assertion_id_of_another_client_is_another(run: Run, client_id: str) -> None:
    other = new_client()
    run(lambda database: clients.add(database.session(), other, "a test"))
    assert use(run, client_id, "same", now(run) + 300).is_first
    assert use(run, other.client_id, "same", now(run) + 300).is_first
    assert not use(run, client_id, "same", now(run) + 300).is_first


@pytest.mark.parametrize(
    ("expires_in", "starts_in", "fault"),
    [
        (-1, -300, "has_expired"),
        (300, 63, "is_early"),
        (365, 0, "ends_too_late"),
    ],
)
def test_the_clock_of_the_database_says_whether_an_assertion_is_in_time(
    run: Run, client_id: str, expires_in: int, starts_in: int, fault: str
) -> None:
    at = now(run)
    used = use(run, client_id, f"timed-{fault}", at + expires_in, at + starts_in)
    assert getattr(used, fault)
    assert not used.is_first
    assert use(run, client_id, f"timed-{fault}", at + 300).is_first


@pytest.mark.parametrize("status", ["suspended", "removed"])
def test_a_client_that_is_not_active_uses_no_assertion(
    run: Run, client_id: str, status: str
) -> None:
    run(lambda database: clients.set_status(database.session(), client_id, status, "a test"))
    used = use(run, client_id, "b-1", now(run) + 300)
    assert not used.is_active
    assert not used.is_first


def test_an_assertion_id_is_remembered_for_more_than_a_day_past_its_time(
    run: Run, client_id: str
) -> None:
    async def remembered(database: Database) -> list[str]:
        session = database.session()
        await session.fetch(
            """insert into used_assertions (client_id, assertion_id, expires)
            select $1, 'old-' || h, now() - make_interval(hours => h)
            from unnest(array[30, 49, 50]) as h""",
            [client_id],
        )
        times = AssertionTimes(int(datetime.now(UTC).timestamp()) + 300, 0, 360, 60)
        await sign_ins.use_assertion(session, client_id, "new", times)
        rows = await session.fetch(
            "select assertion_id from used_assertions where client_id = $1 order by 1", [client_id]
        )
        return [row["assertion_id"] for row in rows]

    assert run(remembered) == ["new", "old-30"]


def test_a_change_is_told_to_whoever_asks_from_before_it_and_to_nobody_after(
    run: Run, client_id: str
) -> None:
    token = token_hex(8)

    async def work(database: Database) -> tuple[Any, Any, Any]:
        session = database.session()
        before = await sign_ins.changed_since(session, 0)
        await clients.set_status(session, client_id, "suspended", "a test")
        expires = datetime.now(UTC) + timedelta(seconds=300)
        await sign_ins.revoke_token(session, token, client_id, expires)
        after = await sign_ins.changed_since(session, before.mark)
        return before, after, await sign_ins.changed_since(session, after.mark)

    before, after, later = run(work)
    assert (client_id, "suspended") in after.clients
    assert token in dict(after.tokens)
    assert 290 < dict(after.tokens)[token] <= 300
    assert client_id not in dict(before.clients)
    assert client_id not in dict(later.clients)
    assert token not in dict(later.tokens)


def test_a_mark_is_seen_only_once_all_before_it_are(run: Run) -> None:
    """Many change things at once; whoever reads the marks meanwhile misses none of the changes."""
    news = [new_client() for _ in range(24)]

    async def work(database: Database) -> set[str]:
        seen: set[str] = set()
        adding = asyncio.gather(*(clients.add(database.session(), new, "a test") for new in news))
        mark = (await sign_ins.changed_since(database.session(), 0)).mark
        first = mark
        while not adding.done():
            change = await sign_ins.changed_since(database.session(), mark)
            seen |= {name for name, _ in change.clients}
            mark = change.mark
        change = await sign_ins.changed_since(database.session(), mark)
        seen |= {name for name, _ in change.clients}
        everything = await sign_ins.changed_since(database.session(), first)
        return seen ^ {name for name, _ in everything.clients}

    assert run(work) == set()


def test_a_removed_client_keeps_its_id_and_loses_its_keys(run: Run, client_id: str) -> None:
    removed = run(
        lambda database: clients.set_status(database.session(), client_id, "removed", "a test")
    )
    assert (removed.status, removed.jwks, removed.jwks_url) == ("removed", None, None)

    async def again(database: Database) -> list[Any]:
        session = database.session()
        return [
            await clients.add(session, NewClient(client_id, *"abcdefg"), "a test"),
            await clients.set_status(session, client_id, "active", "a test"),
            await clients.set_keys(session, client_id, "{}", None, "a test"),
        ]

    assert run(again) == [None, None, None]
