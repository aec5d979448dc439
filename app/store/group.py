"""Gathers what many requests ask at the same moment into one statement, so that they share its
round trip and commit."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from app.errors import Unavailable, Unreachable

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_WAITING = 2_000


class Group(Generic[Item, Result]):
    """Runs items in groups: whatever waits when a turn is free goes together, up to `most`.

    run: takes the items of one group and answers in the same order. key: two items with one key
    never share a group,
    and the later one waits its turn. A group that fails is run again item by item, so one bad
    item harms no other.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        most: int,
        turns: int,
        key: Callable[[Item], Hashable] | None = None,
    ) -> None:
        self._run = run
        self._most = most
        self._free = turns
        self._key = key
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._called = False

    async def __call__(self, item: Item) -> Result:
        """Wait for this item's own result. Raises what running it raised; Unavailable when too
        many wait."""
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("The record is busy. Please try again in a few seconds.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, future))
        if self._free and not self._called:
            self._called = True
            loop.call_soon(self._start)
        return await future

    def _start(self) -> None:
        self._called = False
        while self._free and self._waiting:
            group = self._take()
            self._free -= 1
            task = asyncio.get_running_loop().create_task(self._turn(group))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _take(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        if self._key is None:
            group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            return group
        group, rest, keys = [], [], set()
        for pair in self._waiting:
            key = self._key(pair[0])
            if key in keys or len(group) >= self._most:
                rest.append(pair)
            else:
                keys.add(key)
                group.append(pair)
        self._waiting = rest
        return group

    async def _turn(self, group: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            # What nobody waits for any longer is not begun.
            wanted = [pair for pair in group if not pair[1].done()]
            if wanted:
                await self._settle(wanted)
        finally:
            self._free += 1
            if self._waiting:
                self._start()

    async def _settle(self, group: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._run([item for item, _ in group])
        except Exception as error:
            # What may have been done already is not done again.
            if len(group) == 1 or isinstance(error, Unreachable):
                for _, future in group:
                    if not future.done():
                        future.set_exception(error)
                return
            for pair in group:
                await self._settle([pair])
            return
        for (_, future), result in zip(group, results, strict=True):
            if not future.done():
                future.set_result(result)
