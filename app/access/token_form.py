"""The form of an access token: what its header may hold, before anything of it is proven.

Spec: https://www.rfc-editor.org/rfc/rfc6750#section-2.1, https://www.rfc-editor.org/rfc/rfc8725
"""

from dataclasses import dataclass

from app.access import compact
from app.access.compact import Claims
from app.errors import Issue, Unauthenticated

MISSING = "This needs an access token. Sign in, and send it as: Authorization: Bearer <token>."

_HEADER_MEMBERS = frozenset(("alg", "kid", "typ"))


@dataclass(frozen=True, slots=True)
class TokenForm:
    """A token whose form is in order, not proven yet. token: as sent, without the scheme."""

    token: bytes
    algorithm: str
    key_id: str
    token_type: str
    claims: Claims


def refused(text: str, code: str = "unknown") -> Unauthenticated:
    """code: R4 issue type: "login" no token, "unknown" a token that is no good, "expired"."""
    return Unauthenticated(text, [Issue(code, text)])


def read(authorization: bytes) -> TokenForm:
    """authorization: the value of the Authorization header. Raises Unauthenticated."""
    if len(authorization) > compact.LARGEST_BYTES:
        raise refused("The access token is larger than 16 kB.")
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not token.strip():
        raise refused(MISSING, "login")
    try:
        header, claims = compact.read(token)
    except compact.Odd as odd:
        raise _unreadable(odd.why) from None
    return _form(token, header, claims)


def _unreadable(why: str) -> Unauthenticated:
    text = f"The access token is not a JSON Web Token this service accepts: {why}."
    return refused(f"{text} Sign in again, and send the whole of it.")


def _form(token: bytes, header: Claims, claims: Claims) -> TokenForm:
    if header.keys() != _HEADER_MEMBERS:
        raise _unreadable("its header needs alg, kid and typ, and nothing else")
    algorithm, key_id, token_type = header["alg"], header["kid"], header["typ"]
    if not (
        isinstance(algorithm, str)
        and isinstance(key_id, str)
        and isinstance(token_type, str)
        and compact.is_key_id(key_id)
    ):
        raise _unreadable("its header is not in order")
    return TokenForm(token, algorithm, key_id, token_type, claims)
