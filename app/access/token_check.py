"""Who sent this request: the Authorization header to a Caller, or a refusal in a plain sentence.

Spec: https://www.rfc-editor.org/rfc/rfc6750, https://www.rfc-editor.org/rfc/rfc9068#section-4
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TypeAlias

from joserfc import jws
from joserfc.errors import JoseError
from msgspec import Struct

from app.access import token_claims, token_form
from app.access.caller import Caller
from app.access.issuers import Issuer, PublicKey
from app.access.key_sets import KeySets
from app.access.token_form import TokenForm, refused
from app.errors import Unauthenticated

# The address of the keys, the key's id, and the algorithm.
Place: TypeAlias = tuple[str, str, str]

_UNTRUSTED = "The token is not signed by an issuer this service trusts."
_ONLY_AT_PAGES = "The issuer of this token signs people in at /sign-in. No token of it counts here."


def challenge(refusal: Unauthenticated) -> bytes:
    """The WWW-Authenticate header of a 401 (RFC 6750 section 3)."""
    issue = refusal.issues[0]
    if issue.code == "login":
        return b"Bearer"
    return f'Bearer error="invalid_token", error_description="{issue.text}"'.encode(
        "ascii", "replace"
    )


class _Remembered(Struct, frozen=True):
    """A token that was proven. place: where its key is published, if it is; key: which it was."""

    caller: Caller
    place: Place | None
    key: PublicKey | None


class Verifier:
    """Knows the issuers, and remembers tokens it has proven until they expire.

    clock: seconds since 1970. key_sets: for issuers who publish their keys. remembered: how many
    tokens are kept, by their digest alone.
    """

    def __init__(
        self,
        issuers: Sequence[Issuer],
        clock: Callable[[], float],
        key_sets: KeySets | None = None,
        remembered: int = 4096,
    ) -> None:
        self._issuer_by_name = {issuer.name: issuer for issuer in issuers}
        self._some_publish = any(issuer.jwks_url for issuer in issuers)
        self._clock = clock
        self._key_sets = key_sets
        self._remembered = remembered
        self._by_digest: OrderedDict[bytes, _Remembered] = OrderedDict()

    def remembered(self, authorization: bytes) -> Caller | None:
        """Who sent this header before, while that token has not expired; nothing is proven now."""
        held = self._by_digest.get(sha256(authorization).digest())
        return None if held is None or held.caller.expires_at <= self._clock() else held.caller

    async def caller(self, authorization: bytes | None) -> Caller:
        """authorization: the header's value, None when there is none. Raises Unauthenticated, and
        Unavailable when the issuer's keys are out of reach."""
        place = self._place(authorization) if authorization and self._some_publish else None
        if place is None or self._key_sets is None:
            return self.verify(authorization)
        return self.verify(authorization, await self._key_sets.key(*place))

    def verify(self, authorization: bytes | None, published: PublicKey | None = None) -> Caller:
        """The same, where the key is at hand. published: the key that the issuer publishes under
        the token's `kid`, if it publishes its keys."""
        if authorization is None:
            raise refused(token_form.MISSING, "login")
        digest = sha256(authorization).digest()
        known = self._by_digest.get(digest)
        # What was published may have been taken back since.
        if known is None or known.key is not published:
            known = self._proven(token_form.read(authorization), published)
            self._remember(digest, known)
        elif known.caller.expires_at <= self._clock():
            del self._by_digest[digest]
            raise refused(token_claims.EXPIRED, "expired")
        else:
            self._by_digest.move_to_end(digest)
        return known.caller

    def _place(self, authorization: bytes) -> Place | None:
        known = self._by_digest.get(sha256(authorization).digest())
        if known is not None:
            return known.place
        form = token_form.read(authorization)
        return _place_of_key(form, self._issuer(form))

    def _issuer(self, form: TokenForm) -> Issuer:
        # An `iss` that is not text may not even be hashable; no issuer has that name.
        name = form.claims.get("iss")
        issuer = self._issuer_by_name.get(name) if isinstance(name, str) else None
        if issuer is None:
            raise refused(_UNTRUSTED)
        if issuer.audience is None:
            raise refused(_ONLY_AT_PAGES)
        return issuer

    def _proven(self, form: TokenForm, published: PublicKey | None) -> _Remembered:
        issuer = self._issuer(form)
        place = _place_of_key(form, issuer)
        key = issuer.key(form.key_id, form.algorithm) if place is None else published
        if key is None:
            raise refused(_UNTRUSTED)
        try:
            jws.deserialize_compact(form.token, key, algorithms=[form.algorithm])
        except (JoseError, ValueError):
            raise refused(_UNTRUSTED) from None
        if not _is_type(form.token_type, issuer.token_type):
            raise refused("The token is not of the type this issuer's access tokens have.")
        caller = token_claims.caller(issuer, form.claims, self._clock())
        return _Remembered(caller, place, published)

    def _remember(self, digest: bytes, known: _Remembered) -> None:
        self._by_digest[digest] = known
        if len(self._by_digest) > self._remembered:
            self._by_digest.popitem(last=False)


def _place_of_key(form: TokenForm, issuer: Issuer) -> Place | None:
    """Where the key is published that the token names; None where the issuer's keys are at hand,
    or may not sign like this."""
    if issuer.jwks_url is None or form.algorithm not in issuer.algorithms:
        return None
    return issuer.jwks_url, form.key_id, form.algorithm


def _is_type(sent: str, expected: str) -> bool:
    """Media types have no case, and "application/" may be left out (RFC 7515, section 4.1.9)."""
    return sent.lower().removeprefix("application/") == expected.lower()
