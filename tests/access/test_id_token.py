"""Which ID tokens count, by hand: what no provider that can be bought would send."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.compact import Claims
from app.access.id_token import proven
from app.access.issuers import Provider
from app.access.key_fetch import KeyFetch
from app.access.key_sets import KeySets
from app.access.sign_in_attempt import Attempt
from app.errors import Unauthenticated
from tests.access.tokens import EC_KEY, ISSUER, NOW, RSA_KEY, STRANGER_KEY, TRUSTED, bearer

CLIENT = "what-matters"
PROVIDER = Provider("Login", CLIENT, "https://a", "https://t", None, "openid")
ATTEMPT = Attempt(ISSUER, "state", "nonce", "verifier", "/", False, NOW)
FRESH = Attempt(ISSUER, "state", "nonce", "verifier", "/", True, NOW)
HEADER = {"alg": "ES256", "kid": "ec-1"}
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "somebody",
    "aud": CLIENT,
    "iat": NOW,
    "exp": NOW + 300,
    "nonce": "nonce",
    "auth_time": NOW - 30,
}


def read(token: bytes, attempt: Attempt = ATTEMPT) -> Claims:
    keys = KeySets(KeyFetch(), lambda: 0.0)
    text = token.removeprefix(b"Bearer ").decode()
    return asyncio.run(proven(TRUSTED, PROVIDER, keys, text, attempt, NOW))


def refusal(token: bytes, attempt: Attempt = ATTEMPT) -> str:
    with pytest.raises(Unauthenticated) as no:
        read(token, attempt)
    assert "eyJ" not in str(no.value)
    assert str(no.value).endswith(".")
    return str(no.value)


def claims(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aud": [CLIENT]},
        {"aud": [CLIENT, "another"], "azp": CLIENT},
        {"azp": CLIENT},
        {"auth_time": None},
        {"iat": NOW + 60, "exp": NOW + 100},
        {"exp": NOW + 1},
    ],
)
def test_a_token_in_order_counts(changes: dict[str, Any]) -> None:
    assert read(bearer(claims(**changes), HEADER))["sub"] == "somebody"


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"iss": ISSUER + "/"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": None}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": {CLIENT: 1}}, "aud"),
        ({"aud": ["another"]}, "aud"),
        ({"aud": [CLIENT, "another"]}, "azp"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "azp"),
        ({"azp": "another"}, "azp"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "s" * 256}, "sub"),
        ({"exp": NOW}, "exp"),
        ({"exp": str(NOW + 300)}, "exp"),
        ({"exp": NOW + 300.5}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": NOW + 3601}, "too long"),
        ({"iat": None}, "iat"),
        ({"iat": NOW + 61, "exp": NOW + 100}, "not valid yet"),
        ({"iat": NOW + 20, "exp": NOW + 20}, "exp"),
        ({"auth_time": "now"}, "auth_time"),
        ({"nonce": None}, "nonce"),
        ({"nonce": ""}, "nonce"),
        ({"nonce": ["nonce"]}, "nonce"),
        ({"nonce": "né"}, "nonce"),
    ],
)
def test_a_claim_that_is_amiss_is_named(changes: dict[str, Any], part: str) -> None:
    assert part in refusal(bearer(claims(**changes), HEADER))


@pytest.mark.parametrize("name", ["jku", "jwk", "x5u", "x5c", "crit", "b64"])
def test_a_header_that_brings_a_key_or_a_rule_is_refused(name: str) -> None:
    assert "must not be there" in refusal(bearer(CLAIMS, {**HEADER, name: ["x"]}))


@pytest.mark.parametrize(
    "token",
    [
        bearer(CLAIMS, HEADER, STRANGER_KEY),
        bearer(CLAIMS, {"alg": "RS384", "kid": "rsa-1"}, RSA_KEY, "RS384"),
        bearer(CLAIMS, {"alg": "HS256", "kid": "ec-1"}, b"k", "HS256"),
        bearer(CLAIMS, {"alg": "none", "kid": "ec-1"}),
        bearer(CLAIMS, {"alg": "RS256", "kid": "ec-1"}, RSA_KEY, "RS256"),
        bearer(CLAIMS, {"alg": "ES256"}),
        bearer(CLAIMS, {"alg": "ES256", "kid": 1}),
        bearer(CLAIMS, {"alg": ["ES256"], "kid": "ec-1"}),
        bearer(CLAIMS, HEADER).rpartition(b".")[0] + b".",
        bearer(claims(filler="x" * 17_000), HEADER),
    ],
)
def test_what_the_provider_did_not_sign_is_refused(token: bytes) -> None:
    assert "no ID token that counts here" in refusal(token)


def test_who_was_to_prove_themselves_anew_did_so() -> None:
    assert read(bearer(claims(auth_time=NOW), HEADER), FRESH)
    for earlier in (NOW - 61, None):
        told = refusal(bearer(claims(auth_time=earlier), HEADER), FRESH)
        assert "did not ask you anew" in told


@given(st.binary(max_size=100))
def test_noise_is_no_id_token(noise: bytes) -> None:
    with pytest.raises(Unauthenticated):
        read(noise.decode("latin-1").encode())


def test_our_own_key_of_another_kind_signs_for_nobody() -> None:
    assert read(bearer(CLAIMS, {"alg": "RS256", "kid": "rsa-1"}, RSA_KEY, "RS256"))
    assert EC_KEY.kid == "ec-1"
