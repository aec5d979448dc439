"""The sandbox's line to its clients, which it can cut so that an answer is lost."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_transport_by_client: dict[tuple[str, int], asyncio.Transport] = {}


class Line(H11Protocol):
    """HTTP as uvicorn speaks it; remembers its connections by the address of the other side."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        if self.client:
            _transport_by_client[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self.client:
            _transport_by_client.pop(self.client, None)
        super().connection_lost(exc)


class Lost(Response):
    """No answer: the line is cut instead."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Returns when the client is cut off."""
        transport = _transport_by_client.get(tuple(scope["client"] or ()))
        if transport is None:  # another server than Line: the nearest thing to no answer
            await Response(status_code=504)(scope, receive, send)
            return
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass
