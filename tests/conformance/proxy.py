"""A proxy before the service under test, with one fault at a time planted in it."""

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.fhir.resource_types import Json

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_OF_THE_CONNECTION = frozenset(
    ("host", "content-length", "content-encoding", "transfer-encoding", "connection")
)


@dataclass(slots=True)
class Asked:
    """A request on its way to the service. path: below the FHIR base, without a slash."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def parts(self) -> list[str]:
        return self.path.split("/")

    def is_search(self) -> bool:
        return self.method == "GET" and "/" not in self.path and self.path not in ("metadata", "")

    def is_read(self) -> bool:
        return self.method == "GET" and len(self.parts) == 2 and self.parts[1][0] not in "_$."

    def without(self, *names: str) -> None:
        self.query = [(name, value) for name, value in self.query if name not in names]


@dataclass(slots=True)
class Answered:
    """The service's answer on its way back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        try:
            read = json.loads(self.body)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    def put(self, resource: Json) -> None:
        self.body = json.dumps(resource, ensure_ascii=False).encode()


def _as_it_is(*_: Any) -> None:
    """No fault."""


@dataclass(slots=True)
class Fault:
    """What the proxy does wrong: to the request, to the answer, or by more requests of its own."""

    ask: Callable[[Asked], Any] = _as_it_is
    answer: Callable[[Asked, Answered], Any] = _as_it_is
    # Given the request and a way to the service; what it returns is the answer.
    instead: Callable[[Asked, Callable[[Asked], Answered]], Answered | None] = _as_it_is
    seen: dict[str, Any] = field(default_factory=dict)


class Proxy:
    """Served by a thread; `fault` may be changed between requests."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self.fault = Fault()
        self._http = httpx.Client(timeout=30)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/fhir"
        routes = [
            Route("/fhir", self._answer, methods=_METHODS),
            Route("/fhir/{path:path}", self._answer, methods=_METHODS),
        ]
        self._server = uvicorn.Server(
            uvicorn.Config(Starlette(routes=routes), log_level="error", lifespan="off")
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def start(self) -> None:
        """Returns when it answers."""
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if time.monotonic() > deadline:
                raise RuntimeError("the proxy did not start")
            threading.Event().wait(0.01)

    def stop(self) -> None:
        """Returns when it has ended."""
        self._server.should_exit = True
        self._thread.join(20)
        self._http.close()

    async def _answer(self, request: Request) -> Response:
        headers = {n: v for n, v in request.headers.items() if n not in _OF_THE_CONNECTION}
        asked = Asked(
            request.method,
            request.path_params.get("path", "").rstrip("/"),
            parse_qsl(request.url.query, keep_blank_values=True),
            headers,
            await request.body(),
        )
        self.fault.ask(asked)
        answered = self.fault.instead(asked, self._forward) or self._forward(asked)
        self.fault.answer(asked, answered)
        return Response(answered.body, answered.status, answered.headers)

    def _forward(self, asked: Asked) -> Answered:
        ours, theirs = self.base_url.encode(), self._upstream.encode()
        pairs = [(n, v.replace(self.base_url, self._upstream)) for n, v in asked.query]
        query = f"?{urlencode(pairs)}" if pairs else ""
        found = self._http.request(
            asked.method,
            f"{self._upstream}/{asked.path}".rstrip("/") + query,
            content=asked.body.replace(ours, theirs) or None,
            headers={n: v.replace(self.base_url, self._upstream) for n, v in asked.headers.items()},
        )
        return Answered(
            found.status_code, self._headers(found.headers), found.content.replace(theirs, ours)
        )

    def _headers(self, given: Mapping[str, str]) -> dict[str, str]:
        return {
            name: value.replace(self._upstream, self.base_url)
            for name, value in given.items()
            if name not in _OF_THE_CONNECTION
        }
