"""One scenario under way: what comes is answered, tricked once where the scenario says so, kept."""

import time
from datetime import UTC, datetime

from app.conformance.client_judgement import Judgement, is_met
from app.conformance.client_sandbox_door import Door, Reply, Request, refused
from app.conformance.client_sandbox_shelf import Shelf
from app.conformance.client_scenarios import (
    RETRY_AFTER_SECONDS,
    Scenario,
    change_meanwhile,
    date_to_ask_for,
    is_due,
)
from app.conformance.client_trace import BUSY, CHANGED, LOST, REFUSED, Exchange, Trace
from app.errors import Issue
from app.fhir.outcome import outcome


class Session:
    """One scenario, from its first request on."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        shelf = Shelf(scenario.resources(), _now())
        self.trace = Trace(shelf)
        self._door = Door(shelf, scenario.page_size)
        self._began: float | None = None
        self._tricked = False
        self._busy_until = 0.0

    def answer(self, request: Request) -> Reply:
        """The answer, which is kept. A reply with the note LOST must not be sent."""
        now = time.monotonic()
        self._began = now if self._began is None else self._began
        seconds = now - self._began
        reply = self._reply(request, seconds)
        self.trace.add(Exchange(seconds, request, reply))
        return reply

    def judgements(self) -> list[Judgement]:
        """What is to be said of the client so far."""
        return [
            Judgement(self.scenario.name, one, one.judge(self.trace))
            for one in self.scenario.requirements
        ]

    @property
    def is_begun(self) -> bool:
        """Whether anything has come."""
        return self._began is not None

    @property
    def is_green(self) -> bool:
        """Whether every MUST of it passed."""
        return is_met(self.judgements())

    def _reply(self, request: Request, seconds: float) -> Reply:
        if not request.headers.get("authorization", "").lower().startswith("bearer "):
            text = "Send a token: Authorization: Bearer sandbox. Any word will do here."
            told = refused(401, text, "login")
            return Reply(401, told.tree, {"WWW-Authenticate": "Bearer"})
        if seconds < self._busy_until:
            return self._busy("It is busy still, as it said.")
        trick = self.scenario.trick
        if trick is None or self._tricked or not is_due(trick, request):
            return self._door.answer(request, _now())
        match trick:
            case "busy":
                self._tricked = True
                self._busy_until = seconds + RETRY_AFTER_SECONDS
                return self._busy(BUSY)
            case "lose":
                done = self._door.answer(request, _now())
                self._tricked = done.status in (200, 201)
                return Reply(done.status, done.tree, done.headers, LOST) if self._tricked else done
            case "refuse":
                return self._refuse(request)
            case "change":
                return self._change_first(request)

    def _busy(self, note: str) -> Reply:
        told = refused(429, "The service is busy. Ask again later.", "throttled")
        return Reply(429, told.tree, {"Retry-After": str(RETRY_AFTER_SECONDS)}, note)

    def _refuse(self, request: Request) -> Reply:
        self._tricked = True
        date = date_to_ask_for(request.body)
        text = f"startDate must be {date}: that is the day on which the person said so."
        issue = Issue("value", text, "Goal.startDate")
        return Reply(422, outcome([issue]), note=REFUSED)

    def _change_first(self, request: Request) -> Reply:
        """Only a change of the version that is current can be overtaken."""
        current = self.trace.shelf.read(*request.path.split("/"))
        if current is None or request.headers["if-match"] != current.etag:
            return self._door.answer(request, _now())
        self._tricked = True
        change_meanwhile(self.trace, _now())
        told = self._door.answer(request, _now())
        return Reply(told.status, told.tree, told.headers, CHANGED)


def _now() -> datetime:
    return datetime.now(UTC)
