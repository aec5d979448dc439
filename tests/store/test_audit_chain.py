"""The chains hold, and what a superuser does to a row is found, with the first bad entry
(docs/decisions/0017)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import asyncpg
import pytest

from app.fhir.resource_types import DIRECTORY
from app.store.audit_chain import DIRECTORY_SHARDS, ERASED, erase_audit
from app.store.database import Database
from app.store.resources import write_audit
from app.store.unit import Store
from tests.conftest import run_sql
from tests.store.audit_world import (
    DROPPED,
    ERASING,
    as_superuser,
    event,
    faults,
    in_store,
    opened,
    places,
    write_chains,
    write_rows,
)

MakeDatabase = Callable[[], str]
PEOPLE = {"ada": 5, "bea": 7, "cyd": 3}


@pytest.fixture
def url(make_database: MakeDatabase) -> str:
    """A database with the chains of three people."""
    made = make_database()
    write_chains(made, PEOPLE)
    return made


def fetch(url: str, sql: str) -> list[asyncpg.Record]:
    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetch(sql)  # type: ignore[no-any-return]
        finally:
            await connection.close()

    return asyncio.run(run())


def test_what_the_service_wrote_is_in_order(url: str) -> None:
    assert faults(url) == []
    last = fetch(url, "select person_id, seq from audit_heads order by person_id")
    assert {row["person_id"]: row["seq"] for row in last} == PEOPLE


def test_events_of_one_person_in_one_statement_are_chained_one_after_the_other(url: str) -> None:
    write_rows(url, [event("ada", f"more-{n}") for n in range(20)])
    assert faults(url) == []
    assert fetch(url, "select seq from audit_heads where person_id = 'ada'")[0]["seq"] == 25


def test_two_chains_with_the_same_events_have_no_hash_in_common(url: str) -> None:
    rows = fetch(url, "select salt, leaf, link from audit_events")
    for name in ("salt", "leaf", "link"):
        assert len({row[name] for row in rows}) == sum(PEOPLE.values())


def test_what_is_about_nobody_goes_to_the_chains_of_the_directory(url: str) -> None:
    for n in range(6):
        write_rows(url, [event(DIRECTORY, f"nobody-{n}"), event(DIRECTORY, f"either-{n}")])
    assert faults(url) == []
    shards = fetch(url, f"select distinct shard from audit_events where person_id = '{DIRECTORY}'")  # noqa: S608
    assert {row["shard"] for row in shards} <= set(range(DIRECTORY_SHARDS))


def test_a_rolled_back_audit_leaves_no_gap(url: str) -> None:
    async def give_up(store: Store) -> None:
        unit = store.unit()
        with suppress(ZeroDivisionError):
            async with unit.transaction():
                await write_audit(unit.session, [event("ada", "never")])
                raise ZeroDivisionError
        await store.unit().audit([event("ada", "later")])

    in_store(url, give_up)
    assert faults(url) == []
    assert fetch(url, "select seq from audit_heads where person_id = 'ada'")[0]["seq"] == 6


def test_an_edited_entry_is_found(url: str) -> None:
    as_superuser(url, "update audit_events set agent = 'x' where person_id = 'bea' and seq = 4")
    assert places(url) == [("bea", 4)]


def test_an_entry_edited_together_with_its_leaf_is_found(url: str) -> None:
    as_superuser(
        url,
        """update audit_events set (body, salt, leaf) =
        (select body, salt, leaf from audit_events where person_id = 'ada' and seq = 2)
        where person_id = 'bea' and seq = 4""",
    )
    assert places(url) == [("bea", 4)]


def test_a_deleted_entry_is_found(url: str) -> None:
    as_superuser(url, "delete from audit_events where person_id = 'bea' and seq = 3")
    assert places(url) == [("bea", 3)]


def test_a_deleted_entry_is_found_when_those_after_it_were_moved_up(url: str) -> None:
    as_superuser(
        url,
        "delete from audit_events where person_id = 'bea' and seq = 3",
        "update audit_events set seq = -seq where person_id = 'bea' and seq > 3",
        "update audit_events set seq = -seq - 1 where person_id = 'bea' and seq < 0",
        "update audit_heads set seq = seq - 1 where person_id = 'bea'",
    )
    assert places(url) == [("bea", 3)]


def test_an_inserted_entry_is_found(url: str) -> None:
    as_superuser(
        url,
        "update audit_events set seq = -seq where person_id = 'bea' and seq > 3",
        "update audit_events set seq = 1 - seq where person_id = 'bea' and seq < 0",
        """insert into audit_events select person_id, 'forged', updated, agent, tokens, body,
        shard, 4, salt, leaf, link from audit_events where person_id = 'bea' and seq = 3""",
    )
    assert places(url) == [("bea", 4)]


def test_an_entry_that_was_added_behind_the_end_is_found(url: str) -> None:
    as_superuser(
        url,
        """insert into audit_events (person_id, id, updated, agent, tokens, body, shard, seq, salt,
        leaf, link) select person_id, id, updated, agent, tokens, body, shard, 8, salt, leaf,
        sha256('whatmatters audit link 1'::bytea || '\\x00'::bytea || link || int8send(8) || leaf)
        from audit_events where person_id = 'bea' and seq = 7""",
    )
    assert places(url) == [("bea", 8)]


def test_two_entries_that_changed_places_are_found(url: str) -> None:
    as_superuser(
        url,
        "update audit_events set seq = -7 where person_id = 'bea' and seq = 2",
        "update audit_events set seq = 2 where person_id = 'bea' and seq = 6",
        "update audit_events set seq = 6 where person_id = 'bea' and seq = -7",
    )
    assert places(url) == [("bea", 2)]


def test_a_second_entry_in_one_place_is_found(url: str) -> None:
    as_superuser(
        url,
        DROPPED[0],
        """insert into audit_events select person_id, 'other', updated, agent, tokens, body,
        shard, seq, salt, leaf, link from audit_events where person_id = 'bea' and seq = 5""",
    )
    assert [person_id for person_id, _ in places(url)] == ["bea"]
    assert places(url)[0][1] == 5


def test_an_entry_without_a_place_is_found(url: str) -> None:
    as_superuser(
        url, *DROPPED, "update audit_events set seq = null where person_id = 'bea' and seq = 7"
    )
    assert places(url) == [("bea", 7)]


def test_entries_cut_off_the_end_are_found(url: str) -> None:
    as_superuser(url, "delete from audit_events where person_id = 'bea' and seq > 5")
    assert places(url) == [("bea", 6)]


def test_a_chain_that_was_taken_away_is_found(url: str) -> None:
    as_superuser(url, "delete from audit_events where person_id = 'bea'")
    assert places(url) == [("bea", 1)]


def test_an_end_that_is_no_longer_noted_is_found(url: str) -> None:
    as_superuser(url, "delete from audit_heads where person_id = 'bea'")
    assert places(url) == [("bea", 7)]


def test_what_was_done_to_several_chains_is_told_of_each(url: str) -> None:
    as_superuser(
        url,
        "delete from audit_events where person_id = 'ada' and seq = 2",
        "update audit_events set body = 'x' where person_id = 'cyd' and seq in (1, 3)",
    )
    assert places(url) == [("ada", 2), ("cyd", 1)]


def test_a_fault_tells_nothing_of_what_an_entry_holds(url: str) -> None:
    as_superuser(url, "update audit_events set body = 'canary', agent = 'canary'")
    assert "canary" not in " ".join(fault.sentence for fault in faults(url))


def erase(url: str, id: str = "erased") -> None:
    async def run(store: Store) -> None:
        unit = store.unit()
        async with unit.transaction():
            await erase_audit(unit.session, "bea", event("bea", id))

    in_store(url, run)


def test_after_an_erasure_the_chain_holds_and_goes_on(url: str) -> None:
    erase(url)
    write_chains(url, {"bea": 1})
    assert faults(url) == []
    rows = fetch(url, "select * from audit_events where person_id = 'bea' order by seq")
    assert [row["seq"] for row in rows] == list(range(1, 10))
    left = ("id", "agent", "body", "salt", "updated")
    assert {tuple(row[name] for name in left) for row in rows[:7]} == {
        ("", "", b"", None, datetime(1970, 1, 1, tzinfo=UTC))
    }
    assert not any(row["tokens"] for row in rows[:7])


@pytest.mark.parametrize(
    "change",
    ["id = 'x'", "updated = now()", "agent = 'x'", "tokens = '{x}'", "body = 'x'", "salt = 'x'"],
)
def test_what_stands_in_the_place_of_erased_content_is_found(url: str, change: str) -> None:
    erase(url)
    as_superuser(url, f"update audit_events set {change} where person_id = 'bea' and seq = 4")  # noqa: S608
    assert places(url) == [("bea", 4)]


def test_two_erasures_leave_a_chain_that_holds(url: str) -> None:
    erase(url)
    erase(url, "erased-again")
    assert faults(url) == []


def test_content_that_is_gone_without_an_erasure_is_found(url: str) -> None:
    as_superuser(
        url,
        f"{ERASING} where person_id = 'bea' and seq = 4",
    )
    assert places(url) == [("bea", 4)]


def test_content_that_is_gone_is_found_when_an_entry_calls_it_an_erasure(url: str) -> None:
    """An erasure takes all that was before it."""
    as_superuser(
        url,
        f"{ERASING} where person_id = 'bea' and seq = 4",
    )
    write_rows(url, [event("bea", "notice", tokens=[ERASED])])
    assert places(url) == [("bea", 4)]


def test_a_salt_that_is_gone_is_found(url: str) -> None:
    as_superuser(url, "update audit_events set salt = null where person_id = 'bea' and seq = 4")
    assert places(url) == [("bea", 4)]


def test_an_audit_whose_chain_is_not_made_is_not_written(url: str) -> None:
    run_sql(url, "drop trigger chain on audit_events")
    with pytest.raises(Exception, match="could not be recorded"):
        write_chains(url, {"dot": 1})


def test_many_who_audit_the_same_people_at_once_leave_chains_without_a_gap(url: str) -> None:
    """Each in an order of its own, several people in a statement, on connections of their own."""
    names = ["ada", "bea", "cyd", DIRECTORY]

    async def write(database: Database, writer: int) -> None:
        for n in range(25):
            people = [names[(writer + n + k) % 4] for k in (0, 2, 1, 0)]
            rows = [event(p, f"w{writer}-{n}-{k}") for k, p in enumerate(people)]
            await write_audit(database.session(), rows)

    async def all_at_once(_: Store) -> None:
        database = await opened(url, pool_size=8)
        try:
            await asyncio.gather(*(write(database, writer) for writer in range(8)))
        finally:
            await database.close()

    in_store(url, all_at_once)
    assert faults(url) == []
    assert len(fetch(url, "select from audit_events")) == sum(PEOPLE.values()) + 8 * 25 * 4
