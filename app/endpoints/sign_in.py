"""Where clients sign in: tokens, what became of them, and the keys to check them by.

Spec: https://www.rfc-editor.org/rfc/rfc6749#section-5, https://www.rfc-editor.org/rfc/rfc7662,
https://www.rfc-editor.org/rfc/rfc7009, https://www.rfc-editor.org/rfc/rfc8414
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import structlog
from fastapi import APIRouter, Request, Response
from msgspec.json import encode

from app.access.acts import Act
from app.access.client_keys import ALGORITHMS
from app.access.limits import TooMany
from app.access.sign_in import GRANT_TYPE, Asking, Desk, sign_in
from app.access.token_check import challenge
from app.access.token_status import introspect, revoke
from app.endpoints import headers as heads
from app.endpoints.body import SMALL_BODY_SECONDS, read_body, sent_once
from app.errors import Malformed, Refusal, SignInRefused, Unauthenticated, Unavailable

Form: TypeAlias = Mapping[str, str]
Answering: TypeAlias = Callable[[Desk, Form, Mapping[bytes, bytes], Asking], Awaitable[object]]

MOST_BYTES = 64 * 1024
_MOST_FIELDS = 30
_JSON = "application/json"
_KEYS_SECONDS = 300
_NEVER_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}

_log = structlog.get_logger()


def sign_in_routes(desk: Callable[[], Desk | None], base_url: str) -> APIRouter:
    """desk: None until the service has started. base_url: the address that callers use."""
    router = APIRouter(tags=["sign-in"])

    @router.post("/oauth/token")
    async def token(request: Request) -> Response:
        return await _answered(desk(), request, Act.TOKEN, _token)

    @router.post("/oauth/introspect")
    async def introspection(request: Request) -> Response:
        return await _answered(desk(), request, Act.INTROSPECT, _introspect)

    @router.post("/oauth/revoke")
    async def revocation(request: Request) -> Response:
        return await _answered(desk(), request, Act.REVOKE, _revoke)

    @router.get("/oauth/jwks")
    async def keys() -> Response:
        here = desk()
        if here is None:
            return _refusal(Unavailable("The service is starting."), "")
        cache = {"Cache-Control": f"public, max-age={_KEYS_SECONDS}"}
        body = encode({"keys": here.own.keys.public()})
        return Response(body, media_type=_JSON, headers=cache)

    metadata = encode(
        {
            "issuer": base_url.rstrip("/"),
            "jwks_uri": f"{base_url.rstrip('/')}/oauth/jwks",
            "response_types_supported": [],
            **sign_in_addresses(base_url),
        }
    )

    @router.get("/.well-known/oauth-authorization-server")
    async def authorization_server() -> Response:
        return Response(metadata, media_type=_JSON)

    return router


def sign_in_addresses(base_url: str) -> dict[str, object]:
    """Where and how clients sign in, in the words of RFC 8414 and of SMART."""
    oauth = f"{base_url.rstrip('/')}/oauth"
    told: dict[str, object] = {}
    for name in ("token", "introspection", "revocation"):
        told[f"{name}_endpoint"] = f"{oauth}/{_PATHS[name]}"
        told[f"{name}_endpoint_auth_methods_supported"] = ["private_key_jwt"]
        told[f"{name}_endpoint_auth_signing_alg_values_supported"] = list(ALGORITHMS)
    return {**told, "grant_types_supported": [GRANT_TYPE]}


_PATHS = {"token": "token", "introspection": "introspect", "revocation": "revoke"}


async def _token(
    desk: Desk, form: Form, headers: Mapping[bytes, bytes], asking: Asking
) -> dict[str, object]:
    granted = await sign_in(desk, form, asking)
    return {
        "access_token": granted.token,
        "token_type": "bearer",
        "expires_in": granted.seconds,
        "scope": granted.scope,
    }


async def _introspect(
    desk: Desk, form: Form, headers: Mapping[bytes, bytes], asking: Asking
) -> dict[str, object]:
    return await introspect(desk, form, headers.get(b"authorization"), asking)


async def _revoke(
    desk: Desk, form: Form, headers: Mapping[bytes, bytes], asking: Asking
) -> dict[str, object]:
    await revoke(desk, form, headers.get(b"authorization"), asking)
    return {}


async def _answered(
    desk: Desk | None, request: Request, act: Act, answering: Answering
) -> Response:
    request_id = secrets.token_hex(8)
    try:
        headers = heads.read_headers(request.scope["headers"])
        request_id = heads.request_id(headers, request_id)
        if desk is None:
            raise Unavailable("The service is starting. Try again in a few seconds.")
        form = await _form(request, headers, act)
        address = request.client.host if request.client else None
        target = request.scope["path"].lstrip("/")
        asking = Asking(act, request.method, target, request_id, address)
        body = await answering(desk, form, headers, asking)
    except Refusal as refusal:
        return _refusal(refusal, request_id)
    except Exception:
        _log.exception("sign-in failed", request_id=request_id, act=str(act))
        return _json(500, _error("server_error", _INTERNAL), request_id)
    return _json(200, body, request_id)


_INTERNAL = "Something went wrong here, not with your request. It has been logged."


async def _form(request: Request, headers: Mapping[bytes, bytes], act: Act) -> dict[str, str]:
    """What is sent in the body; nothing else is looked at. Raises Malformed and its like."""
    if request.scope["query_string"]:
        raise Malformed("Send everything in the body, as a form, and nothing in the address.")
    if act is Act.TOKEN and b"authorization" in headers:
        raise Malformed("Sign in by a signed assertion in the form, without Authorization.")
    body = await read_body(
        request.receive, headers, most_bytes=MOST_BYTES, seconds=SMALL_BODY_SECONDS
    )
    heads.check_form(heads.media_type(headers))
    form = sent_once(body, "form", _MOST_FIELDS)
    if "client_secret" in form:
        raise Malformed("Shared secrets are not taken. Sign in by a signed assertion.")
    return {name: value for name, value in form.items() if value}


def _refusal(refusal: Refusal, request_id: str) -> Response:
    text = refusal.issues[0].text
    if isinstance(refusal, SignInRefused):
        error = refusal.error
    elif isinstance(refusal, Unauthenticated):
        error = "invalid_token"
    elif isinstance(refusal, Unavailable | TooMany):
        error = "temporarily_unavailable"
    else:
        error = "invalid_request"
    _log.info(
        "sign-in refused",
        error=error,
        reason=text,
        status=refusal.status,
        request_id=request_id,
    )
    answer = _json(refusal.status, _error(error, text), request_id)
    if isinstance(refusal, Unauthenticated):
        answer.headers["WWW-Authenticate"] = challenge(refusal).decode("ascii")
    if isinstance(refusal, Unavailable):
        answer.headers["Retry-After"] = "30"
    if isinstance(refusal, TooMany):
        answer.headers.update(heads.of_too_many(refusal))
    return answer


def _error(error: str, text: str) -> dict[str, str]:
    # RFC 6749 leaves these two characters out of a description.
    told = text.replace('"', "'").replace("\\", "/")
    return {"error": error, "error_description": told}


def _json(status: int, body: object, request_id: str) -> Response:
    headers = {**_NEVER_KEPT, "X-Content-Type-Options": "nosniff", "X-Request-Id": request_id}
    return Response(encode(body), status, headers=headers, media_type=_JSON)
