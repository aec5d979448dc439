"""The ID token that a provider sends for a code: whether it is its own, for us, for this sign-in.

Spec: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
"""

import hmac

from joserfc import jws
from joserfc.errors import JoseError

from app.access import compact
from app.access.compact import Claims
from app.access.issuers import Issuer, Provider, PublicKey
from app.access.key_sets import KeySets
from app.access.sign_in_attempt import Attempt
from app.access.token_form import refused
from app.errors import Unauthenticated

# What would bring a key along, or change how the token is read.
_NEVER = frozenset(("jku", "jwk", "x5u", "x5c", "crit", "b64"))
_LEEWAY_SECONDS = 60  # how far the provider's clock may run ahead of ours


async def proven(
    issuer: Issuer, provider: Provider, key_sets: KeySets, token: str, attempt: Attempt, now: float
) -> Claims:
    """The claims of a token that is in order. Raises Unauthenticated, and Unavailable when the
    provider's keys are out of reach."""
    if len(token) > compact.LARGEST_BYTES:
        raise _odd("it is larger than 16 kB")
    encoded = token.encode("ascii", "replace")
    try:
        header, claims = compact.read(encoded)
    except compact.Odd as odd:
        raise _odd(odd.why) from None
    key, algorithm = await _key(issuer, key_sets, header)
    try:
        jws.deserialize_compact(encoded, key, algorithms=[algorithm])
    except (JoseError, ValueError):
        raise _odd("it is not signed by the provider") from None
    _check_for_us(issuer, provider, claims)
    _check_times(issuer, claims, attempt, now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(
        nonce.encode(), attempt.nonce.encode()
    ):
        raise _odd("it is of another sign-in (nonce)")
    return claims


async def _key(issuer: Issuer, key_sets: KeySets, header: Claims) -> tuple[PublicKey, str]:
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not _NEVER.isdisjoint(header):
        raise _odd("its header brings what must not be there (jku, jwk, x5u, x5c, crit, b64)")
    if not isinstance(algorithm, str) or algorithm not in issuer.algorithms:
        raise _odd("it is signed by another algorithm than this provider's")
    if not isinstance(key_id, str) or not compact.is_key_id(key_id):
        raise _odd("its header names no key (kid)")
    if issuer.jwks_url is None:
        key = issuer.key(key_id, algorithm)
    else:
        key = await key_sets.key(issuer.jwks_url, key_id, algorithm)
    if key is None:
        raise _odd("it is not signed by the provider")
    return key, algorithm


def _check_for_us(issuer: Issuer, provider: Provider, claims: Claims) -> None:
    if claims.get("iss") != issuer.name:
        raise _odd("it is of another issuer (iss)")
    told = claims.get("aud")
    audiences = told if isinstance(told, list) else [told]
    party = claims.get("azp", provider.client_id if len(audiences) == 1 else None)
    if provider.client_id not in audiences or party != provider.client_id:
        raise _odd("it is meant for another service (aud, azp)")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise _odd("it names nobody (sub)")


def _check_times(issuer: Issuer, claims: Claims, attempt: Attempt, now: float) -> None:
    issued, expires = _second(claims, "iat"), _second(claims, "exp")
    if expires <= now or not 0 < expires - issued <= issuer.maximum_lifetime_seconds:
        raise _odd("it has expired, or is good for too long (exp)")
    if issued > now + _LEEWAY_SECONDS:
        raise _odd("it is not valid yet (iat)")
    signed_in_at = _second(claims, "auth_time") if "auth_time" in claims else 0
    if attempt.fresh and signed_in_at < attempt.begun - _LEEWAY_SECONDS:
        raise refused(
            "The place where you sign in did not ask you anew. Sign out there, then try again."
        )


def _second(claims: Claims, name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or not compact.is_second(value):
        raise _odd(f"its times are not in order ({name})")
    return value


def _odd(why: str) -> Unauthenticated:
    return refused(f"What the provider sent is no ID token that counts here: {why}. Sign in again.")
