"""From the claims of a proven token to the Caller, or a refusal that says which claim is amiss.

Spec: https://www.rfc-editor.org/rfc/rfc9068#section-2.2,
https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
"""

import re
from typing import NoReturn

from app.access import claim_reading, compact, scopes
from app.access.caller import Caller, Role
from app.access.compact import Claims
from app.access.issuers import Issuer
from app.access.token_form import refused

EXPIRED = "The token has expired. Sign in again for a new one."

# How far the issuer's clock may run ahead of ours.
_LEEWAY_SECONDS = 60

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_CODE = re.compile(r"[A-Z]{1,20}")  # of http://terminology.hl7.org/CodeSystem/v3-ActReason
_NO_SPACES = re.compile(r"[!-~]{1,255}")
_ROLES = frozenset(Role) - {Role.SERVICE}
_ID_TOKEN_MARKS = frozenset(("nonce", "at_hash", "c_hash", "s_hash"))


def caller(issuer: Issuer, claims: Claims, now: float) -> Caller:
    """claims: of a token this issuer signed. Raises Unauthenticated."""
    if not _ID_TOKEN_MARKS.isdisjoint(claims):
        raise refused("This is an ID token, which says who signed in. Send the access token.")
    _check_audience(issuer, claims.get("aud"))
    expires_at = _check_times(issuer, claims, now)
    return caller_of(issuer, claim_reading.of_access_token(issuer.rules, claims), expires_at)


def caller_of(issuer: Issuer, claims: Claims, expires_at: int) -> Caller:
    """claims: by our own names, of whatever was proven. Raises Unauthenticated for one that is
    missing or odd."""
    role = _role(claims)
    person = _optional_id(claims, "patient")
    organization = _optional_id(claims, "organization")
    supporter = _optional_id(claims, "related_person")
    # Without related_person, the invitation that was accepted tells whose supporter it is.
    if role is Role.SUPPORTER and supporter is not None and person is None:
        _refuse("patient")
    if role in (Role.PERSON, Role.SUPPORTER):
        organization = None
    elif organization is None:
        _refuse("organization")
    return Caller(
        issuer=issuer.name,
        client_id=_text(claims, "client_id"),
        subject=_text(claims, "sub"),
        token_id=_text(claims, "jti", _NO_SPACES),
        expires_at=expires_at,
        scopes=_scopes(claims),
        role=role,
        organization=organization,
        person=person,
        name=_text(claims, "name") if "name" in claims else None,
        supporter=supporter if role is Role.SUPPORTER else None,
        purpose=_text(claims, "purpose_of_use", _CODE) if "purpose_of_use" in claims else None,
        signed_in_at=_second(claims, "auth_time") if "auth_time" in claims else None,
    )


def _check_audience(issuer: Issuer, audience: object) -> None:
    """RFC 7519: one audience as a string, or several as an array."""
    audiences = audience if isinstance(audience, list) else [audience]
    if not all(isinstance(one, str) for one in audiences) or issuer.audience not in audiences:
        raise refused("The token is not meant for this service.")


def _check_times(issuer: Issuer, claims: Claims, now: float) -> int:
    """Returns when the token expires."""
    issued_at = _second(claims, "iat")
    expires_at = _second(claims, "exp")
    starts_at = _second(claims, "nbf") if "nbf" in claims else issued_at
    if expires_at <= now:
        raise refused(EXPIRED, "expired")
    if max(issued_at, starts_at) > now + _LEEWAY_SECONDS:
        raise refused("The token is not valid yet.")
    if not 0 < expires_at - issued_at <= issuer.maximum_lifetime_seconds:
        raise refused("The token is valid for longer than this service allows.")
    return expires_at


def _second(claims: Claims, name: str) -> int:
    second = claims.get(name)
    if not isinstance(second, int) or not compact.is_second(second):
        _refuse(name)
    return second


def _role(claims: Claims) -> Role:
    name = _text(claims, "role")
    if name not in _ROLES:
        _refuse("role")
    return Role(name)


def _optional_id(claims: Claims, name: str) -> str | None:
    return _text(claims, name, _ID) if name in claims else None


def _scopes(claims: Claims) -> tuple[scopes.Scope, ...]:
    text = claims.get("scope")
    if not isinstance(text, str):
        _refuse("scope")
    return scopes.parse(text)


def _text(claims: Claims, name: str, form: re.Pattern[str] | None = None) -> str:
    """Text that can be printed (no controls, no half characters), in the form asked for."""
    text = claims.get(name)
    if not isinstance(text, str) or not 0 < len(text) <= 255 or not text.isprintable():
        _refuse(name)
    if form is not None and not form.fullmatch(text):
        _refuse(name)
    return text


def _refuse(name: str) -> NoReturn:
    raise refused(f"The token's claim {name} is missing or not in order.")
