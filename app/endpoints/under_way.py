"""The requests under way in one worker: how many there may be at once, and how long each may take.

Whoever comes when all places are taken is refused at once, without the database: a quick no is of
more use than an answer that nobody waits for any longer.
Spec: https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4
"""

import asyncio
from asyncio import CancelledError, Task, TimerHandle, current_task
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import structlog
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access.caller import Caller
from app.errors import Issue, Refusal, Unavailable
from app.interactions.perform import audit_refusal
from app.interactions.visit import Ask, Record

_log = structlog.get_logger()

RETRY_SECONDS = 2
_NOT_COUNTED = ("/health/", "/metrics", "/api/")  # always told; or counted by its own door
_RECORDED_WITHIN_SECONDS = 2
_NEVER_KEPT = {"Cache-Control": "no-store", "Retry-After": str(RETRY_SECONDS)}
_SPARED_OF = 10  # one place more for every so many, for what cannot wait
_FULL = f"More is asked than can be answered just now. Please try again in {RETRY_SECONDS} seconds."
_LATE = (
    "This took longer than {} seconds, and was given up. Ask for less at once, or try again later; "
    "if you were writing, look first whether it is there."
)


async def record_late(record: Record, caller: Caller, ask: Ask, late: Refusal) -> None:
    """Make the record of a request that was given up. It may have been because nothing can be
    recorded: then the log has it."""
    try:
        async with asyncio.timeout(_RECORDED_WITHIN_SECONDS):
            await audit_refusal(record, caller, ask, late)
    except (Refusal, TimeoutError):
        _log.warning("a refusal was not recorded", request_id=ask.request_id)


class Full(Unavailable):
    """All places are taken (503)."""


class Others:
    """Everything beside the record's two doors, with places of its own; health and figures are
    always told."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        self._places = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As the application does, or 503."""
        if scope["type"] != "http" or scope["path"].startswith(_NOT_COUNTED):
            await self._app(scope, receive, send)
            return
        if self._places >= self._most:
            body = {"error": "temporarily_unavailable", "error_description": _FULL}
            answer = JSONResponse(body, 503, headers=_NEVER_KEPT)
            await answer(scope, receive, send)
            return
        self._places += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._places -= 1


class UnderWay:
    """most: places. seconds: how long one request may take once its clock runs."""

    __slots__ = ("_late", "_most", "_places", "_seconds", "_since", "_timer", "_with_spare")

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._with_spare = most + max(1, most // _SPARED_OF)
        self._seconds = seconds
        self._places = 0
        # In the order in which their clocks began, so that only the first need be looked at.
        self._since: dict[Task[Any] | None, float] = {}
        self._late: set[Task[Any]] = set()
        self._timer: TimerHandle | None = None

    def enter(self, cannot_wait: Callable[[str, Scope], bool], path: str, scope: Scope) -> None:
        """Take a place, to be left again, and start the clock. cannot_wait: whether it is one of
        those for whom some places are spared; asked only when the others are taken. Raises Full."""
        if self._places >= self._most and (
            self._places >= self._with_spare or not cannot_wait(path, scope)
        ):
            raise Full(_FULL)
        self._places += 1
        self.start_clock()

    def leave(self) -> None:
        """Give the place back, and stop the clock."""
        self._places -= 1
        self._since.pop(current_task(), None)

    def start_clock(self) -> None:
        """From now on this request is waited for."""
        self._since[current_task()] = monotonic()
        if self._timer is None:
            self._ring_after(self._seconds)

    def stop_clock(self) -> None:
        """It may take as long as it likes again."""
        self._since.pop(current_task(), None)

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Without a place while one is waited for whom nobody knows. Raises Full when it comes back
        to find that all are taken."""
        self._places -= 1
        self.stop_clock()
        try:
            yield
        finally:
            self._places += 1
        if self._places > self._most:
            raise Full(_FULL)
        self.start_clock()

    def given_up(self, cancelled: CancelledError) -> Unavailable:
        """What a request is answered with that was cancelled for its time, which it then is no
        longer. Raises `cancelled` when that was for anything else."""
        task = current_task()
        if task is None or task not in self._late:
            raise cancelled
        self._late.discard(task)
        task.uncancel()
        return Unavailable(issues=[Issue("timeout", _LATE.format(self._seconds))])

    def _ring_after(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._end_late)

    def _end_late(self) -> None:
        """One timer serves all: it rings for the oldest, and is set again for the next."""
        self._timer = None
        now = monotonic()
        while self._since:
            task, since = next(iter(self._since.items()))
            left = since + self._seconds - now
            if left > 0:
                self._ring_after(left)
                return
            del self._since[task]
            if task is not None:
                self._late.add(task)
                task.cancel()
