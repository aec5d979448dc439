"""What a worker knows of revocations is a second old at most, or it answers nobody."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from app.access.caller import Caller, Role
from app.access.standing import BINDS_AFTER_SECONDS, KNOWN_SECONDS, Standing
from app.errors import Unauthenticated, Unavailable
from app.store.sign_ins import Change
from tests.access.callers import caller

ISSUER = "https://record.example"
OURS = replace(caller(Role.SYSTEM), issuer=ISSUER)


class World:
    """A registry, and clocks, that are set by hand."""

    def __init__(self) -> None:
        self.steady = 50.0
        self.database = 1_800_000_000.0
        self.clients: dict[str, str] = {}
        self.tokens: dict[str, float] = {}
        self.asked: list[int] = []
        self.mark = 1
        self.is_down = False
        self.takes = 0.0
        self.standing = Standing(ISSUER, self._changed, lambda: self.steady)

    async def _changed(self, mark: int) -> Change:
        self.asked.append(mark)
        await asyncio.sleep(0)
        if self.is_down:
            raise Unavailable("It is down.")
        clients, tokens = tuple(self.clients.items()), tuple(self.tokens.items())
        self.steady += self.takes
        return Change(self.mark, self.database, clients, tokens)

    def check(self, who: Caller = OURS) -> None:
        async def once() -> None:
            await self.standing.check(who)
            await asyncio.sleep(0)  # what was begun in the background comes to its end
            await asyncio.sleep(0)

        run(once)


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return asyncio.run(work())


@pytest.fixture
def world() -> World:
    return World()


def test_a_caller_in_good_standing_goes_on(world: World) -> None:
    world.check()
    assert world.asked == [0]


def test_a_revoked_token_is_refused(world: World) -> None:
    world.tokens = {OURS.token_id: 300}
    with pytest.raises(Unauthenticated, match="revoked"):
        world.check()


@pytest.mark.parametrize("status", ["suspended", "removed"])
def test_a_client_that_is_not_active_is_refused_until_it_is_again(
    world: World, status: str
) -> None:
    world.clients = {OURS.client_id: status}
    with pytest.raises(Unauthenticated, match="suspended, or was removed"):
        world.check()
    world.clients = {OURS.client_id: "active"}
    world.steady += KNOWN_SECONDS
    world.check()


def test_callers_of_other_issuers_are_not_what_this_is_about(world: World) -> None:
    world.clients = {OURS.client_id: "suspended"}
    world.tokens = {OURS.token_id: 300}
    world.check(replace(OURS, issuer="https://other.example"))


def test_what_is_known_is_used_for_a_second_and_no_longer(world: World) -> None:
    world.check()
    world.clients = {OURS.client_id: "suspended"}
    world.steady += KNOWN_SECONDS * 0.4
    world.check()
    world.steady += KNOWN_SECONDS * 0.6
    with pytest.raises(Unauthenticated):
        world.check()


def test_a_second_counts_from_when_it_was_asked_not_from_when_it_was_told(world: World) -> None:
    world.takes = KNOWN_SECONDS * 0.9
    world.check()
    world.takes = 0
    world.clients = {OURS.client_id: "suspended"}
    world.steady += KNOWN_SECONDS * 0.1
    with pytest.raises(Unauthenticated):
        world.check()


def test_an_answer_that_takes_longer_than_it_holds_still_serves_who_asked(world: World) -> None:
    world.takes = KNOWN_SECONDS * 3
    world.check()
    assert len(world.asked) == 1


def test_who_comes_while_an_old_answer_is_on_its_way_waits_for_a_newer_one(world: World) -> None:
    async def two() -> None:
        first = asyncio.create_task(world.standing.check(OURS))
        while not world.asked:
            await asyncio.sleep(0)
        world.takes = KNOWN_SECONDS
        world.steady += 0.1
        await world.standing.check(OURS)
        await first

    run(two)
    assert len(world.asked) == 2


def test_in_the_second_half_of_the_second_it_is_asked_again_and_nobody_waits(world: World) -> None:
    world.check()
    world.steady += KNOWN_SECONDS * 0.6
    world.check()
    assert world.asked == [0, 1]
    world.steady += KNOWN_SECONDS * 0.8
    world.check()
    assert len(world.asked) == 3


def test_while_nobody_can_tell_nobody_goes_on(world: World) -> None:
    world.check()
    world.is_down = True
    world.steady += KNOWN_SECONDS * 0.6
    world.check()
    world.steady += KNOWN_SECONDS
    for who in (OURS, replace(OURS, issuer="https://other.example")):
        with pytest.raises(Unavailable):
            world.check(who)
    world.is_down = False
    world.check()


def test_many_who_come_at_once_ask_once(world: World) -> None:
    async def crowd() -> None:
        await asyncio.gather(*(world.standing.check(OURS) for _ in range(100)))

    run(crowd)
    assert world.asked == [0]


def test_whoever_changes_something_waits_out_what_others_know() -> None:
    assert BINDS_AFTER_SECONDS > KNOWN_SECONDS


def test_the_present_is_the_databases_whatever_this_machines_clock_says(world: World) -> None:
    world.check()
    world.steady += 120
    assert world.standing.now() == pytest.approx(1_800_000_120)


def test_a_revoked_token_is_remembered_for_a_day_past_its_end(world: World) -> None:
    world.tokens = {OURS.token_id: 300}
    with pytest.raises(Unauthenticated):
        world.check()
    world.tokens = {"another": 300}
    world.steady += 86_000
    with pytest.raises(Unauthenticated):
        world.check()
    world.steady += 1_000
    world.check()
