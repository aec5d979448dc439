"""The issuers that count, each with its own audience, algorithms, keys and names for things; and
which of them people sign in at.

Spec: https://www.rfc-editor.org/rfc/rfc7517, https://www.rfc-editor.org/rfc/rfc9068
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from app.access.claim_rules import Ours, Rules
from app.errors import Invalid, Issue

PublicKey: TypeAlias = ECKey | RSAKey
Jwk: TypeAlias = dict[str, str | list[str]]

# RS512 is here because NHS login signs with nothing else.
_CURVE_BY_ALGORITHM = {"ES256": "P-256", "ES384": "P-384"}
ALGORITHMS = frozenset(("RS256", "RS384", "RS512", *_CURVE_BY_ALGORITHM))


@dataclass(frozen=True, slots=True)
class Issuer:
    """One trusted issuer.

    name: its `iss`, compared to the letter. audience: what `aud` must name; None where it only
    signs people in and none of its access tokens count here.
    key_by_id: public keys by `kid`; none where they are published at jwks_url.
    token_type: "at+jwt" (RFC 9068), or "JWT" where it must be.
    token_endpoint: where it issues tokens, told to callers; None when it is not to be told.
    rules: how its claims are read.
    """

    name: str
    audience: str | None
    algorithms: frozenset[str]
    key_by_id: Mapping[str, PublicKey]
    maximum_lifetime_seconds: int = 3600
    token_type: str = "at+jwt"  # noqa: S105  (a media type)
    token_endpoint: str | None = None
    jwks_url: str | None = None
    rules: Rules = field(default_factory=Ours)
    provider: "Provider | None" = None

    def key(self, key_id: str, algorithm: str) -> PublicKey | None:
        """The key that may have signed with this algorithm, or None."""
        key = self.key_by_id.get(key_id)
        if key is None or algorithm not in self.algorithms or key.alg not in (None, algorithm):
            return None
        return key if fits(key, algorithm) else None


@dataclass(frozen=True, slots=True)
class Provider:
    """How people sign in at an issuer. label: what people read on the page of choices.

    client_id: what we are called there. secret, or key with its algorithm: by which we prove it.
    scope: what is asked for. userinfo_endpoint: None where the ID token says all.
    """

    label: str
    client_id: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str | None
    scope: str
    secret: str | None = field(default=None, repr=False)
    key: ECKey | RSAKey | None = field(default=None, repr=False)
    key_algorithm: str = ""


def keys(jwks: list[Jwk], place: str = "jwks") -> dict[str, PublicKey]:
    """Public keys by `kid`. Raises Invalid for a private, shared, weak or nameless key."""
    key_by_id: dict[str, PublicKey] = {}
    for n, jwk in enumerate(jwks):
        where = f"{place}.keys[{n}]"
        key_id = jwk.get("kid")
        if not isinstance(key_id, str) or key_id in key_by_id:
            _refuse("value", "A key needs a kid of its own", where)
        key_by_id[key_id] = public_key(jwk, where)
    return key_by_id


def public_key(jwk: Jwk, where: str) -> PublicKey:
    if jwk.get("kty") not in ("EC", "RSA"):
        _refuse("value", "A key must be RSA or EC; a shared secret cannot prove who signed", where)
    if "d" in jwk:
        _refuse(
            "security", "This is a private key; give the public one and replace this pair", where
        )
    if jwk.get("use", "sig") != "sig" or "verify" not in jwk.get("key_ops", ["verify"]):
        _refuse("value", "A key must be meant for signatures", where)
    try:
        with warnings.catch_warnings():
            # The library only warns of a key too short to sign with; here it is refused.
            warnings.simplefilter("error", SecurityWarning)
            return (ECKey if jwk["kty"] == "EC" else RSAKey).import_key(jwk)
    except SecurityWarning:
        _refuse("value", "An RSA key needs at least 2048 bits", where)
    except (JoseError, ValueError, TypeError, KeyError):
        _refuse("value", "This key cannot be read", where)


def fits(key: PublicKey, algorithm: str) -> bool:
    if isinstance(key, RSAKey):
        return algorithm.startswith("RS")
    return key.curve_name == _CURVE_BY_ALGORITHM.get(algorithm)


def _refuse(code: str, text: str, place: str | None = None) -> NoReturn:
    raise Invalid([Issue(code, text, place)])
