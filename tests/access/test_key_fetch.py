"""Keys are fetched once, from the address that was looked at, and never more than a little."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.access.key_fetch import Fetched, KeyFetch, freshness
from app.access.outward import NotFetched
from tests.access.assertions import EC_KEY
from tests.access.key_server import KeyServer, certificate, key_server


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with key_server() as made:
        yield made


def fetch(url: str, how: KeyFetch | None = None) -> Fetched | str:
    """What was fetched, or why nothing was."""
    try:
        return asyncio.run((how or KeyFetch(loopback=True))(url))
    except NotFetched as problem:
        return problem.why


def test_published_keys_are_fetched(server: KeyServer) -> None:
    server.headers = {"Cache-Control": "public, max-age=60"}
    fetched = fetch(server.url)
    assert isinstance(fetched, Fetched)
    assert [key.thumbprint() for key in fetched.keys] == [EC_KEY.thumbprint()]
    assert (fetched.fresh_seconds, fetched.may_be_stale) == (60, True)


def test_this_machine_is_not_asked_unless_that_is_set(server: KeyServer) -> None:
    assert "may be asked" in str(fetch(server.url, KeyFetch()))
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:7f00:1]"):
        assert isinstance(fetch(f"https://{host}:{server.port}/", KeyFetch()), str)
    assert server.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: KeyServer, status: int) -> None:
    server.status = status
    server.headers = {"Location": "http://169.254.169.254/latest/meta-data"}
    assert fetch(server.url) == f"the status was {status}"
    assert len(server.asked) == 1


def test_a_name_that_leads_home_is_refused_whatever_else_it_leads_to(server: KeyServer) -> None:
    async def both(host: str) -> list[str]:
        return ["93.184.216.34", "127.0.0.1"]

    url = f"https://charity.example:{server.port}/"
    assert "public" in str(fetch(url, KeyFetch(resolve=both)))
    assert server.asked == []


def test_a_name_is_looked_up_once_and_what_was_found_is_what_is_asked(server: KeyServer) -> None:
    """A name server that tells a harmless address first and a private one next gets nowhere."""
    told = iter([["127.0.0.1"], ["169.254.169.254"]])

    async def rebinding(host: str) -> list[str]:
        return next(told)

    how = KeyFetch(loopback=True, resolve=rebinding)
    assert isinstance(fetch(f"http://localhost:{server.port}/jwks.json?a=b", how), Fetched)
    [asked] = server.asked
    assert asked["host"] == f"localhost:{server.port}"
    assert asked["path"] == "/jwks.json?a=b"
    assert next(told) == ["169.254.169.254"]


def test_over_tls_the_certificate_must_be_that_of_the_name(tmp_path: Path) -> None:
    async def home(host: str) -> list[str]:
        return ["127.0.0.1"]

    pem = certificate(tmp_path, "charity.example")
    trusting = ssl.create_default_context(cafile=pem)
    how = KeyFetch(loopback=True, resolve=home, tls=trusting)
    with key_server(pem) as server:
        assert isinstance(fetch(f"https://charity.example:{server.port}/", how), Fetched)
        assert server.asked[0]["host"] == f"charity.example:{server.port}"
        for name in ("other.example", "127.0.0.1"):
            assert fetch(f"https://{name}:{server.port}/", how) == "no answer: ConnectError"
        stranger = KeyFetch(loopback=True, resolve=home)
        assert isinstance(fetch(f"https://charity.example:{server.port}/", stranger), str)
        assert len(server.asked) == 1


def test_a_body_of_a_gigabyte_is_left_off_early(server: KeyServer) -> None:
    server.megabytes = 1000
    assert "larger than" in str(fetch(server.url))
    assert server.megabytes_sent < 50


def test_a_server_that_says_nothing_is_not_waited_for(server: KeyServer) -> None:
    server.hangs = True
    assert fetch(server.url, KeyFetch(loopback=True, within_seconds=0.2)) == "no answer in time"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"keys":1}', b"[" * 50_000])
def test_an_answer_that_is_no_key_set_is_none(server: KeyServer, body: bytes) -> None:
    server.keys = body
    assert "no JSON Web Key Set" in str(fetch(server.url))


def test_a_packed_answer_is_not_unpacked(server: KeyServer) -> None:
    server.headers = {"Content-Encoding": "gzip"}
    assert fetch(server.url) == "the answer was packed"
    assert server.asked[0]["accept-encoding"] == "identity"


def test_nobody_listening_is_told() -> None:
    with key_server() as gone:
        url = gone.url
    assert "no answer" in str(fetch(url))


@pytest.mark.parametrize(
    ("headers", "seconds", "may_be_stale"),
    [
        ({}, 300, True),
        ({"Cache-Control": "max-age=60"}, 60, True),
        ({"Cache-Control": "MAX-AGE = 60"}, 60, True),
        ({"Cache-Control": "max-age=60", "Age": "50"}, 10, True),
        ({"Cache-Control": "max-age=60", "Age": "90"}, 0, True),
        ({"Cache-Control": "max-age=604800"}, 3600, True),
        ({"Cache-Control": "max-age=60, must-revalidate"}, 60, False),
        ({"Cache-Control": "no-store"}, 0, False),
        ({"Cache-Control": "no-cache, max-age=60"}, 0, False),
        ({"Cache-Control": "max-age=soon"}, 0, False),
        ({"Cache-Control": "public"}, 300, True),
    ],
)
def test_keys_are_fresh_no_longer_than_their_publisher_says(
    headers: dict[str, str], seconds: int, may_be_stale: bool
) -> None:
    assert freshness(httpx.Headers(headers)) == (seconds, may_be_stale)
