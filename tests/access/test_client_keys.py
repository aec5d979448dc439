"""Which keys a client may register, and which of them may have signed."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from app.access import client_keys
from app.errors import Invalid
from tests.access.assertions import EC_KEY, RSA_KEY, STRANGER_KEY, claims, jwks, signed

EC: dict[str, Any] = dict(EC_KEY.as_dict(private=False))
P256: dict[str, Any] = dict(ECKey.generate_key("P-256", {"kid": "p"}).as_dict(private=False))


def without(jwk: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in jwk.items() if key != name}


def test_a_set_of_both_kinds_is_registered() -> None:
    kept = client_keys.registered(json.dumps(jwks(EC_KEY, RSA_KEY)))
    assert json.loads(kept) == jwks(EC_KEY, RSA_KEY)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ([], "one key or more"),
        ([EC, {**EC, "x": EC["x"]}], "kid of its own"),
        ([without(EC, "kid")], "kid of its own"),
        ([{**EC, "kid": "a b"}], "kid of its own"),
        ([EC_KEY.as_dict(private=True)], "private key"),
        ([P256], "P-384"),
        ([{**EC, "alg": "ES512"}], "P-384"),
        ([{**EC, "use": "enc"}], "signatures"),
        ([{"kty": "oct", "k": "AAAA", "kid": "s"}], "shared secret"),
        ([{**EC, "x": "AAAA"}], "cannot be read"),
        (["key"], "kid of its own"),
        ([{**EC, "kid": str(n)} for n in range(21)], "at most 20"),
    ],
)
def test_a_set_that_is_not_in_order_is_refused_with_the_reason(keys: list[Any], told: str) -> None:
    with pytest.raises(Invalid) as caught:
        client_keys.registered(json.dumps({"keys": keys}))
    assert told in caught.value.issues[0].text


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys":{}}', "[" * 10_000])
def test_what_is_no_set_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        client_keys.registered(text)
    assert client_keys.usable(text) is None


def test_an_rsa_key_so_long_that_it_would_keep_us_busy_is_refused() -> None:
    huge = {"kty": "RSA", "kid": "huge", "e": "AQAB", "n": "_" * 1366 + "A"}
    with pytest.raises(Invalid) as caught:
        client_keys.registered(json.dumps({"keys": [huge]}))
    assert "RSA (for RS384)" in caught.value.issues[0].text


def test_of_a_published_set_what_is_no_good_is_passed_over() -> None:
    published = {"keys": [P256, 7, {"kty": "OKP"}, without(EC, "kid"), EC]}
    keys = client_keys.usable(json.dumps(published))
    assert keys is not None
    assert [key.kid for key in keys] == ["p", "ec-1"]


def test_the_key_is_the_only_one_of_its_id_and_kind() -> None:
    rsa = RSAKey.import_key({**RSA_KEY.as_dict(private=False), "kid": "ec-1"})
    both = client_keys.usable(json.dumps(jwks(EC_KEY, rsa))) or ()
    chosen = client_keys.one(both, "ec-1", "ES384")
    assert chosen is not None
    assert chosen.thumbprint() == EC_KEY.thumbprint()
    assert client_keys.one(both, "ec-1", "RS384") is not None
    assert client_keys.one(both, "other", "ES384") is None
    twice = client_keys.usable(json.dumps(jwks(EC_KEY, STRANGER_KEY))) or ()
    assert client_keys.one(twice, "ec-1", "ES384") is None


def test_a_key_that_says_another_algorithm_has_not_signed() -> None:
    key = ECKey.import_key({**EC, "alg": "ES512"})
    assert client_keys.one([key], "ec-1", "ES384") is None


def test_only_the_pair_of_a_key_has_signed() -> None:
    token = signed(claims("client-1", "https://record.example")).encode()
    assert client_keys.has_signed(EC_KEY, "ES384", token)
    assert not client_keys.has_signed(STRANGER_KEY, "ES384", token)
    assert not client_keys.has_signed(None, "ES384", token)
    by_rsa = signed(claims("client-1", "x"), {"alg": "RS384"}, RSA_KEY, "RS384").encode()
    assert client_keys.has_signed(RSA_KEY, "RS384", by_rsa)
    assert not client_keys.has_signed(None, "RS384", by_rsa)
