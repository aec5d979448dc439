"""A sandbox for an integrator's client: a FHIR endpoint that plays scenarios and judges the client.

Each scenario has a base of its own, /share-a-goal/fhir. A client whose base cannot be changed uses
/fhir, which leads to the scenario chosen last. In memory, on this machine, with one made-up person.
"""

import asyncio
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.conformance.client_account import account_of
from app.conformance.client_judgement import Judgement, is_met
from app.conformance.client_sandbox_door import FHIR_JSON, Request, body
from app.conformance.client_sandbox_line import Line, Lost
from app.conformance.client_sandbox_session import Session
from app.conformance.client_scenarios import Scenario
from app.conformance.client_trace import LOST
from app.conformance.reports import Account, broken, page, tree

MOST_BODY_BYTES = 1_000_000
QUIET_SECONDS = 10.0
_WIDTH = 80
_EVERY = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Sandbox:
    """All scenarios that are played, and who is at the shared base."""

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self._scenarios = tuple(scenarios)
        self._last_heard = time.monotonic()
        self._began_at = datetime.now(UTC)
        self.is_told_done = False
        self._begin_all()
        self.app = Starlette(
            routes=[
                Route("/", self._front),
                Route("/report", self._report),
                Route("/report.json", self._report_json),
                Route("/choose/{name}", self._choose, methods=["POST"]),
                Route("/reset", self._reset, methods=["POST"]),
                Route("/reset/{name}", self._reset_one, methods=["POST"]),
                Route("/done", self._done, methods=["POST"]),
                Route("/fhir/{path:path}", self._shared, methods=_EVERY),
                Route("/{name}/fhir/{path:path}", self._own, methods=_EVERY),
            ]
        )

    def _begin_all(self) -> None:
        self._session_by_name = {one.name: Session(one) for one in self._scenarios}
        self._chosen = self._scenarios[0].name

    def judgements(self) -> list[Judgement]:
        """What is to be said of the client so far, scenario by scenario."""
        return [one for session in self._session_by_name.values() for one in session.judgements()]

    @property
    def is_green(self) -> bool:
        """Whether every MUST of every scenario passed."""
        return is_met(self.judgements())

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to wait for: the client said so, all is green, or every scenario
        is begun and nothing has come for a while."""
        if self.is_told_done or self.is_green:
            return True
        is_quiet = time.monotonic() - self._last_heard > QUIET_SECONDS
        sessions = self._session_by_name.values()
        return is_quiet and all(one.is_begun for one in sessions)

    def account(self) -> Account:
        """Everything for the reports."""
        return account_of(self._session_by_name.values(), self._began_at)

    async def _shared(self, request: HttpRequest) -> Response:
        return await self._answer(self._session_by_name[self._chosen], request, "/fhir")

    async def _own(self, request: HttpRequest) -> Response:
        name = request.path_params["name"]
        if name not in self._session_by_name:
            return _no_scenario()
        return await self._answer(self._session_by_name[name], request, f"/{name}/fhir")

    async def _answer(self, session: Session, request: HttpRequest, base: str) -> Response:
        self._last_heard = time.monotonic()
        given = b""
        async for part in request.stream():
            given += part
            if len(given) > MOST_BODY_BYTES:
                return PlainTextResponse("The body is too large for the sandbox.\n", 413)
        here = f"{request.url.scheme}://{request.url.netloc}{base}"
        asked = Request(
            here,
            request.method,
            request.path_params["path"],
            request.url.query,
            dict(request.headers),
            given,
        )
        reply = session.answer(asked)
        if reply.note == LOST:
            return Lost()
        return Response(body(reply), reply.status, dict(reply.headers), media_type=FHIR_JSON)

    async def _front(self, request: HttpRequest) -> Response:
        """What to do, for people."""
        base = f"{request.url.scheme}://{request.url.netloc}"
        return PlainTextResponse(instructions(self._scenarios, base))

    async def _report(self, request: HttpRequest) -> Response:
        if "json" in request.headers.get("accept", ""):
            return JSONResponse(tree(self.account()))
        return HTMLResponse(page(self.account()))

    async def _report_json(self, request: HttpRequest) -> Response:
        return JSONResponse(tree(self.account()))

    async def _choose(self, request: HttpRequest) -> Response:
        name = request.path_params["name"]
        if name not in self._session_by_name:
            return _no_scenario()
        self._chosen = name
        return PlainTextResponse(f"/fhir now leads to {name}.\n")

    async def _reset(self, request: HttpRequest) -> Response:
        self._begin_all()
        return PlainTextResponse("Every scenario begins anew.\n")

    async def _reset_one(self, request: HttpRequest) -> Response:
        name = request.path_params["name"]
        if name not in self._session_by_name:
            return _no_scenario()
        self._session_by_name[name] = Session(self._session_by_name[name].scenario)
        return PlainTextResponse(f"{name} begins anew.\n")

    async def _done(self, request: HttpRequest) -> Response:
        self.is_told_done = True
        return PlainTextResponse("Thank you. See the report.\n")


def _no_scenario() -> Response:
    return PlainTextResponse("There is no scenario of this name. See /.\n", 404)


def instructions(scenarios: Sequence[Scenario], base: str) -> str:
    """Each scenario, where it is, and what to do there; no line is wider than a small terminal."""
    lines = [
        "The What Matters client sandbox. Point your client at each of these, one after",
        "the other, with the header Authorization: Bearer sandbox (any word will do), and",
        "do what it says.",
        "",
    ]
    for one in scenarios:
        lines.append(f"{base}/{one.name}/fhir")
        lines += [*broken(f"{one.title}. {one.ask}", _WIDTH, "    ", "    "), ""]
    return "\n".join(
        [
            *lines,
            "If your client's base cannot change, choose the scenario before each, and use",
            f"    {base}/fhir",
            f"    curl -X POST {base}/choose/{scenarios[0].name}",
            "How it is going:",
            f"    {base}/report",
            "To begin anew:",
            f"    curl -X POST {base}/reset",
            "When you have finished, press Ctrl-C, or:",
            f"    curl -X POST {base}/done",
            "",
        ]
    )


def server_of(sandbox: Sandbox) -> uvicorn.Server:
    """The server, which is not yet started."""
    config = uvicorn.Config(
        sandbox.app,
        http=Line,
        log_config=None,
        log_level="error",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


async def serve(
    sandbox: Sandbox, server: uvicorn.Server, door: socket.socket, *, until_done: bool
) -> None:
    """Serves at a socket that is bound, until it is interrupted or the client says that it is done;
    with until_done, until there is nothing to wait for."""
    serving = asyncio.ensure_future(server.serve(sockets=[door]))
    while not serving.done():
        await asyncio.wait([serving], timeout=0.2)
        if sandbox.is_told_done or (until_done and sandbox.is_done):
            server.should_exit = True
    await serving
