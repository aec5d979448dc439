"""Published keys are remembered as long as they may be, and asked for no oftener than they must."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from joserfc.jwk import ECKey

from app.access.key_fetch import Fetched
from app.access.key_sets import (
    ASKS_AGAIN_AFTER_SECONDS,
    MOST_STALE_SECONDS,
    KeySets,
)
from app.access.outward import NotFetched
from app.errors import Unavailable

URL = "https://charity.example/jwks.json"
FIRST = ECKey.generate_key("P-384", {"kid": "first"})
SECOND = ECKey.generate_key("P-384", {"kid": "second"})


class World:
    """A publisher of keys, reached by nothing, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.keys: list[ECKey] = [FIRST]
        self.fresh_seconds = 60
        self.may_be_stale = True
        self.is_down = False
        self.asked = 0
        self.sets = KeySets(self._fetch, lambda: self.now)

    async def _fetch(self, url: str) -> Fetched:
        self.asked += 1
        await asyncio.sleep(0)
        if self.is_down:
            raise NotFetched("it is down")
        return Fetched(tuple(self.keys), self.fresh_seconds, self.may_be_stale)

    def key(self, key_id: str = "first") -> ECKey | None:
        return run(lambda: self.sets.key(URL, key_id, "ES384"))  # type: ignore[no-any-return]


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return asyncio.run(work())


@pytest.fixture
def world() -> World:
    return World()


def test_fresh_keys_are_not_asked_for_again(world: World) -> None:
    assert world.key() is FIRST
    world.now += 59
    assert world.key() is FIRST
    assert world.asked == 1


def test_keys_are_asked_for_again_once_they_are_not_fresh(world: World) -> None:
    world.key()
    world.now += 60
    world.keys = [SECOND]
    assert world.key() is None
    assert world.asked == 2


def test_a_new_key_is_found_though_the_others_are_still_fresh(world: World) -> None:
    world.key()
    world.keys = [FIRST, SECOND]
    world.now += ASKS_AGAIN_AFTER_SECONDS
    assert world.key("second") is SECOND
    assert world.asked == 2


def test_ids_that_are_not_there_make_us_ask_once_in_a_while_and_no_oftener(world: World) -> None:
    for n in range(100):
        assert world.key(f"unknown-{n}") is None
    assert world.asked == 1
    world.now += ASKS_AGAIN_AFTER_SECONDS
    for n in range(100):
        assert world.key(f"unknown-{n}") is None
    assert world.asked == 2


def test_keys_that_must_not_be_kept_are_asked_for_each_time(world: World) -> None:
    world.fresh_seconds, world.may_be_stale = 0, False
    assert [world.key() for _ in range(3)] == [FIRST] * 3
    assert world.asked == 3
    world.is_down = True
    with pytest.raises(Unavailable):
        world.key()


def test_while_nobody_answers_old_keys_stand_in_for_a_while_and_then_none(world: World) -> None:
    world.key()
    world.is_down = True
    world.now += 60 + MOST_STALE_SECONDS - 1
    assert world.key() is FIRST
    world.now += 1
    with pytest.raises(Unavailable):
        world.key()


def test_while_nobody_answers_they_are_asked_once_in_a_while(world: World) -> None:
    world.is_down = True
    for _ in range(100):
        with pytest.raises(Unavailable):
            world.key()
    assert world.asked == 1
    world.is_down = False
    world.now += ASKS_AGAIN_AFTER_SECONDS
    assert world.key() is FIRST


def test_keys_that_must_be_asked_for_anew_do_not_stand_in(world: World) -> None:
    world.may_be_stale = False
    world.key()
    world.is_down = True
    world.now += 60
    with pytest.raises(Unavailable):
        world.key()


def test_many_at_once_share_one_answer(world: World) -> None:
    async def crowd() -> list[Any]:
        return await asyncio.gather(*(world.sets.key(URL, "first", "ES384") for _ in range(50)))

    assert run(crowd) == [FIRST] * 50
    assert world.asked == 1
