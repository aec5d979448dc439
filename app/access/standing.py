"""How matters stand with those who have signed in: tokens revoked, clients suspended or removed.

Each worker knows it for a second and then asks again, or answers nobody; whoever changes it waits
out that second before saying that it is done (docs/decisions/0016).
Spec: https://www.rfc-editor.org/rfc/rfc7009
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from app.access.caller import Caller
from app.access.token_form import refused
from app.store.sign_ins import Change

Ask: TypeAlias = Callable[[int], Awaitable[Change]]

KNOWN_SECONDS = 1.0
# Two clocks that each count seconds differ by less than this in one.
BINDS_AFTER_SECONDS = KNOWN_SECONDS * 1.05
_ASKS_EARLY_SECONDS = KNOWN_SECONDS / 2
_KEPT_SECONDS = 86_400  # a token's end may come back, when a clock that was wrong is put right


def steady() -> float:
    """Seconds that only ever go forward, also while the machine sleeps where it can tell."""
    return time.clock_gettime(_CLOCK)


_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Standing:
    """What one worker knows. issuer: whose tokens it is about. ask: what changed since a mark.
    clock: steady seconds."""

    def __init__(self, issuer: str, ask: Ask, clock: Callable[[], float] = steady) -> None:
        self._issuer = issuer
        self._ask = ask
        self._clock = clock
        self._mark = 0
        self._barred: set[str] = set()
        self._forgotten_at_by_token: dict[str, float] = {}
        self._asked_at = float("-inf")
        self._known_until = float("-inf")
        self._present: tuple[float, float] | None = None
        self._asking: asyncio.Task[None] | None = None

    async def check(self, caller: Caller) -> None:
        """Raises Unauthenticated for a caller who may not go on, and Unavailable when it cannot be
        known."""
        left = self._known_until - self._clock()
        if left <= 0:
            await self.refresh()
        elif left < _ASKS_EARLY_SECONDS and self._asking is None:
            self._start()
        if caller.issuer != self._issuer:
            return
        if caller.token_id in self._forgotten_at_by_token:
            raise refused("The token was revoked. Sign in again for a new one.")
        if caller.client_id in self._barred:
            raise refused(
                "This client is suspended, or was removed. Write to whoever runs this service."
            )

    async def refresh(self) -> None:
        """Learn what changed before now. Raises Unavailable when nobody answers."""
        arrived = self._clock()
        # What was asked for before now may be too old when it comes; what is asked for now is not,
        # however long it takes.
        while self._clock() >= self._known_until and self._asked_at < arrived:
            await asyncio.shield(self._asking or self._start())

    def now(self) -> float:
        """The present by the database's clock, in seconds since 1970; before it was ever asked, by
        this machine's."""
        if self._present is None:
            return time.time()
        then, steady_then = self._present
        return then + self._clock() - steady_then

    def _start(self) -> "asyncio.Task[None]":
        self._asking = asyncio.create_task(self._learn())
        self._asking.add_done_callback(_told)
        return self._asking

    async def _learn(self) -> None:
        asked_at = self._clock()
        try:
            change = await self._ask(self._mark)
        finally:
            self._asking = None
        self._take(change, asked_at)

    def _take(self, change: Change, asked_at: float) -> None:
        for client_id, status in change.clients:
            if status == "active":
                self._barred.discard(client_id)
            else:
                self._barred.add(client_id)
        for token_id, seconds_left in change.tokens:
            self._forgotten_at_by_token[token_id] = asked_at + seconds_left + _KEPT_SECONDS
        if change.tokens:
            self._forget(asked_at)
        self._mark = change.mark
        self._asked_at = asked_at
        self._present = (change.now, asked_at)
        self._known_until = asked_at + KNOWN_SECONDS

    def _forget(self, now: float) -> None:
        # In the order they were learnt, which is near enough the order in which they end.
        for token_id, at in tuple(self._forgotten_at_by_token.items())[:100]:
            if at > now:
                break
            del self._forgotten_at_by_token[token_id]


def _told(asking: "asyncio.Task[None]") -> None:
    """Whoever waits is told of a failure by the task itself; nobody may be waiting."""
    if not asking.cancelled():
        asking.exception()
