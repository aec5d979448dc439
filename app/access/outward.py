"""Asks somebody else's server one thing: at a public address that was looked at and is the one
asked, over TLS, without redirects, for a short time and a small answer.

Source: https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import httpx

from app.access import key_address
from app.access.key_address import KeyAddress
from app.errors import Invalid

Resolve: TypeAlias = Callable[[str], Awaitable[list[str]]]

WITHIN_SECONDS = 5.0
LARGEST_BYTES = 64 * 1024
_MOST_ADDRESSES = 2


class NotFetched(Exception):
    """There is no answer that can be used. why: for the log; it quotes nothing that came.
    status: of HTTP, where there was one."""

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with status 200."""

    headers: httpx.Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """What is asked. headers: besides those that are always there."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None


async def resolve(host: str) -> list[str]:
    """The network addresses of a host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


@cache
def _usual_tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class Outward:
    """How others are asked. loopback: also this machine. tls: which certificates count."""

    loopback: bool = False
    resolve: Resolve = resolve
    tls: ssl.SSLContext | None = None
    within_seconds: float = WITHIN_SECONDS

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answered:
        """Raises NotFetched."""
        sent = Sent(method, headers or {}, body)
        try:
            async with asyncio.timeout(self.within_seconds):
                return await self._ask(key_address.read(url, loopback=self.loopback), sent)
        except TimeoutError:
            raise NotFetched("no answer in time") from None
        except Invalid:
            raise NotFetched("the address is not one that may be asked") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as problem:
            raise NotFetched(f"no answer: {type(problem).__name__}") from problem

    async def _ask(self, address: KeyAddress, sent: Sent) -> Answered:
        # Every address of the name is looked at, and one of those is asked: what the name says a
        # moment later is no matter.
        places = await self.resolve(address.host)
        if not places or not all(
            key_address.may_be_asked(place, loopback=self.loopback) for place in places
        ):
            raise NotFetched("the host is not at a public address")
        async with httpx.AsyncClient(
            verify=self.tls or _usual_tls(),
            trust_env=False,
            follow_redirects=False,
            timeout=self.within_seconds,
        ) as http:
            *spare, last = places[:_MOST_ADDRESSES]
            for place in spare:
                try:
                    return await _send(http, address, place, sent)
                except httpx.ConnectError:
                    continue
            return await _send(http, address, last, sent)


async def _send(http: httpx.AsyncClient, address: KeyAddress, place: str, sent: Sent) -> Answered:
    request = http.build_request(
        sent.method,
        f"{address.scheme}://{_authority(place, address.port)}{address.target}",
        headers={
            "Host": _authority(address.host, address.port),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **sent.headers,
        },
        content=sent.body,
        extensions={"sni_hostname": address.host},
    )
    answer = await http.send(request, stream=True)
    try:
        if answer.status_code != 200:
            raise NotFetched(f"the status was {answer.status_code}", answer.status_code)
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise NotFetched("the answer was packed")
        return Answered(answer.headers, await _body(answer))
    finally:
        await answer.aclose()


def _authority(host: str, port: int | None) -> str:
    named = f"[{host}]" if ":" in host else host
    return named if port is None else f"{named}:{port}"


async def _body(answer: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in answer.aiter_raw():
        size += len(part)
        if size > LARGEST_BYTES:
            raise NotFetched(f"the answer was larger than {LARGEST_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)
