"""A load client cheap enough not to be what is measured: keep-alive HTTP/1.1 on raw sockets.

Each connection has one request under way at a time (a closed loop).
Spec: https://www.rfc-editor.org/rfc/rfc9112
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


@dataclass(slots=True)
class Timed:
    """What came of some seconds of requests. latencies: of each, in seconds. errors: answers with
    another status than the one expected; broken: the first of them, to be shown."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    broken: bytes = b""

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency that this share of the requests stayed below, in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 if ordered else 0.0

    def add(self, other: "Timed") -> None:
        """Take another stretch's figures in."""
        self.seconds += other.seconds
        self.latencies += other.latencies
        self.errors += other.errors
        self.broken = self.broken or other.broken


@dataclass(frozen=True, slots=True)
class Load:
    """How a server is driven: for so many seconds, over so many connections."""

    connections: int
    seconds: float

    @property
    def warm_up(self) -> float:
        """Seconds before the figures count."""
        return min(0.3, self.seconds / 4)


async def drive(
    port: int,
    requests: Iterator[bytes],
    status: int,
    load: Load,
    mark: Callable[[], None] = lambda: None,
) -> Timed:
    """Send requests and wait for their answers. mark: called when the figures begin to count, and
    when they end."""
    loop = asyncio.get_running_loop()
    timed = Timed()
    made = []
    for _ in range(load.connections):
        _, protocol = await loop.create_connection(
            lambda: _Connection(requests, timed, b"%d" % status), "127.0.0.1", port
        )
        made.append(protocol)
    for protocol in made:
        protocol.send()
    await asyncio.sleep(load.warm_up)
    timed.latencies.clear()
    mark()
    started = time.perf_counter()
    await asyncio.sleep(load.seconds)
    timed.seconds = time.perf_counter() - started
    counted = len(timed.latencies)
    for protocol in made:
        protocol.stop()
    if counted:
        mark()
    await asyncio.gather(*(protocol.ended for protocol in made))
    if counted:
        del timed.latencies[counted:]
    else:
        # Slower than the turn is long: what was under way is the figure.
        mark()
        timed.seconds = time.perf_counter() - started
    return timed


async def fetch(port: int, request: bytes) -> tuple[int, bytes]:
    """One request alone: its status and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        head = await reader.readuntil(_HEAD_END)
        return int(head[9:12]), await reader.readexactly(_length_in(head))
    finally:
        writer.close()


class _Connection(asyncio.Protocol):
    """One connection, which sends the next request when the last was answered."""

    def __init__(self, requests: Iterator[bytes], timed: Timed, status: bytes) -> None:
        self._requests = requests
        self._timed = timed
        self._status = status
        self._transport: asyncio.Transport
        self._head = b""
        self._left = 0
        self._sent_at = 0.0
        self._stopping = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send(self) -> None:
        """Send the next request."""
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._requests))

    def stop(self) -> None:
        """Close when the answer that is under way has come."""
        self._stopping = True

    def data_received(self, data: bytes) -> None:
        if self._left:
            self._left -= len(data)
        else:
            self._head += data
            end = self._head.find(_HEAD_END)
            if end < 0:
                return
            self._left = end + 4 + _length_in(self._head[: end + 2]) - len(self._head)
            if self._head[9:12] != self._status:
                self._timed.errors += 1
                self._timed.broken = self._timed.broken or self._head
        if not self._left:
            self._answered()

    def _answered(self) -> None:
        self._timed.latencies.append(time.perf_counter() - self._sent_at)
        self._head = b""
        if self._stopping:
            self._transport.close()
        else:
            self.send()

    def connection_lost(self, _: Exception | None) -> None:
        if not self._stopping:
            self._timed.errors += 1
        if not self.ended.done():
            self.ended.set_result(None)


def _length_in(head: bytes) -> int:
    place = head.find(_LENGTH)
    if place < 0:
        return 0
    return int(head[place + len(_LENGTH) : head.index(b"\r", place)])
