"""Requests that travel together: each gets its own answer, and none suffers for another."""

import asyncio
from collections.abc import Hashable, Sequence

import pytest

from app.errors import Unavailable, Unreachable
from app.store.group import MOST_WAITING, Group


class Doubling:
    """Doubles numbers, and remembers which travelled together; 13 makes a whole group fail."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []

    async def run(self, items: Sequence[int]) -> list[int]:
        self.groups.append(list(items))
        await asyncio.sleep(0)
        if 13 in items:
            raise ValueError("13")
        return [2 * item for item in items]


async def together(group: Group[int, int], items: Sequence[int]) -> list[int | BaseException]:
    return await asyncio.gather(*(group(item) for item in items), return_exceptions=True)


def test_what_is_asked_at_one_moment_shares_a_group_and_each_gets_its_own_answer() -> None:
    work = Doubling()
    told = asyncio.run(together(Group(work.run, most=3, turns=1), [1, 2, 3, 4, 5]))
    assert told == [2, 4, 6, 8, 10]
    assert work.groups == [[1, 2, 3], [4, 5]]


def test_one_that_fails_harms_no_other() -> None:
    work = Doubling()
    first, bad, last = asyncio.run(together(Group(work.run, most=8, turns=1), [1, 13, 3]))
    assert (first, last) == (2, 6)
    assert isinstance(bad, ValueError)
    assert work.groups == [[1, 13, 3], [1], [13], [3]]


def test_two_with_one_key_never_share_a_group_and_keep_their_order() -> None:
    def parity(item: int) -> Hashable:
        return item % 2

    work = Doubling()
    told = asyncio.run(together(Group(work.run, most=8, turns=1, key=parity), [1, 3, 2, 5]))
    assert told == [2, 6, 4, 10]
    assert work.groups == [[1, 2], [3], [5]]


def test_past_the_most_that_may_wait_the_answer_is_to_try_again() -> None:
    async def crowd() -> None:
        work = Doubling()
        group = Group(work.run, most=MOST_WAITING, turns=1)
        waiting = [asyncio.ensure_future(group(n)) for n in range(14, 14 + MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await group(1)
        await asyncio.gather(*waiting)
        assert await group(1) == 2

    # All of them are there before the group has had its turn.
    asyncio.run(crowd())


def test_one_who_left_does_not_spoil_the_group() -> None:
    async def leave() -> list[int]:
        work = Doubling()
        group = Group(work.run, most=8, turns=1)
        gone, *staying = [asyncio.ensure_future(group(n)) for n in (1, 2, 3)]
        await asyncio.sleep(0)
        gone.cancel()
        return list(await asyncio.gather(*staying))

    assert asyncio.run(leave()) == [4, 6]


def test_what_somebody_asked_who_left_before_its_turn_is_not_begun() -> None:
    async def leave() -> list[list[int]]:
        work = Doubling()
        group = Group(work.run, most=1, turns=1)
        first, gone, last = [asyncio.ensure_future(group(n)) for n in (1, 2, 3)]
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(first, last)
        return work.groups

    assert asyncio.run(leave()) == [[1], [3]]


def test_what_may_have_been_done_before_the_connection_broke_is_not_done_again() -> None:
    groups: list[Sequence[int]] = []

    async def cut_off(items: Sequence[int]) -> list[int]:
        groups.append(items)
        raise Unreachable("The line is dead.")

    told = asyncio.run(together(Group(cut_off, most=8, turns=1), [1, 2, 3]))
    assert [type(one) for one in told] == [Unreachable] * 3
    assert len(groups) == 1
