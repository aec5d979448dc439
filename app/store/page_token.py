"""The token of a next page: the last row's place, sealed for one caller, one search and one hour.

It says where to go on and grants nothing: every page is authorised anew. The seal is HMAC-SHA256.

Spec: https://hl7.org/fhir/R4/http.html#paging
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TypeAlias

import msgspec

from app.errors import Malformed
from app.fhir.search_query import Query

EXPIRES_AFTER = timedelta(hours=1)

KeyValue: TypeAlias = str | datetime | Decimal | None

_SEAL_BYTES = 32
_NOT_OURS = (
    "This page link is not one of ours for what is asked here. Ask for the first page again, and "
    "go on from its `next`, with the rest of the address as it was."
)
_EXPIRED = "This page link has expired; it works for an hour. Ask for the first page again."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended.

    asked: when the first page was asked for, which stays the "now" of the search.
    keys: the last row's sort keys, in order, and what breaks ties.
    """

    asked: datetime
    keys: tuple[KeyValue, ...]


class _Payload(msgspec.Struct, array_like=True, frozen=True):
    issued: datetime
    asked: datetime
    keys: list[tuple[str, str | None]]


_DECODER = msgspec.msgpack.Decoder(_Payload)


def seal(page_key: bytes, caller: str, query: Query, place: Place, *, now: datetime) -> str:
    """The token that leads this caller to the page after `place`."""
    keys = [_written(key) for key in place.keys]
    payload = msgspec.msgpack.encode(_Payload(now, place.asked, keys))
    return _text(_seal(page_key, caller, query, payload) + payload)


def unseal(page_key: bytes, caller: str, query: Query, token: str, *, now: datetime) -> Place:
    """The place a token leads to. Raises Malformed for one that is not this caller's for this
    search, was altered, or has expired."""
    sealed = _sealed(token)
    payload = sealed[_SEAL_BYTES:]
    if not hmac.compare_digest(sealed[:_SEAL_BYTES], _seal(page_key, caller, query, payload)):
        raise Malformed(_NOT_OURS)
    read = _DECODER.decode(payload)
    if now - read.issued > EXPIRES_AFTER:
        raise Malformed(_EXPIRED)
    return Place(read.asked, tuple(_read(kind, text) for kind, text in read.keys))


def _seal(page_key: bytes, caller: str, query: Query, payload: bytes) -> bytes:
    searched = sha256(msgspec.msgpack.encode(replace(query, page=None))).digest()
    whole = msgspec.msgpack.encode((caller, searched, payload))
    return hmac.digest(page_key, whole, "sha256")


def _sealed(token: str) -> bytes:
    try:
        sealed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (UnicodeEncodeError, NotBase64, ValueError) as error:
        raise Malformed(_NOT_OURS) from error
    # The decoder overlooks odd characters and spare bits; only the one true spelling is ours.
    if _text(sealed) != token:
        raise Malformed(_NOT_OURS)
    return sealed


def _text(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).decode("ascii").rstrip("=")


def _written(key: KeyValue) -> tuple[str, str | None]:
    if isinstance(key, datetime):
        # The driver gives the first and the last instant there is without a zone.
        return "date", key.replace(tzinfo=key.tzinfo or UTC).isoformat()
    if isinstance(key, Decimal):
        return "number", str(key)
    return "text", key


def _read(kind: str, text: str | None) -> KeyValue:
    if text is None or kind == "text":
        return text
    return datetime.fromisoformat(text) if kind == "date" else Decimal(text)
