"""What an assertion must look like, before anything is looked up."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import assertion
from app.access.assertion import Assertion
from app.errors import SignInRefused
from tests.access.assertions import HEADER, claims, signed
from tests.access.tokens import segment

AUDIENCE = "https://record.example/oauth/token"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def read(text: str) -> Assertion | str:
    """The assertion, or the sentence with which it was refused."""
    try:
        return assertion.read(text, AUDIENCE)
    except SignInRefused as refusal:
        return refusal.issues[0].text


def test_whoever_is_not_proven_is_an_invalid_client() -> None:
    with pytest.raises(SignInRefused) as caught:
        assertion.read("a.b.c", AUDIENCE)
    assert (caught.value.error, caught.value.status) == ("invalid_client", 401)


def test_an_assertion_in_order_says_who_signs_in_by_which_key() -> None:
    said = claims("client-1", AUDIENCE)
    found = read(signed(said, {**HEADER, "jku": "https://client.example/jwks"}))
    assert isinstance(found, Assertion)
    assert (found.client_id, found.id, found.algorithm, found.key_id) == (
        "client-1",
        said["jti"],
        "ES384",
        "ec-1",
    )
    assert found.key_set_url == "https://client.example/jwks"
    assert (found.times.expires, found.times.starts) == (said["exp"], said["iat"])


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ({"alg": "none"}, "RS384"),
        ({"alg": "HS384"}, "RS384"),
        ({"alg": "ES256"}, "RS384"),
        ({"alg": "RS256"}, "RS384"),
        ({"alg": ["ES384"]}, "RS384"),
        ({"kid": "a b"}, "kid"),
        ({"kid": 7}, "kid"),
        ({"typ": "at+jwt"}, "typ"),
        ({"typ": None}, "typ"),
        ({"jku": 7}, "jku"),
        ({"crit": ["exp"]}, "no more"),
        ({"jwk": {}}, "no more"),
        ({"x5u": "https://client.example"}, "no more"),
        ({"b64": False}, "no more"),
    ],
)
def test_a_header_that_is_not_in_order_is_refused(header: dict[str, Any], told: str) -> None:
    assert told in str(read(signed(claims("client-1", AUDIENCE), {**HEADER, **header})))


@pytest.mark.parametrize("missing", ["alg", "kid", "typ"])
def test_a_header_that_lacks_a_member_is_refused(missing: str) -> None:
    header = {name: value for name, value in HEADER.items() if name != missing}
    assert "needs alg, kid and typ" in str(read(signed(claims("client-1", AUDIENCE), header)))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"iss": None}, "iss"),
        ({"iss": 7}, "iss"),
        ({"iss": "client 1", "sub": "client 1"}, "iss"),
        ({"sub": None}, "sub"),
        ({"sub": "client-2"}, "sub"),
        ({"aud": None}, "aud"),
        ({"aud": AUDIENCE + "/"}, "aud"),
        ({"aud": "https://record.example/fhir"}, "aud"),
        ({"aud": [AUDIENCE, "https://elsewhere.example"]}, "aud"),
        ({"exp": None}, "exp"),
        ({"exp": "1800000000"}, "exp"),
        ({"exp": 1.8e9}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 10**15}, "exp"),
        ({"iat": 1_800_000_000, "exp": 1_800_000_301}, "exp"),
        ({"iat": 1_800_000_000, "exp": 1_800_000_000}, "exp"),
        ({"iat": "now"}, "iat"),
        ({"nbf": -1}, "nbf"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": "x" * 256}, "jti"),
        ({"jti": "a\u0000b"}, "jti"),
    ],
)
def test_a_claim_that_is_not_in_order_is_refused_by_its_name(
    changes: dict[str, Any], told: str
) -> None:
    assert f"claim {told} " in str(read(signed(claims("client-1", AUDIENCE, **changes))))


def test_five_minutes_are_five_by_our_clock_where_the_client_tells_none() -> None:
    found = read(signed(claims("client-1", AUDIENCE, iat=None)))
    assert isinstance(found, Assertion)
    assert found.times.latest_expiry_seconds == 300
    assert found.times.starts == 0


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c.d", "é.é.é", "\ud800", "x" * 20_000])
def test_text_that_is_no_token_is_refused(text: str) -> None:
    assert isinstance(read(text), str)


def test_a_claim_that_is_there_twice_is_refused() -> None:
    said = json.dumps(claims("client-1", AUDIENCE))
    twice = said[:-1] + ',"iss":"client-2"}'
    assert "strict JSON" in str(read(signed(twice)))


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    assert isinstance(read(text), str)


@given(JSON, JSON)
def test_any_header_and_claims_are_read_or_refused_with_a_sentence(
    header: object, said: object
) -> None:
    found = read(f"{segment(header)}.{segment(said)}.AAAA")
    assert isinstance(found, str)


@given(
    st.sampled_from(["iss", "sub", "aud", "exp", "iat", "nbf", "jti"]),
    JSON,
    st.sampled_from(["alg", "kid", "typ", "jku", "crit"]),
    JSON,
)
def test_whatever_one_part_holds_what_is_taken_holds_to_the_rules(
    claim: str, value: object, member: str, other: object
) -> None:
    said = {**claims("client-1", AUDIENCE), claim: value}
    header = {**HEADER, member: other}
    for text in (signed(said), signed(claims("client-1", AUDIENCE), header)):
        found = read(text)
        if isinstance(found, Assertion):
            assert found.algorithm in ("RS384", "ES384")
            assert 0 < len(found.client_id) <= 255
            assert 0 < len(found.id) <= 255
            assert found.times.starts <= found.times.expires or "nbf" in said
            assert found.times.latest_expiry_seconds <= 360
