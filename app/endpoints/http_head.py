"""The head of a request, held to a size and a time, before anything of it is acted on.

uvicorn reads heads of any size and waits for them without end. Source: RFC 6585 section 5 (431),
RFC 9110 section 15.5.9 (408).
"""

from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.errors import Issue
from app.fhir.outcome import outcome_bytes
from app.settings import Settings

_TOO_LARGE = "The address and headers may have {} bytes together. Send what is longer in the body."
_TOO_SLOW = "The headers were not here within {} seconds."


class HeadProtocol(HttpToolsProtocol):
    """One connection. A head that is too large is answered with 431, one that is not whole in time
    with 408; either ends the connection."""

    bounds = Settings().bounds
    most_bytes, seconds = bounds.head_bytes, bounds.head_seconds

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._waiting: TimerHandle | None = None
        self._size = self._raw = 0
        self._is_over = False

    def connection_made(self, transport: Any) -> None:
        """The first request is waited for from now on."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more is waited for."""
        self._wait_no_more()
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
        head = b"content-type: application/fhir+json\r\nconnection: close\r\ncontent-length: %d"
        self.transport.write(STATUS_LINE[status] + head % len(body) + b"\r\n\r\n" + body)
        self.transport.close()
