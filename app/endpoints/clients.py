"""The registry of clients over HTTP, for administrators, in plain JSON.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import structlog
from fastapi import APIRouter, Request, Response
from msgspec.json import encode

from app.access import administrator, registry
from app.access.acts import Act
from app.access.caller import Caller, Role
from app.access.limits import TooMany
from app.access.registry import Status
from app.access.sign_in import Asking, Desk, audit_refusal, audit_row
from app.access.standing import BINDS_AFTER_SECONDS
from app.access.token_check import challenge
from app.endpoints import headers as heads
from app.endpoints.body import SMALL_BODY_SECONDS, read_body
from app.errors import Forbidden, Issue, Malformed, Refusal, Unauthenticated, Unavailable
from app.store.clients import every
from app.store.database import Session

Deed: TypeAlias = Callable[[Session, bytes, str], Awaitable[object]]

MOST_BYTES = 256 * 1024
_NO_SECOND = (
    "What one administrator proposes another approves, so none makes the other here, nor gives "
    "them keys. Whoever runs this service does it with `whatmatters client {}`."
)
_INTERNAL = "Something went wrong here, not with your request. It has been logged."

_log = structlog.get_logger()


def client_routes(desk: Callable[[], Desk | None], *, loopback: bool) -> APIRouter:
    """desk: None until the service has started. loopback: clients' keys may be on this machine."""
    router = APIRouter(prefix="/admin/clients", tags=["clients"])

    @router.get("")
    async def list_all(request: Request) -> Response:
        return await _answered(desk(), request, _list)

    @router.post("")
    async def add(request: Request) -> Response:
        return await _answered(desk(), request, _add(loopback), status=201)

    @router.get("/{client_id}")
    async def show(request: Request, client_id: str) -> Response:
        return await _answered(desk(), request, _show(client_id))

    @router.put("/{client_id}/keys")
    async def rotate_key(request: Request, client_id: str) -> Response:
        return await _answered(desk(), request, _set_keys(client_id, loopback))

    def becomes(status: Status) -> Callable[[Request, str], Awaitable[Response]]:
        async def change(request: Request, client_id: str) -> Response:
            work, waits = _set_status(client_id, status), status is not Status.ACTIVE
            return await _answered(desk(), request, work, binds_everywhere=waits)

        return change

    for verb, status in _STATUS_BY_VERB.items():
        router.post(f"/{{client_id}}/{verb}", name=verb)(becomes(status))
    return router


async def _list(session: Session, _: bytes, __: str) -> object:
    return {"clients": [registry.told(one) for one in await every(session)]}


def _add(loopback: bool) -> Deed:
    async def work(session: Session, body: bytes, by: str) -> object:
        asked = registry.read_registration(body)
        if asked.role == Role.ADMIN:
            raise Forbidden(_NO_SECOND.format("add"))
        return registry.told(await registry.add(session, asked, by, loopback=loopback))

    return work


def _show(client_id: str) -> Deed:
    async def work(session: Session, _: bytes, __: str) -> object:
        return registry.told(await registry.show(session, client_id))

    return work


def _set_keys(client_id: str, loopback: bool) -> Deed:
    async def work(session: Session, body: bytes, by: str) -> object:
        keys = registry.read_keys(body)
        if (await registry.show(session, client_id)).role == Role.ADMIN:
            raise Forbidden(_NO_SECOND.format("rotate-key"))
        changed = await registry.set_keys(session, client_id, keys, by, loopback=loopback)
        return registry.told(changed)

    return work


def _set_status(client_id: str, status: Status) -> Deed:
    async def work(session: Session, _: bytes, by: str) -> object:
        return registry.told(await registry.set_status(session, client_id, status, by))

    return work


_STATUS_BY_VERB: Mapping[str, Status] = {
    "suspend": Status.SUSPENDED,
    "resume": Status.ACTIVE,
    "remove": Status.REMOVED,
}


async def _answered(
    desk: Desk | None,
    request: Request,
    work: Deed,
    *,
    status: int = 200,
    binds_everywhere: bool = False,
) -> Response:
    """Do it with its audit, for whoever may. binds_everywhere: answer only once it does."""
    request_id = secrets.token_hex(8)
    try:
        headers = heads.read_headers(request.scope["headers"])
        request_id = heads.request_id(headers, request_id)
        if desk is None:
            raise Unavailable("The service is starting. Try again in a few seconds.")
        told = await _done(desk, request, headers, request_id, work, status)
        if binds_everywhere:
            await asyncio.sleep(BINDS_AFTER_SECONDS)
    except Refusal as refusal:
        return _refusal(refusal, request_id)
    except Exception:
        _log.exception("registry failed", request_id=request_id)
        return _json(500, {"issues": [_issue(Issue("exception", _INTERNAL))]}, request_id)
    return _json(status, told, request_id)


async def _done(
    desk: Desk,
    request: Request,
    headers: Mapping[bytes, bytes],
    request_id: str,
    work: Deed,
    status: int,
) -> object:
    who: Caller | None = None
    address = request.client.host if request.client else None
    target = request.scope["path"].lstrip("/")
    asking = Asking(Act.CLIENTS, request.method, target, request_id, address)
    try:
        caller = await desk.verifier.caller(headers.get(b"authorization"))
        await desk.standing.check(caller)
        who = caller
        administrator.check(caller, changes=request.method != "GET")
        body = await _body(request, headers)
        unit = desk.store.unit()
        async with unit.transaction():
            told = await work(unit.session, body, f"{caller.issuer} {caller.subject}")
            await unit.audit([audit_row(desk, asking, caller, status)])
    except Refusal as refusal:
        await audit_refusal(desk, asking, who, refusal)
        raise
    return told


async def _body(request: Request, headers: Mapping[bytes, bytes]) -> bytes:
    if request.scope["query_string"]:
        raise Malformed("This address takes nothing after a question mark.")
    body = await read_body(
        request.receive, headers, most_bytes=MOST_BYTES, seconds=SMALL_BODY_SECONDS
    )
    if body:
        heads.check_json(heads.media_type(headers))
    return body


def _refusal(refusal: Refusal, request_id: str) -> Response:
    _log.info("registry refused", status=refusal.status, request_id=request_id)
    answer = _json(refusal.status, {"issues": [_issue(one) for one in refusal.issues]}, request_id)
    if isinstance(refusal, Unauthenticated):
        answer.headers["WWW-Authenticate"] = challenge(refusal).decode("ascii")
    if isinstance(refusal, Unavailable):
        answer.headers["Retry-After"] = "2"
    if isinstance(refusal, TooMany):
        answer.headers.update(heads.of_too_many(refusal))
    return answer


def _issue(issue: Issue) -> dict[str, str]:
    told = {"code": issue.code, "text": issue.text}
    return told if issue.expression is None else {**told, "where": issue.expression}


def _json(status: int, body: object, request_id: str) -> Response:
    headers = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": request_id,
    }
    return Response(encode(body), status, headers=headers, media_type="application/json")
