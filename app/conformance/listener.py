"""Where the kit can be told: an address that notifications are sent to.

Each subscription has a path of its own there, so that what comes is known by where it came.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from app.conformance.unmet import NotTried
from app.fhir.resource_types import Json

_MOST_BODY_BYTES = 1_000_000
_PORT_BY_SCHEME = {"http": 80, "https": 443}
# They say that the line is open, and tell of no change.
# Spec: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html
_NO_EVENTS = ("handshake", "heartbeat")


@dataclass(frozen=True, slots=True)
class Notification:
    """What came. headers: by their names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_event(self) -> bool:
        """Whether it tells of a change."""
        try:
            return _kind(json.loads(self.body)) not in _NO_EVENTS
        except (ValueError, AttributeError, TypeError):
            return True  # without a body that says otherwise, to be told is the event


class Listener:
    """Listens at an address, from when it is made until it is closed.

    Raises NotTried when it cannot listen there."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        parts = urlsplit(self.address)
        self._came = threading.Condition(threading.RLock())
        self._notifications: list[Notification] = []
        place = (parts.hostname or "", parts.port or _PORT_BY_SCHEME.get(parts.scheme, 0))
        try:
            self._server = ThreadingHTTPServer(place, self._handler(parts.path))
        except OSError as problem:
            said = f"The kit cannot listen at {self.address}: {problem.strerror}."
            raise NotTried(f"{said} Give another --notify-at.") from None
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Returns when it has ended."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def events(self, name: str) -> list[Notification]:
        """Those that came under a name, and tell of a change."""
        with self._came:
            return [one for one in self._notifications if _is_under(one, name) and one.is_event]

    def wait_for_event(self, name: str, seconds: float) -> bool:
        """Whether one came under a name in so many seconds."""
        deadline = time.monotonic() + seconds
        with self._came:
            while not self.events(name):
                if not self._came.wait(deadline - time.monotonic()) and not self.events(name):
                    return False
        return True

    def _handler(self, base: str) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(min(length, _MOST_BODY_BYTES))
                headers = {name.lower(): value for name, value in self.headers.items()}
                take(Notification(self.path.removeprefix(base).lstrip("/"), headers, body))
                self.send_response(204)
                self.end_headers()

            # With a payload, R4 has the resource put below the endpoint.
            do_PUT = do_POST

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is told: it would stand between the lines of the checks."""

        return Handler

    def _take(self, notification: Notification) -> None:
        with self._came:
            self._notifications.append(notification)
            self._came.notify_all()


def _is_under(notification: Notification, name: str) -> bool:
    return notification.path.partition("/")[0] == name


def _kind(bundle: Json) -> str | None:
    """What the status at the head of a notification's Bundle says of its type."""
    [head, *_] = bundle["entry"] if bundle.get("entry") else [{}]
    for parameter in (head.get("resource") or {}).get("parameter") or ():
        if parameter.get("name") == "type":
            return str(parameter.get("valueCode"))
    return None
