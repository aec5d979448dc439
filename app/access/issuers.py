"""The issuers whose tokens count, each with its own audience, algorithms and keys.

Spec: https://www.rfc-editor.org/rfc/rfc7517, https://www.rfc-editor.org/rfc/rfc9068
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn, TypeAlias

import msgspec
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from app.errors import Invalid, Issue

PublicKey: TypeAlias = ECKey | RSAKey
Jwk: TypeAlias = dict[str, str | list[str]]

# RS512 is here because NHS login signs with nothing else.
_CURVE_BY_ALGORITHM = {"ES256": "P-256", "ES384": "P-384"}
ALGORITHMS = frozenset(("RS256", "RS384", "RS512", *_CURVE_BY_ALGORITHM))


@dataclass(frozen=True, slots=True)
class Issuer:
    """One trusted issuer.

    name: its `iss`, compared to the letter. audience: what `aud` must name.
    key_by_id: public keys by `kid`. token_type: "at+jwt" (RFC 9068), or "JWT" where it must be.
    token_endpoint: where it issues tokens, told to callers; None when it is not to be told.
    """

    name: str
    audience: str
    algorithms: frozenset[str]
    key_by_id: Mapping[str, PublicKey]
    maximum_lifetime_seconds: int = 3600
    token_type: str = "at+jwt"  # noqa: S105  (a media type)
    token_endpoint: str | None = None

    def key(self, key_id: str, algorithm: str) -> PublicKey | None:
        """The key that may have signed with this algorithm, or None."""
        key = self.key_by_id.get(key_id)
        if key is None or algorithm not in self.algorithms or key.alg not in (None, algorithm):
            return None
        return key if fits(key, algorithm) else None


class _JwksDocument(msgspec.Struct):
    keys: list[Jwk]


class _IssuerDocument(msgspec.Struct, forbid_unknown_fields=True):
    issuer: str
    audience: str
    algorithms: list[str]
    jwks: _JwksDocument
    maximum_lifetime_seconds: int = 3600
    token_type: Literal["at+jwt", "JWT"] = "at+jwt"  # noqa: S105  (a media type)
    token_endpoint: str | None = None


def load(text_or_path: str | Path) -> tuple[Issuer, ...]:
    """Issuers from a JSON list, given as text or as the path of a file that holds it.

    Each entry: issuer, audience, algorithms, jwks, and optionally maximum_lifetime_seconds (3600),
    token_type ("at+jwt") and token_endpoint. Raises Invalid with the place and the reason.
    """
    try:
        documents = msgspec.json.decode(_text(text_or_path), type=list[_IssuerDocument])
    except msgspec.MsgspecError as error:
        _refuse("structure", f"The issuers are not as documented: {error}")
    issuers = tuple(_issuer(document, f"[{n}]") for n, document in enumerate(documents))
    if len({issuer.name for issuer in issuers}) != len(issuers):
        _refuse("duplicate", "An issuer is listed twice")
    return issuers


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


def _text(text_or_path: str | Path) -> bytes:
    if isinstance(text_or_path, str) and text_or_path.lstrip()[:1] in ("[", "{"):
        return text_or_path.encode()
    try:
        return Path(text_or_path).read_bytes()
    except OSError as error:
        _refuse("not-found", f"The file of issuers cannot be read: {error.strerror}")


def _issuer(document: _IssuerDocument, place: str) -> Issuer:
    unknown = set(document.algorithms) - ALGORITHMS
    if unknown or not document.algorithms:
        _refuse(
            "value", f"Algorithms may be {', '.join(sorted(ALGORITHMS))}", f"{place}.algorithms"
        )
    if not (document.issuer and document.audience):
        _refuse("required", "An issuer needs its name and its audience", place)
    if document.maximum_lifetime_seconds < 1:
        _refuse("value", "It must be at least a second", f"{place}.maximum_lifetime_seconds")
    key_by_id = keys(document.jwks.keys, f"{place}.jwks")
    if not any(fits(key, name) for key in key_by_id.values() for name in document.algorithms):
        _refuse("value", "No key fits the algorithms", f"{place}.jwks")
    return Issuer(
        document.issuer,
        document.audience,
        frozenset(document.algorithms),
        key_by_id,
        document.maximum_lifetime_seconds,
        document.token_type,
        document.token_endpoint,
    )


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
