"""The strict reading of a signed token that stands in front of the JWT library: what is odd never
reaches it.

Libraries accept duplicate members, embedded keys and numbers as text; this does not.
Spec: https://www.rfc-editor.org/rfc/rfc7515#section-5.2, https://www.rfc-editor.org/rfc/rfc8725
"""

import base64
import binascii
import json
import re
from typing import NoReturn, TypeAlias

Claims: TypeAlias = dict[str, object]

LARGEST_BYTES = 16 * 1024

_SEGMENT = re.compile(rb"[A-Za-z0-9_-]+")
_KEY_ID = re.compile(r"[A-Za-z0-9._~:=+/-]{1,128}")
_LAST_SECOND = 253_402_300_799  # of the year 9999


class Odd(ValueError):
    """A token that is not read any further. why: ends the sentence "it is refused: …"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read(token: bytes) -> tuple[Claims, Claims]:
    """The members of the header and the claims of a token in compact form; nothing of it is proven.
    Raises Odd."""
    segments = token.split(b".")
    if len(segments) != 3:
        raise Odd("it needs three parts")
    header, claims, _ = (_decoded(segment) for segment in segments)
    return _members(header, "its header is"), _members(claims, "its claims are")


def members(encoded: bytes) -> Claims:
    """The members of an object in strict JSON. Raises Odd."""
    return _members(encoded, "it is")


def is_key_id(value: object) -> bool:
    """Whether this can be the `kid` of a key."""
    return isinstance(value, str) and _KEY_ID.fullmatch(value) is not None


def is_second(value: object) -> bool:
    """Whether this can be a time in a token: whole seconds since 1970, to the year 9999."""
    # A bool is an int to Python, but not to JSON.
    return type(value) is int and 0 <= value <= _LAST_SECOND


def _decoded(segment: bytes) -> bytes:
    """Strict base64url: no padding, no stray characters, and the one spelling of the bytes."""
    if not _SEGMENT.fullmatch(segment):
        raise Odd("a part is not base64url")
    try:
        decoded = base64.b64decode(segment + b"=" * (-len(segment) % 4), altchars=b"-_")
    except binascii.Error:
        raise Odd("a part is not base64url") from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != segment:
        raise Odd("a part is not base64url")
    return decoded


def _members(encoded: bytes, it_is: str) -> Claims:
    try:
        members = json.loads(
            encoded.decode(), object_pairs_hook=_without_duplicates, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise Odd(f"{it_is} not strict JSON") from None
    if not isinstance(members, dict):
        raise Odd(f"{it_is} not an object")
    return members


def _without_duplicates(pairs: list[tuple[str, object]]) -> Claims:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _no_constant(_: str) -> NoReturn:
    raise ValueError("not a JSON number")
