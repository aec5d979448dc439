"""Reads the issuers as whoever runs this service writes them down: a JSON list, checked to the last
member.

Source: docs/operations.md, docs/sign-in.md
"""

from pathlib import Path
from typing import Literal, NoReturn

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from app.access import key_address, scopes
from app.access.claim_rules import ONLY_AT_PAGES, NhsLogin, Ours, Rules
from app.access.claims_nhs_login import ALGORITHM as NHS_LOGIN_ALGORITHM
from app.access.issuers import ALGORITHMS, Issuer, Jwk, Provider, PublicKey, fits, keys
from app.errors import Invalid, Issue


class _JwksDocument(msgspec.Struct):
    keys: list[Jwk]


class _SignInDocument(msgspec.Struct, forbid_unknown_fields=True):
    label: str
    client_id: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str | None = None
    scope: str = "openid profile"
    client_secret_file: str | None = None
    client_key_file: str | None = None


class _IssuerDocument(msgspec.Struct, forbid_unknown_fields=True):
    issuer: str
    algorithms: list[str]
    audience: str | None = None
    jwks: _JwksDocument | None = None
    jwks_url: str | None = None
    maximum_lifetime_seconds: int = 3600
    token_type: Literal["at+jwt", "JWT"] = "at+jwt"  # noqa: S105  (a media type)
    token_endpoint: str | None = None
    claims: Rules = msgspec.field(default_factory=Ours)
    sign_in: _SignInDocument | None = None


def load(text_or_path: str | Path, *, loopback: bool = False) -> tuple[Issuer, ...]:
    """Issuers from a JSON list, given as text or as the path of a file that holds it.

    loopback: their addresses may be on this machine, by plain http. The files that an entry names
    are read too. Raises Invalid with the place and the reason.
    """
    try:
        documents = msgspec.json.decode(_text(text_or_path), type=list[_IssuerDocument])
    except msgspec.MsgspecError as error:
        _refuse("structure", f"The issuers are not as documented: {error}")
    issuers = tuple(
        _issuer(document, f"[{n}]", loopback=loopback) for n, document in enumerate(documents)
    )
    if len({issuer.name for issuer in issuers}) != len(issuers):
        _refuse("duplicate", "An issuer is listed twice")
    return issuers


def _text(text_or_path: str | Path) -> bytes:
    if isinstance(text_or_path, str) and text_or_path.lstrip()[:1] in ("[", "{"):
        return text_or_path.encode()
    try:
        return Path(text_or_path).read_bytes()
    except OSError as error:
        _refuse("not-found", f"The file of issuers cannot be read: {error.strerror}")


def _issuer(document: _IssuerDocument, place: str, *, loopback: bool) -> Issuer:
    _check_algorithms(document, place)
    _check_names(document, place)
    _check_scopes(document.claims, f"{place}.claims")
    if document.maximum_lifetime_seconds < 1:
        _refuse("value", "It must be at least a second", f"{place}.maximum_lifetime_seconds")
    if document.jwks_url is not None:
        _check_address(document.jwks_url, f"{place}.jwks_url", loopback=loopback)
    return Issuer(
        document.issuer,
        document.audience,
        frozenset(document.algorithms),
        _keys(document, place),
        document.maximum_lifetime_seconds,
        document.token_type,
        document.token_endpoint,
        document.jwks_url,
        document.claims,
        _provider(document, f"{place}.sign_in", loopback=loopback),
    )


def _check_algorithms(document: _IssuerDocument, place: str) -> None:
    unknown = set(document.algorithms) - ALGORITHMS
    if unknown or not document.algorithms:
        _refuse(
            "value", f"Algorithms may be {', '.join(sorted(ALGORITHMS))}", f"{place}.algorithms"
        )
    if isinstance(document.claims, NhsLogin) and document.algorithms != [NHS_LOGIN_ALGORITHM]:
        text = f"NHS login signs with {NHS_LOGIN_ALGORITHM}, and nothing else may be taken from it"
        _refuse("value", text, f"{place}.algorithms")


def _check_names(document: _IssuerDocument, place: str) -> None:
    only_at_pages = isinstance(document.claims, ONLY_AT_PAGES)
    if not document.issuer or document.audience == "":
        _refuse("required", "An issuer needs its name and its audience", place)
    if only_at_pages and document.audience is not None:
        text = "The access tokens of this kind of issuer are not for us; leave the audience out"
        _refuse("value", text, f"{place}.audience")
    if only_at_pages and (document.sign_in is None or document.sign_in.userinfo_endpoint is None):
        text = "This kind of issuer needs sign_in, with its userinfo_endpoint"
        _refuse("required", text, f"{place}.sign_in")
    if document.audience is None and document.sign_in is None:
        _refuse("required", "An issuer needs its name and its audience", place)
    if document.sign_in is not None and document.audience == document.sign_in.client_id:
        text = "An ID token, which is for the client_id, would be taken for an access token"
        _refuse("security", text, f"{place}.audience")


def _check_scopes(rules: Rules, place: str) -> None:
    """A scope that is not in the grammar would grant nothing, and nobody would know why."""
    told = [rules.scopes] if isinstance(rules.scopes, str) else rules.scopes.values()
    words = [word for text in told for word in text.split()]
    if not all(scopes.parse(word) for word in words):
        _refuse("value", "A scope is written like user/*.rs or patient/Goal.rs", f"{place}.scopes")


def _keys(document: _IssuerDocument, place: str) -> dict[str, PublicKey]:
    if (document.jwks is None) == (document.jwks_url is None):
        _refuse("required", "Give either jwks, or the jwks_url where they are published", place)
    if document.jwks is None:
        return {}
    key_by_id = keys(document.jwks.keys, f"{place}.jwks")
    if not any(fits(key, name) for key in key_by_id.values() for name in document.algorithms):
        _refuse("value", "No key fits the algorithms", f"{place}.jwks")
    return key_by_id


def _provider(document: _IssuerDocument, place: str, *, loopback: bool) -> Provider | None:
    sign_in = document.sign_in
    if sign_in is None:
        return None
    if not (sign_in.label and sign_in.client_id and "openid" in sign_in.scope.split()):
        _refuse("required", "It needs a label, a client_id, and openid in its scope", place)
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint"):
        address = getattr(sign_in, name)
        if address is not None:
            _check_address(address, f"{place}.{name}", loopback=loopback)
    if (sign_in.client_secret_file is None) == (sign_in.client_key_file is None):
        _refuse("required", "Give either client_secret_file or client_key_file", place)
    key, algorithm = _client_key(sign_in, document.algorithms, f"{place}.client_key_file")
    return Provider(
        sign_in.label,
        sign_in.client_id,
        sign_in.authorization_endpoint,
        sign_in.token_endpoint,
        sign_in.userinfo_endpoint,
        sign_in.scope,
        _secret(sign_in, f"{place}.client_secret_file"),
        key,
        algorithm,
    )


def _secret(sign_in: _SignInDocument, place: str) -> str | None:
    if sign_in.client_secret_file is None:
        return None
    secret = _file(sign_in.client_secret_file, place).strip()
    if not secret.isprintable() or not secret:
        _refuse("value", "The file holds the secret alone, as one line", place)
    return secret


def _client_key(
    sign_in: _SignInDocument, algorithms: list[str], place: str
) -> tuple[ECKey | RSAKey | None, str]:
    """Our private key, and the first of the issuer's algorithms that it fits."""
    if sign_in.client_key_file is None:
        return None, ""
    text = _file(sign_in.client_key_file, place)
    for kind in (RSAKey, ECKey):
        try:
            key = kind.import_key(msgspec.json.decode(text) if text.startswith("{") else text)
        except (JoseError, ValueError, TypeError, KeyError, msgspec.MsgspecError):
            continue
        may = (one for one in algorithms if fits(key, one) and key.alg in (None, one))
        algorithm = next(may, None)
        if key.is_private and algorithm is not None:
            return key, algorithm
    _refuse("value", "The file needs a private key (JWK or PEM) that fits the algorithms", place)


def _file(path: str, place: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        _refuse("not-found", "This file cannot be read", place)


def _check_address(url: str, place: str, *, loopback: bool) -> None:
    try:
        key_address.read(url, loopback=loopback)
    except Invalid:
        _refuse("value", "It must be an address that begins with https://", place)


def _refuse(code: str, text: str, place: str | None = None) -> NoReturn:
    raise Invalid([Issue(code, text, place)])
