"""Tokens of an issuer that publishes its keys: fetched as clients' keys are, and taken back."""

import asyncio
from collections.abc import Iterator

import pytest
from joserfc.jwk import ECKey

from app.access.caller import Caller
from app.access.issuers import Issuer
from app.access.key_fetch import KeyFetch
from app.access.key_sets import ASKS_AGAIN_AFTER_SECONDS, KeySets
from app.access.token_check import Verifier
from app.errors import Unauthenticated, Unavailable
from tests.access.assertions import jwks
from tests.access.key_server import KeyServer, key_server
from tests.access.tokens import (
    AUDIENCE,
    EC_KEY,
    ISSUER,
    NOW,
    RSA_KEY,
    STRANGER_KEY,
    TRUSTED,
    bearer,
    with_claims,
    with_header,
)

UNTRUSTED = "not signed by an issuer"


class World:
    """An issuer that publishes its keys, one that does not, and a clock."""

    def __init__(self, server: KeyServer) -> None:
        self.server = server
        self.seconds = 0.0
        self.server.keys = jwks(EC_KEY)
        self.server.headers = {"Cache-Control": "max-age=60"}
        publishes = Issuer(ISSUER, AUDIENCE, frozenset(("ES256",)), {}, jwks_url=server.url)
        other = Issuer("https://still.example", AUDIENCE, TRUSTED.algorithms, TRUSTED.key_by_id)
        keys = KeySets(KeyFetch(loopback=True), lambda: self.seconds)
        self.check = Verifier([publishes, other], lambda: NOW, keys)

    def caller(self, token: bytes) -> Caller:
        return asyncio.run(self.check.caller(token))

    def later(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def world() -> Iterator[World]:
    with key_server() as server:
        yield World(server)


def test_a_key_is_fetched_once_and_remembered(world: World) -> None:
    tokens = [bearer(with_claims(jti=f"t{n}")) for n in range(3)]
    assert {world.caller(token).subject for token in tokens} == {"subject-1"}
    assert world.caller(tokens[0]) is world.caller(tokens[0])
    assert len(world.server.asked) == 1


def test_an_issuer_with_keys_of_its_own_is_not_asked(world: World) -> None:
    assert world.caller(bearer(with_claims(iss="https://still.example"))).subject == "subject-1"
    assert world.server.asked == []


@pytest.mark.parametrize(
    "token",
    [
        bearer(key=STRANGER_KEY),
        bearer(header=with_header(alg="RS256", kid="rsa-1"), key=RSA_KEY, algorithm="RS256"),
        bearer(with_claims(iss=ISSUER + "/")),
        bearer(with_claims(iss="https://still.example"), key=STRANGER_KEY),
    ],
)
def test_what_is_not_signed_by_a_published_key_is_refused(world: World, token: bytes) -> None:
    with pytest.raises(Unauthenticated, match=UNTRUSTED):
        world.caller(token)


def test_ids_that_are_not_there_do_not_make_us_ask_again_and_again(world: World) -> None:
    for n in range(5):
        with pytest.raises(Unauthenticated, match=UNTRUSTED):
            world.caller(bearer(header=with_header(kid=f"k{n}")))
    assert len(world.server.asked) == 1


def test_a_new_key_counts_once_it_is_published(world: World) -> None:
    fresh = ECKey.generate_key("P-256", {"kid": "ec-2"})
    token = bearer(header=with_header(kid="ec-2"), key=fresh)
    with pytest.raises(Unauthenticated):
        world.caller(token)
    world.server.keys = jwks(EC_KEY, fresh)
    world.later(ASKS_AGAIN_AFTER_SECONDS + 1)
    assert world.caller(token).subject == "subject-1"


def test_a_token_counts_no_longer_than_its_key_is_published(world: World) -> None:
    token = bearer()
    assert world.caller(token).subject == "subject-1"
    world.server.keys = jwks(STRANGER_KEY)
    world.later(59)
    assert world.caller(token).subject == "subject-1"
    world.later(2)
    with pytest.raises(Unauthenticated, match=UNTRUSTED):
        world.caller(token)


def test_while_nobody_answers_the_last_keys_stand_in_and_then_nobody_is_let_in(
    world: World,
) -> None:
    token = bearer()
    world.caller(token)
    world.server.status = 500
    world.later(61)
    assert world.caller(token).subject == "subject-1"
    world.later(3601)
    with pytest.raises(Unavailable):
        world.caller(token)


def test_without_the_key_at_hand_nothing_is_proven(world: World) -> None:
    with pytest.raises(Unauthenticated, match=UNTRUSTED):
        world.check.verify(bearer())


@pytest.mark.parametrize("nothing", [None, b""])
def test_who_sends_no_token_is_asked_for_one_and_no_key_is_fetched(
    world: World, nothing: bytes | None
) -> None:
    with pytest.raises(Unauthenticated) as no:
        asyncio.run(world.check.caller(nothing))
    assert [issue.code for issue in no.value.issues] == ["login"]
    assert world.server.asked == []
