"""The strict reading that stands in front of the JWT library: what is odd never reaches it.

Libraries accept duplicate members, embedded keys and numbers as text; this does not.
Spec: https://www.rfc-editor.org/rfc/rfc7515#section-5.2, https://www.rfc-editor.org/rfc/rfc8725
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from app.errors import Issue, Unauthenticated

Claims: TypeAlias = dict[str, object]

LARGEST_BYTES = 16 * 1024
MISSING = "This needs an access token. Sign in, and send it as: Authorization: Bearer <token>."

_SEGMENT = re.compile(rb"[A-Za-z0-9_-]+")
_KEY_ID = re.compile(r"[A-Za-z0-9._~:=+/-]{1,128}")
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
    if len(authorization) > LARGEST_BYTES:
        raise refused("The access token is larger than 16 kB.")
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not token.strip():
        raise refused(MISSING, "login")
    segments = token.split(b".")
    if len(segments) != 3:
        raise _unreadable("it needs three parts")
    header, claims, _ = (_decoded(segment) for segment in segments)
    return _form(token, _members(header, "header"), _members(claims, "claims"))


def _unreadable(why: str) -> Unauthenticated:
    text = f"The access token is not a JSON Web Token this service accepts: {why}."
    return refused(f"{text} Sign in again, and send the whole of it.")


def _decoded(segment: bytes) -> bytes:
    """Strict base64url: no padding, no stray characters, and the one spelling of the bytes."""
    if not _SEGMENT.fullmatch(segment):
        raise _unreadable("a part is not base64url")
    try:
        decoded = base64.b64decode(segment + b"=" * (-len(segment) % 4), altchars=b"-_")
    except binascii.Error:
        raise _unreadable("a part is not base64url") from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != segment:
        raise _unreadable("a part is not base64url")
    return decoded


def _members(encoded: bytes, part: str) -> Claims:
    try:
        members = json.loads(
            encoded.decode(), object_pairs_hook=_without_duplicates, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise _unreadable(f"its {part} are not strict JSON") from None
    if not isinstance(members, dict):
        raise _unreadable(f"its {part} are not an object")
    return members


def _without_duplicates(pairs: list[tuple[str, object]]) -> Claims:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _no_constant(_: str) -> NoReturn:
    raise ValueError("not a JSON number")


def _form(token: bytes, header: Claims, claims: Claims) -> TokenForm:
    if header.keys() != _HEADER_MEMBERS:
        raise _unreadable("its header needs alg, kid and typ, and nothing else")
    algorithm, key_id, token_type = header["alg"], header["kid"], header["typ"]
    if not (
        isinstance(algorithm, str)
        and isinstance(key_id, str)
        and isinstance(token_type, str)
        and _KEY_ID.fullmatch(key_id)
    ):
        raise _unreadable("its header is not in order")
    return TokenForm(token, algorithm, key_id, token_type, claims)
