"""Many callers at the same moment, each on a connection of its own."""

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, TypeVar

Made = TypeVar("Made")

_WAITS_SECONDS = 60


@dataclass(frozen=True)
class Told:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def tree(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


class Wire:
    """One connection to the FHIR base at 127.0.0.1, kept open. Lean, so that a crowd of them
    leaves the processor to the service."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=_WAITS_SECONDS)
        self._head = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/fhir+json",
        }

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Told:
        """Send one request. headers: if_match for If-Match."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body)
        self._connection.request(method, f"/fhir{path}", content, self._head | named)
        answer = self._connection.getresponse()
        return Told(answer.status, dict(answer.headers.items()), answer.read())

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Crowd:
    """Callers who all begin at once."""

    def __init__(self, port: int, token: str, size: int) -> None:
        self._wires = [Wire(port, token) for _ in range(size)]
        self._pool = ThreadPoolExecutor(size)
        self._start = threading.Barrier(size)

    def at_once(self, act: Callable[[int, Wire], Made]) -> list[Made]:
        """What each made of it. act: given the caller's number, and its connection."""

        def begin(number: int) -> Made:
            self._start.wait(_WAITS_SECONDS)
            return act(number, self._wires[number])

        return list(self._pool.map(begin, range(len(self._wires))))

    def close(self) -> None:
        """Send everybody home."""
        self._pool.shutdown()
        for wire in self._wires:
            wire.close()
