"""One connection: the heads of its requests held to a size and a time, before anything of them is
acted on, and its answers to a caller who takes them.

uvicorn reads heads of any size, and waits without end for them and for whoever does not read what
was answered. Source: RFC 6585 section 5 (431), RFC 9110 section 15.5.9 (408).
"""

import re
from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.endpoints.under_way import RETRY_SECONDS
from app.errors import Issue
from app.fhir.outcome import outcome_bytes
from app.settings import Settings

_TOO_LARGE = "The address and headers may have {} bytes together. Send what is longer in the body."
_TOO_SLOW = "The headers were not here within {} seconds."
_TOO_MANY = "More callers are connected than can be answered. Please try again in {} seconds."
_LEAST_TAKEN = 65_536  # bytes of an answer, in the time that a caller has for so many
_HEAD = (
    b"content-type: application/fhir+json\r\ncache-control: no-store\r\n"
    b"x-content-type-options: nosniff\r\nconnection: close\r\n"
)
# For whoever looks after the service, and for what cannot wait.
_SPARED = re.compile(rb"(?://[^/]*)?/(?:health/|fhir/Patient/(?:\$|%24)emergency-access(?:\?|$))")


class HeadProtocol(HttpToolsProtocol):
    """One connection. A head that is too large is answered with 431, one that is not whole in time
    with 408, and one that comes while too many are connected with 503; each ends the connection. So
    does a caller who does not take their answer."""

    bounds = Settings().bounds
    most_bytes, seconds = bounds.head_bytes, bounds.head_seconds
    taking_seconds, most_connections = bounds.taking_seconds, bounds.connections

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._waiting: TimerHandle | None = None
        self._taking: TimerHandle | None = None
        self._size = self._raw = 0
        self._is_over = False

    def connection_made(self, transport: Any) -> None:
        """The first request is waited for from now on."""
        super().connection_made(transport)
        if len(self.connections) > 2 * self.most_connections:
            transport.abort()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more is waited for."""
        self._wait_no_more()
        self._taken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Any part of a head, or of a body."""
        if self._is_over:
            return
        if self._waiting is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()
        self._raw += len(data)
        super().data_received(data)
        # Of a header that does not end, the parser tells nothing.
        is_whole = self._waiting is None
        if self._size > self.most_bytes or (not is_whole and self._raw > self.most_bytes):
            self._refuse(431, "too-long", _TOO_LARGE.format(self.most_bytes))

    def on_message_begin(self) -> None:
        """A request begins."""
        self._size = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._size += len(url)
        if self._size <= self.most_bytes:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._size += len(name) + len(value) + 4
        if self._size <= self.most_bytes:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The request is acted on, unless its head was too large."""
        self._wait_no_more()
        if self._size > self.most_bytes:
            self._is_over = True
        elif len(self.connections) > self.most_connections and not _SPARED.match(self.url):
            self._refuse(503, "transient", _TOO_MANY.format(RETRY_SECONDS))
        else:
            self._size = self._raw = 0
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body, of no use where the request is refused."""
        if not self._is_over:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if not self._is_over:
            super().on_message_complete()

    def pause_writing(self) -> None:
        """Of an answer, more is waiting than the system takes."""
        super().pause_writing()
        self._take(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Nearly all of it was taken."""
        self._taken()
        super().resume_writing()

    def _take(self, left: int) -> None:
        self._taken()
        self._taking = self.loop.call_later(self.taking_seconds, self._look_again, left)

    def _taken(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _look_again(self, before: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left > before - _LEAST_TAKEN:
            self.transport.abort()  # an answer that nobody takes fills our memory
        else:
            self._take(left)

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(self.seconds, self._too_slow)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _too_slow(self) -> None:
        self._refuse(408, "timeout", _TOO_SLOW.format(self.seconds))

    def _refuse(self, status: int, code: str, text: str) -> None:
        self._is_over = True
        self._wait_no_more()
        if self.transport.is_closing():
            return
        body = outcome_bytes([Issue(code, text)])
        head = _HEAD + (b"retry-after: %d\r\n" % RETRY_SECONDS if status == 503 else b"")
        head += b"content-length: %d\r\n\r\n" % len(body)
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()
