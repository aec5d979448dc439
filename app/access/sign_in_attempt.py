"""A sign-in that was begun in one browser and has not come back yet: sealed into a cookie of it.

Spec: https://www.rfc-editor.org/rfc/rfc7636, https://www.rfc-editor.org/rfc/rfc9700#section-4.7
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

GOOD_FOR_SECONDS = 600
METHOD = "S256"

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_LEEWAY_SECONDS = 60  # how far the clock of another machine of this service may be behind


class Attempt(msgspec.Struct, frozen=True):
    """What must come back as it went out. issuer: its name. next: where to go afterwards. fresh:
    whether they were asked to prove themselves anew. begun: seconds since 1970."""

    issuer: str
    state: str
    nonce: str
    verifier: str
    next: str
    fresh: bool
    begun: int

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier."""
        return _text(sha256(self.verifier.encode()).digest())


def new(issuer: str, next: str, now: float, *, fresh: bool) -> Attempt:
    """One with a state, a nonce and a verifier of its own, 256 random bits each."""
    state, nonce, verifier = (_text(secrets.token_bytes(32)) for _ in range(3))
    return Attempt(issuer, state, nonce, verifier, next, fresh, int(now))


def seal(key: bytes, attempt: Attempt) -> str:
    """What nobody but this service can read or make. key: of this service."""
    return jwe.encrypt_compact(_HEADER, msgspec.json.encode(attempt), _key(key))


def unseal(key: bytes, sealed: str, now: float) -> Attempt | None:
    """The attempt; None for what is not one of ours, or is older than it is good for."""
    try:
        opened = jwe.decrypt_compact(sealed, _key(key), algorithms=list(_HEADER.values()))
        attempt = msgspec.json.decode(opened.plaintext or b"", type=Attempt)
    except (JoseError, ValueError):
        return None
    age = now - attempt.begun
    return attempt if -_LEEWAY_SECONDS <= age <= GOOD_FOR_SECONDS else None


def _key(key: bytes) -> OctKey:
    return OctKey.import_key(hmac.digest(key, b"sign-in attempt", "sha256"))


def _text(digest: bytes) -> str:
    return urlsafe_b64encode(digest).decode().rstrip("=")
