"""Who sent this request: the Authorization header to a Caller, or a refusal in a plain sentence.

Spec: https://www.rfc-editor.org/rfc/rfc6750, https://www.rfc-editor.org/rfc/rfc9068#section-4
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import sha256

from joserfc import jws
from joserfc.errors import JoseError

from app.access import token_claims, token_form
from app.access.caller import Caller
from app.access.issuers import Issuer
from app.access.token_form import TokenForm, refused
from app.errors import Unauthenticated

_UNTRUSTED = "The token is not signed by an issuer this service trusts."


def challenge(refusal: Unauthenticated) -> bytes:
    """The WWW-Authenticate header of a 401 (RFC 6750 section 3)."""
    issue = refusal.issues[0]
    if issue.code == "login":
        return b"Bearer"
    return f'Bearer error="invalid_token", error_description="{issue.text}"'.encode(
        "ascii", "replace"
    )


class Verifier:
    """Knows the issuers, and remembers tokens it has proven until they expire.

    clock: seconds since 1970. remembered: how many tokens are kept, by their digest alone.
    """

    def __init__(
        self, issuers: Sequence[Issuer], clock: Callable[[], float], remembered: int = 4096
    ) -> None:
        self._issuer_by_name = {issuer.name: issuer for issuer in issuers}
        self._clock = clock
        self._remembered = remembered
        self._caller_by_digest: OrderedDict[bytes, Caller] = OrderedDict()

    def remembered(self, authorization: bytes) -> Caller | None:
        """Who sent this header before, while that token has not expired; nothing is proven now."""
        caller = self._caller_by_digest.get(sha256(authorization).digest())
        return None if caller is None or caller.expires_at <= self._clock() else caller

    def verify(self, authorization: bytes | None) -> Caller:
        """authorization: the header's value, None when there is none. Raises Unauthenticated."""
        if authorization is None:
            raise refused(token_form.MISSING, "login")
        digest = sha256(authorization).digest()
        caller = self._caller_by_digest.get(digest)
        if caller is None:
            caller = self._proven(token_form.read(authorization))
            self._remember(digest, caller)
        elif caller.expires_at <= self._clock():
            del self._caller_by_digest[digest]
            raise refused(token_claims.EXPIRED, "expired")
        else:
            self._caller_by_digest.move_to_end(digest)
        return caller

    def _proven(self, form: TokenForm) -> Caller:
        # An `iss` that is not text may not even be hashable; no issuer has that name.
        name = form.claims.get("iss")
        issuer = self._issuer_by_name.get(name) if isinstance(name, str) else None
        key = issuer.key(form.key_id, form.algorithm) if issuer else None
        if issuer is None or key is None:
            raise refused(_UNTRUSTED)
        try:
            jws.deserialize_compact(form.token, key, algorithms=[form.algorithm])
        except (JoseError, ValueError):
            raise refused(_UNTRUSTED) from None
        if not _is_type(form.token_type, issuer.token_type):
            raise refused("The token is not of the type this issuer's access tokens have.")
        return token_claims.caller(issuer, form.claims, self._clock())

    def _remember(self, digest: bytes, caller: Caller) -> None:
        self._caller_by_digest[digest] = caller
        if len(self._caller_by_digest) > self._remembered:
            self._caller_by_digest.popitem(last=False)


def _is_type(sent: str, expected: str) -> bool:
    """Media types have no case, and "application/" may be left out (RFC 7515, section 4.1.9)."""
    return sent.lower().removeprefix("application/") == expected.lower()
