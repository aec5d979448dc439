"""Clients' keys and assertions for the tests, truly signed whatever they say."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from joserfc.jwk import ECKey, RSAKey

from tests.access.tokens import Key, bearer

EC_KEY = ECKey.generate_key("P-384", {"kid": "ec-1", "alg": "ES384", "use": "sig"})
RSA_KEY = RSAKey.generate_key(2048, {"kid": "rsa-1", "alg": "RS384", "use": "sig"})
STRANGER_KEY = ECKey.generate_key("P-384", {"kid": "ec-1"})
HEADER: dict[str, Any] = {"alg": "ES384", "kid": "ec-1", "typ": "JWT"}


def jwks(*keys: ECKey | RSAKey) -> dict[str, Any]:
    """A JSON Web Key Set of the public halves."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def claims(client_id: str, audience: str, **changes: Any) -> dict[str, Any]:
    """What an assertion says, with some of it changed; None leaves one out."""
    now = int(time.time())
    usual: dict[str, Any] = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid4()),
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def signed(
    claims: Mapping[str, Any] | str,
    header: Mapping[str, Any] | str = HEADER,
    key: Key = EC_KEY,
    algorithm: str = "ES384",
) -> str:
    """An assertion with these claims and this header."""
    return bearer(claims, header, key, algorithm).decode().removeprefix("Bearer ")
