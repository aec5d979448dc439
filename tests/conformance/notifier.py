"""A small FHIR server that claims to send notifications by rest-hook, with one fault at a time."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import httpx

from app.fhir.resource_types import Json

PROFILE = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription"
_INTERACTIONS = [{"code": code} for code in ("create", "read", "delete")]


class Slip(StrEnum):
    """What it does wrong."""

    NONE = "none"
    SENDS_NOTHING = "sends nothing"
    SENDS_EVERYTHING = "sends everything"
    SENDS_NO_HEADERS = "sends no headers"
    NEVER_STOPS = "never stops"
    TURNS_OFF = "turns a subscription off"
    IS_NEVER_ACTIVE = "never heeds a subscription"
    TAKES_ANY_ADDRESS = "takes any address"
    HAS_NO_STATUS = "answers $status with something else"


@dataclass
class Notifier:
    """Everything in memory, for whoever comes. claims: whether it says that it sends anything."""

    slip: Slip = Slip.NONE
    claims: bool = True
    held: dict[str, Json] = field(default_factory=dict)
    deleted: dict[str, Json] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def start(self) -> str:
        """Its FHIR base."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def metadata(self) -> Json:
        resources: list[Json] = [
            {"type": kind, "interaction": _INTERACTIONS}
            for kind in ("Patient", "Observation", "Subscription")
        ]
        if self.claims:
            resources[-1] |= {"supportedProfile": [PROFILE], "operation": [{"name": "status"}]}
        rest = [{"mode": "server", "resource": resources}]
        return {"resourceType": "CapabilityStatement", "rest": rest}

    def get(self, place: str) -> tuple[int, Json]:
        if place == "metadata":
            return 200, self.metadata()
        if place.endswith("/$status"):
            kind = "Basic" if self.slip is Slip.HAS_NO_STATUS else "Bundle"
            return 200, {"resourceType": kind, "type": "searchset"}
        if place not in self.held:
            return 404, {}
        found = self.held[place]
        if found.get("status") == "requested" and self.slip is not Slip.IS_NEVER_ACTIVE:
            # It heeds a new one from the second look on.
            self.held[place] = found | {"status": "active"}
        return 200, found

    def create(self, tree: Json) -> tuple[int, Json]:
        if tree["resourceType"] == "Subscription":
            endpoint = tree["channel"]["endpoint"]
            if not endpoint.startswith("http") and self.slip is not Slip.TAKES_ANY_ADDRESS:
                return 422, {"resourceType": "OperationOutcome", "issue": []}
            if self.slip is Slip.TURNS_OFF:
                tree = tree | {"status": "off"}
        made = tree | {"id": str(next(self._numbers))}
        self.held[f"{made['resourceType']}/{made['id']}"] = made
        if made["resourceType"] == "Observation":
            self._notify(made)
        return 201, made

    def delete(self, place: str) -> None:
        self.deleted[place] = self.held.pop(place, {})

    def _notify(self, made: Json) -> None:
        if self.slip is Slip.SENDS_NOTHING:
            return
        kept = [*self.held.values()]
        if self.slip is Slip.NEVER_STOPS:
            kept += self.deleted.values()
        value = made["identifier"][0]["value"]
        for one in kept:
            if one.get("resourceType") != "Subscription" or "/hook" in one["channel"]["endpoint"]:
                continue
            if one["criteria"].endswith(f"|{value}") or self.slip is Slip.SENDS_EVERYTHING:
                self._send(one["channel"])

    def _send(self, channel: Json) -> None:
        asked = dict(one.split(": ", 1) for one in channel.get("header", ()))
        headers = {} if self.slip is Slip.SENDS_NO_HEADERS else asked
        for kind in ("heartbeat", "event-notification"):
            status = {"parameter": [{"name": "type", "valueCode": kind}]}
            body = {"resourceType": "Bundle", "entry": [{"resource": status}]}
            httpx.post(channel["endpoint"], json=body, headers=headers).raise_for_status()


def _handler(notifier: Notifier) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(*notifier.get(self.path.strip("/")))

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._answer(*notifier.create(json.loads(self.rfile.read(length))))

        def do_DELETE(self) -> None:
            notifier.delete(self.path.strip("/"))
            self.send_response(204)
            self.end_headers()

        def _answer(self, status: int, tree: Json) -> None:
            body = json.dumps(tree).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is told."""

    return Handler
