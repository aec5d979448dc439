"""Issuers, keys and tokens for the tests of access/."""

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from app.access.issuers import Issuer, keys

NOW = 1_800_000_000
AUDIENCE = "https://record.example/fhir"
ISSUER = "https://issuer.example"

EC_KEY = ECKey.generate_key("P-256", {"kid": "ec-1"})
RSA_KEY = RSAKey.generate_key(2048, {"kid": "rsa-1"})
STRANGER_KEY = ECKey.generate_key("P-256", {"kid": "ec-1"})

TRUSTED = Issuer(
    ISSUER,
    AUDIENCE,
    frozenset(("ES256", "RS256")),
    keys([dict(EC_KEY.as_dict(private=False)), dict(RSA_KEY.as_dict(private=False))]),
)
OTHER = Issuer(
    "https://other.example",
    AUDIENCE,
    frozenset(("ES256",)),
    keys([dict(STRANGER_KEY.as_dict(private=False))]),
)

CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "subject-1",
    "aud": AUDIENCE,
    "exp": NOW + 600,
    "iat": NOW,
    "jti": "token-1",
    "scope": "system/*.cruds",
    "client_id": "client-1",
    "role": "system",
    "organization": "gp-surgery",
}
HEADER: dict[str, Any] = {"alg": "ES256", "kid": "ec-1", "typ": "at+jwt"}

# Bytes are a shared secret, as an attacker would use the text of a public key.
Key = ECKey | RSAKey | bytes


def segment(value: object) -> str:
    """base64url of bytes, of text as it stands, or of anything else as JSON."""
    if isinstance(value, bytes):
        encoded = value
    else:
        encoded = (value if isinstance(value, str) else json.dumps(value)).encode()
    return base64.urlsafe_b64encode(encoded).decode().rstrip("=")


def bearer(
    claims: Mapping[str, Any] | str = CLAIMS,
    header: Mapping[str, Any] | str = HEADER,
    key: Key = EC_KEY,
    algorithm: str = "ES256",
) -> bytes:
    """A header value with a truly signed token, whatever its header and claims say."""
    signed = f"{segment(header)}.{segment(claims)}"
    if isinstance(key, bytes):
        signature = hmac.digest(key, signed.encode(), "sha256")
    else:
        signature = jws.JWSRegistry.algorithms[algorithm].sign(signed.encode(), key)
    return f"Bearer {signed}.{segment(signature)}".encode()


def with_claims(**changes: Any) -> dict[str, Any]:
    """The usual claims with some changed; None leaves one out."""
    return {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}


def with_header(**changes: Any) -> dict[str, Any]:
    """The usual header with some members changed or added."""
    return {**HEADER, **changes}
