"""Where people sign in and out in a browser, and read who they are here.

Only the pages here heed the cookie: the FHIR address takes tokens alone (docs/decisions/0024).
Spec: https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from msgspec import Struct
from msgspec.json import encode

from app.access import code_flow
from app.access.acts import Act
from app.access.limits import TooMany
from app.access.reception import Reception
from app.access.sessions import SignedIn, begin_session, end_session, session_of
from app.access.sign_in import Asking, audit_refusal
from app.endpoints import headers as heads
from app.endpoints import sign_in_pages as pages
from app.endpoints.body import sent_once
from app.endpoints.cookies import Cookies
from app.errors import Forbidden, Malformed, Refusal, Unavailable

HOME = "/sign-in/me"
_MOST_FIELDS = 30
_LONGEST_NEXT = 500
_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # printable, without a backslash, on this machine
_INTERNAL = "Something went wrong here, not with what you did. It has been logged."

_log = structlog.get_logger()


class _Asked(Struct, frozen=True):
    """One request. query: each parameter once."""

    reception: Reception
    cookies: Cookies
    headers: Mapping[bytes, bytes]
    query: Mapping[str, str]
    asking: Asking

    @property
    def next(self) -> str:
        """Where to go afterwards: a path of this service and nothing else. Raises Malformed."""
        path = self.query.get("next", HOME)
        if not _PATH.fullmatch(path) or len(path) > _LONGEST_NEXT:
            raise Malformed("next must be a path of this service, such as /sign-in/me.")
        return path

    @property
    def takes_json(self) -> bool:
        accept = self.headers.get(b"accept", b"").lower()
        return b"application/json" in accept and b"text/html" not in accept


Work: TypeAlias = Callable[[_Asked], Awaitable[Response]]


def people_routes(reception: Callable[[], Reception | None], base_url: str) -> APIRouter:
    """reception: None until the service has started. base_url: the address that callers use."""
    router = APIRouter(tags=["sign-in"])
    cookies = Cookies(base_url)

    def route(method: str, path: str, act: Act, work: Work) -> None:
        async def answer(request: Request) -> Response:
            return await _answered(reception(), cookies, request, act, work)

        router.add_api_route(path, answer, methods=[method], name=path)

    route("GET", "/sign-in", Act.SIGN_IN, _choices)
    route("GET", "/sign-in/start", Act.SIGN_IN, _start)
    route("GET", "/sign-in/return", Act.SIGN_IN, _return)
    route("GET", HOME, Act.SIGN_IN, _me)
    route("POST", "/sign-out", Act.SIGN_OUT, _sign_out)
    return router


async def _choices(asked: _Asked) -> Response:
    labels = [
        (issuer.name, issuer.provider.label)
        for issuer in asked.reception.issuer_by_name.values()
        if issuer.provider is not None
    ]
    return HTMLResponse(pages.choices(labels, asked.next))


async def _start(asked: _Asked) -> Response:
    issuer, fresh = asked.query.get("iss", ""), asked.query.get("fresh", "no")
    if fresh not in ("yes", "no"):
        raise Malformed("fresh is yes or no.")
    begun = code_flow.begin(asked.reception, issuer, asked.next, fresh=fresh == "yes")
    return _gone(begun.location, asked.cookies.with_attempt(begun.sealed))


async def _return(asked: _Asked) -> Response:
    cookies, headers = asked.cookies, asked.headers
    secret, next = await begin_session(
        asked.reception,
        cookies.attempt(headers),
        asked.query,
        cookies.session(headers),
        asked.asking,
    )
    return _gone(next, cookies.with_session(secret), cookies.without_attempt())


async def _me(asked: _Asked) -> Response:
    here = await session_of(asked.reception, asked.cookies.session(asked.headers))
    _, provider = asked.reception.choice(here.caller.issuer)
    if asked.takes_json:
        return Response(encode(_told(here, provider.label)), media_type="application/json")
    return HTMLResponse(pages.me(here, provider.label))


async def _sign_out(asked: _Asked) -> Response:
    try:
        asked.cookies.check_same_origin(asked.headers)
    except Forbidden as refusal:
        await audit_refusal(asked.reception.desk, asked.asking, None, refusal)
        raise
    await end_session(asked.reception, asked.cookies.session(asked.headers), asked.asking)
    return _gone("/sign-in", asked.cookies.without_session())


def _told(here: SignedIn, label: str) -> dict[str, object]:
    """Who is signed in, as JSON. signed_in_at: when they last proved who they are, in seconds since
    1970, where the provider says."""
    caller = here.caller
    return {
        "name": caller.name,
        "role": caller.role,
        "person": caller.person,
        "organization": caller.organization,
        "organization_name": here.organization_name,
        "signed_in_with": label,
        "signed_in_at": caller.signed_in_at,
        "created": here.created,
        "expires": here.expires,
        "text": f"{pages.here_for(here)} {pages.since(here, label)}",
    }


async def _answered(
    reception: Reception | None, cookies: Cookies, request: Request, act: Act, work: Work
) -> Response:
    request_id = secrets.token_hex(8)
    takes_json = False
    try:
        headers = heads.read_headers(request.scope["headers"])
        request_id = heads.request_id(headers, request_id)
        if reception is None:
            raise Unavailable("The service is starting. Try again in a few seconds.")
        address = request.client.host if request.client else None
        target = request.scope["path"].lstrip("/")
        asking = Asking(act, request.method, target, request_id, address)
        asked = _Asked(reception, cookies, headers, _query(request), asking)
        takes_json = asked.takes_json
        answer = await work(asked)
    except Refusal as refusal:
        answer = _refusal(refusal, request_id, takes_json=takes_json)
    except Exception:
        _log.exception("sign-in failed", request_id=request_id, act=str(act))
        answer = HTMLResponse(pages.no(_INTERNAL), 500)
    answer.headers.update({**pages.HEADERS, "X-Request-Id": request_id})
    return answer


def _query(request: Request) -> dict[str, str]:
    return sent_once(request.scope["query_string"], "address", _MOST_FIELDS)


def _refusal(refusal: Refusal, request_id: str, *, takes_json: bool) -> Response:
    text = refusal.issues[0].text
    _log.info("sign-in refused", status=refusal.status, reason=text, request_id=request_id)
    answer: Response
    if takes_json:
        told = {"issues": [{"code": refusal.issues[0].code, "text": text}]}
        answer = Response(encode(told), refusal.status, media_type="application/json")
    else:
        answer = HTMLResponse(pages.no(text), refusal.status)
    if isinstance(refusal, Unavailable):
        answer.headers["Retry-After"] = "30"
    if isinstance(refusal, TooMany):
        answer.headers.update(heads.of_too_many(refusal))
    return answer


def _gone(location: str, *cookies: str) -> Response:
    answer = Response(status_code=303, headers={"Location": location})
    for cookie in cookies:
        answer.headers.append("Set-Cookie", cookie)
    return answer
