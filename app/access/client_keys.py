"""The public keys of clients: checked when they are registered, and chosen when one signs in.

Spec: https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html,
https://www.rfc-editor.org/rfc/rfc7517
"""

import json
from collections.abc import Iterable
from hashlib import shake_256
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64encode

from app.access import compact
from app.access.issuers import PublicKey, fits, public_key
from app.errors import Invalid, Issue, Refusal

ALGORITHMS = ("RS384", "ES384")
MOST_KEYS = 20
_MOST_RSA_BITS = 8192
_KINDS = "A client's key is RSA (for RS384), or EC on P-384 (for ES384)"

# Nobody has the private halves: what an unknown client sends is checked by these in vain, so that
# it takes as long as for one that is known.
_NOBODYS: dict[str, PublicKey] = {
    "ES384": ECKey.generate_key("P-384", private=False),
    "RS384": RSAKey.import_key(
        {
            "kty": "RSA",
            "e": "AQAB",
            "n": urlsafe_b64encode(b"\xff" + shake_256(b"nobody").digest(254) + b"\x01").decode(),
        }
    ),
}


def registered(text: str | bytes) -> str:
    """A JSON Web Key Set as the registry keeps it. Raises Invalid with what is wrong with which
    key."""
    jwks = _members(text)
    if jwks is None:
        raise _refused("This is not a JSON Web Key Set: an object with a list of keys", "jwks")
    if not 0 < len(jwks) <= MOST_KEYS:
        raise _refused(f"A client has one key or more, and at most {MOST_KEYS}", "jwks.keys")
    seen = set()
    for n, jwk in enumerate(jwks):
        where = f"jwks.keys[{n}]"
        if not (_is_jwk(jwk) and compact.is_key_id(jwk.get("kid"))) or jwk["kid"] in seen:
            raise _refused(
                "A key needs a kid of its own: letters, digits, . _ - and the like", where
            )
        seen.add(jwk["kid"])
        if not any(_may_sign(public_key(jwk, where), algorithm) for algorithm in ALGORITHMS):
            raise _refused(_KINDS, where)
    return json.dumps({"keys": jwks}, separators=(",", ":"))


def usable(text: str | bytes) -> tuple[PublicKey, ...] | None:
    """The keys of a JSON Web Key Set that somebody else publishes: those that are no good for us
    are passed over. None when it is no such set."""
    jwks = _members(text)
    if jwks is None:
        return None
    keys = []
    for jwk in jwks[:MOST_KEYS]:
        if _is_jwk(jwk) and compact.is_key_id(jwk.get("kid")):
            try:
                keys.append(public_key(jwk, ""))
            except Refusal:
                continue
    return tuple(keys)


def one(keys: Iterable[PublicKey], key_id: str, algorithm: str) -> PublicKey | None:
    """The only key of this id that may have signed with this algorithm; None for none, or two."""
    found = [key for key in keys if key.kid == key_id and _may_sign(key, algorithm)]
    return found[0] if len(found) == 1 else None


def has_signed(key: PublicKey | None, algorithm: str, token: bytes) -> bool:
    """Whether this key signed the token; None for no key, which takes as long."""
    try:
        jws.deserialize_compact(token, key or _NOBODYS[algorithm], algorithms=[algorithm])
    except (JoseError, ValueError):
        return False
    return key is not None


def generate() -> ECKey:
    """A new pair for a client that has none; its `kid` is its thumbprint."""
    return ECKey.generate_key("P-384", {"use": "sig", "alg": "ES384"}, auto_kid=True)


def _members(text: str | bytes) -> list[Any] | None:
    try:
        jwks = json.loads(text)["keys"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return jwks if isinstance(jwks, list) else None


def _is_jwk(jwk: Any) -> bool:
    return isinstance(jwk, dict) and all(
        isinstance(value, str)
        or (isinstance(value, list) and all(isinstance(one, str) for one in value))
        for value in jwk.values()
    )


def _may_sign(key: PublicKey, algorithm: str) -> bool:
    if isinstance(key, RSAKey) and key.public_key.key_size > _MOST_RSA_BITS:
        return False
    return key.alg in (None, algorithm) and fits(key, algorithm)


def _refused(text: str, place: str) -> Invalid:
    return Invalid([Issue("value", text, place)])
