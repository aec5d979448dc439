"""Fetches a client's published keys: one GET to a public address, pinned, short, small, with no
redirects.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html,
https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import httpx

from app.access import client_keys, key_address
from app.access.issuers import PublicKey
from app.access.key_address import KeyAddress
from app.errors import Invalid

Resolve: TypeAlias = Callable[[str], Awaitable[list[str]]]

WITHIN_SECONDS = 5.0
LARGEST_BYTES = 64 * 1024
USUAL_FRESH_SECONDS = 300
MOST_FRESH_SECONDS = 3600
_MOST_ADDRESSES = 2

_MAX_AGE = re.compile(r'max-age\s*=\s*"?([0-9]{1,9})"?')


class NotFetched(Exception):
    """The keys could not be had. why: for the log; it quotes nothing that came."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Fetched:
    """Published keys. fresh_seconds: how long they may be used without asking again.
    may_be_stale: whether they may be used for some time after, while nobody answers."""

    keys: tuple[PublicKey, ...]
    fresh_seconds: int
    may_be_stale: bool


async def resolve(host: str) -> list[str]:
    """The network addresses of a host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


@cache
def _usual_tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class KeyFetch:
    """How keys are fetched. loopback: also from this machine. tls: which certificates count."""

    loopback: bool = False
    resolve: Resolve = resolve
    tls: ssl.SSLContext | None = None
    within_seconds: float = WITHIN_SECONDS

    async def __call__(self, url: str) -> Fetched:
        """Raises NotFetched."""
        try:
            async with asyncio.timeout(self.within_seconds):
                return await self._fetch(key_address.read(url, loopback=self.loopback))
        except TimeoutError:
            raise NotFetched("no answer in time") from None
        except Invalid:
            raise NotFetched("the address is not one that may be asked") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as problem:
            raise NotFetched(f"no answer: {type(problem).__name__}") from problem

    async def _fetch(self, address: KeyAddress) -> Fetched:
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
                    return await _get(http, address, place)
                except httpx.ConnectError:
                    continue
            return await _get(http, address, last)


async def _get(http: httpx.AsyncClient, address: KeyAddress, place: str) -> Fetched:
    request = http.build_request(
        "GET",
        f"{address.scheme}://{_authority(place, address.port)}{address.target}",
        headers={
            "Host": _authority(address.host, address.port),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        },
        extensions={"sni_hostname": address.host},
    )
    answer = await http.send(request, stream=True)
    try:
        if answer.status_code != 200:
            raise NotFetched(f"the status was {answer.status_code}")
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise NotFetched("the answer was packed")
        keys = client_keys.usable(await _body(answer))
    finally:
        await answer.aclose()
    if keys is None:
        raise NotFetched("the answer was no JSON Web Key Set")
    fresh_seconds, may_be_stale = freshness(answer.headers)
    return Fetched(keys, fresh_seconds, may_be_stale)


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


def freshness(headers: httpx.Headers) -> tuple[int, bool]:
    """How long the answer may be used, by its Cache-Control, and whether also a while after that.

    Without one, five minutes; never more than an hour.
    """
    told = headers.get("cache-control", "").lower()
    words = {word.strip().partition("=")[0].strip() for word in told.split(",")}
    may_be_stale = words.isdisjoint(("no-store", "no-cache", "must-revalidate"))
    if not words.isdisjoint(("no-store", "no-cache")):
        return 0, False
    found = _MAX_AGE.search(told)
    if found is None:
        return (0, False) if "max-age" in words else (USUAL_FRESH_SECONDS, may_be_stale)
    age = headers.get("age", "0").strip()
    left = int(found[1]) - (int(age) if age.isascii() and age.isdigit() else 0)
    return min(max(left, 0), MOST_FRESH_SECONDS), may_be_stale
