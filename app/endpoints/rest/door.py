"""What every request to the plain API passes: its headers, who asks, a body read strictly, and a
refusal in one form.

Spec: https://www.rfc-editor.org/rfc/rfc9110
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from msgspec import Raw
from starlette.exceptions import HTTPException

from app.access.acts import Act
from app.access.caller import Caller
from app.access.standing import Standing
from app.access.token_check import Verifier
from app.endpoints import headers as heads
from app.endpoints.body import query_text, read_body
from app.endpoints.rest.faults import fault_of
from app.endpoints.rest.languages import wanted_language
from app.endpoints.rest.problem import of_faults, problem
from app.endpoints.rest.tried import id_in, refusal_in, tried
from app.endpoints.under_way import Full, UnderWay, record_late
from app.errors import (
    Issue,
    Malformed,
    PreconditionRequired,
    Refusal,
    Unavailable,
    UnsupportedMedia,
)
from app.fhir.json_guard import parse, refuse_deeper
from app.interactions.perform import audit_refusal
from app.interactions.visit import Ask, Record
from app.interactions.who_asks import who_asks
from app.what_matters.language import Say, said_in
from app.what_matters.mapping.kind import Kind, in_plain_words

_INTERNAL = "Something went wrong here, not with your request. It has been logged."
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RestDoor:
    """What the plain API of one worker has at hand. under_way: its places."""

    record: Record
    verifier: Verifier
    standing: Standing
    under_way: UnderWay


@dataclass(frozen=True, slots=True)
class Visitor:
    """One request that was let in. asked: what its address tells, from which each ask is made."""

    door: RestDoor
    caller: Caller
    asked: Ask
    headers: dict[bytes, bytes]

    @property
    def record(self) -> Record:
        """The record asked."""
        return self.door.record

    @property
    def request_id(self) -> str:
        """By which it is found in the log."""
        return self.asked.request_id

    @property
    def say(self) -> Say:
        """What says our sentences in the language that they are wanted in."""
        return said_in(self.asked.language)

    def version_changed(self) -> int:
        """The version that If-Match names. Raises PreconditionRequired without one."""
        version = heads.version(self.headers, b"if-match")
        if version is None:
            raise PreconditionRequired(
                "Send the ETag of the version that you change in the header If-Match, so that "
                "nobody's change is lost. Read the entry to get it."
            )
        return version


def visitor(request: Request) -> Visitor:
    """The one who asks, for a route."""
    return request.state.visitor  # type: ignore[no-any-return]


def route_class(door: Callable[[], RestDoor | None]) -> type[APIRoute]:
    """Routes whose requests pass the door before anything else is looked at."""

    class Route(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()
            known = sorted(one.alias for one in self.dependant.query_params)

            async def checked(request: Request) -> Response:
                _check_query(request, known)
                return await answer(request)

            async def handler(request: Request) -> Response:
                return await _passed(door(), request, checked)

            return handler

    return Route


def _check_query(request: Request, known: list[str]) -> None:
    """What is not known would be passed over, and the answer be taken for what was asked."""
    given = [name for name, _ in request.query_params.multi_items()]
    if len(set(given)) < len(given) or not set(given) <= set(known):
        takes = f"takes {', '.join(known)}, each once" if known else "takes nothing"
        raise Malformed(f"After the question mark, this address {takes}.")


async def _passed(
    door: RestDoor | None,
    request: Request,
    answer: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Response:
    request_id = secrets.token_hex(8)
    strict = _StrictRequest(request.scope, request.receive)
    try:
        headers = heads.read_headers(request.scope["headers"])
        request_id = heads.request_id(headers, request_id)
        if door is None:
            raise Unavailable("The service is starting. Try again in a few seconds.")
        door.under_way.enter(_waits, request.url.path, request.scope)
        try:
            return await _answered(door, strict, headers, request_id, answer)
        finally:
            door.under_way.leave()
    except RequestValidationError as error:
        return of_faults(422, [fault_of(one) for one in error.errors()], request_id)
    except HTTPException as error:
        if not isinstance(error.__cause__, Refusal):
            raise
        # FastAPI wraps what the strict reading of a body refuses.
        return problem(error.__cause__, request_id)
    except Refusal as refusal:
        if not isinstance(refusal, Full):  # a line for each would cost more than the refusal does
            _log.info("answered", status=refusal.status, request_id=request_id)
        return problem(refusal, request_id, _words_of(strict))
    except Exception:
        _log.exception("request failed", request_id=request_id)
        return of_faults(500, [{"detail": _INTERNAL}], request_id)


def _waits(_: str, __: object) -> bool:
    """No address of the plain API is for emergencies."""
    return False


async def _answered(
    door: RestDoor,
    strict: "_StrictRequest",
    headers: dict[bytes, bytes],
    request_id: str,
    answer: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Response:
    """Raises what it is refused with, also when it took too long."""
    here: Visitor | None = None
    try:
        here = strict.state.visitor = await _let_in(door, strict, headers, request_id)
        await _read(here, strict)
        return await answer(strict)
    except asyncio.CancelledError as cancelled:
        late = door.under_way.given_up(cancelled)
        if here is not None:
            await record_late(door.record, here.caller, here.asked, late)
        raise late from None
    except (Refusal, RequestValidationError, HTTPException) as error:
        refusal = refusal_in(error)
        if here is not None and refusal is not None and not refusal.on_record:
            about = [one for one in (id_in(strict, "person"),) if one is not None]
            ask = tried(strict, here.asked)
            await audit_refusal(door.record, here.caller, ask, refusal, about)
        raise


async def _let_in(
    door: RestDoor, request: "_StrictRequest", headers: dict[bytes, bytes], request_id: str
) -> Visitor:
    query_text(request.scope["query_string"])  # refuses a token in it
    person = id_in(request, "person")
    asked = Ask(
        Act.READ,
        "Patient" if person is not None else None,
        person,
        method=request.method,
        request_id=request_id,
        address=request.client.host if request.client else None,
        language=wanted_language(headers),
    )
    caller = await who_asks(
        door.record, door.verifier, door.standing, headers.get(b"authorization"), asked
    )
    return Visitor(door, caller, asked, headers)


async def _read(here: Visitor, request: "_StrictRequest") -> None:
    """The body, where there is one."""
    if request.method not in _WITH_BODY:
        return
    most, under_way = here.record.bounds, here.door.under_way
    under_way.stop_clock()
    request.state.raw = await read_body(
        request.receive, here.headers, most_bytes=most.body_bytes, seconds=most.body_seconds
    )
    under_way.start_clock()
    refuse_deeper(request.state.raw, most.depth)
    if request.state.raw and heads.media_type(here.headers) != "application/json":
        raise UnsupportedMedia("Send JSON: Content-Type: application/json.")
    if request.state.raw:
        request.state.said = parse(request.state.raw)


class _StrictRequest(Request):
    """A request whose body was read within limits, and is read as JSON in one way only."""

    async def body(self) -> bytes:
        return getattr(self.state, "raw", b"")

    async def json(self) -> Any:
        return with_decimals(self.state.said)


def with_decimals(value: Any) -> Any:
    """The same with numbers as `Decimal` that keep their digits."""
    if isinstance(value, dict):
        return {name: with_decimals(one) for name, one in value.items()}
    if isinstance(value, list):
        return [with_decimals(one) for one in value]
    return Decimal(bytes(value).decode()) if isinstance(value, Raw) else value


def with_digits(value: Any) -> Any:
    """The other way round: what FHIR keeps digit for digit."""
    if isinstance(value, dict):
        return {name: with_digits(one) for name, one in value.items()}
    if isinstance(value, list):
        return [with_digits(one) for one in value]
    return Raw(str(value).encode()) if isinstance(value, Decimal) else value


def _words_of(request: Request) -> Callable[[Issue], tuple[str | None, str]]:
    """What an issue is in the fields of the kind that the request writes."""
    kind: Kind | None = getattr(request.state, "kind", None)
    tree = getattr(request.state, "tree", {})
    return lambda issue: in_plain_words(kind, issue, tree) if kind else (None, issue.text)


def about(request: Request, kind: Kind) -> None:
    """Remember what a request writes, so that a refusal can name its fields."""
    request.state.kind = kind
