"""The shipped definitions over HTTP: read, search, and the operations of terminology.

Spec: https://hl7.org/fhir/R4/http.html#read, https://hl7.org/fhir/R4/terminology-service.html
They are the bytes of the files, and no person's: there is no token to show and nothing to audit.
"""

import hashlib
from collections.abc import Mapping
from functools import cache

from app.endpoints import headers as heads
from app.errors import NotFound
from app.fhir.definition_search import search_definitions, shown
from app.fhir.library import Shipped, of_type
from app.fhir.query_string import split
from app.fhir.terminology_operations import operate
from app.interactions.address import Address
from app.interactions.stamping import instant
from app.interactions.visit import Record

Told = tuple[int, bytes, list[tuple[bytes, bytes]]]


def published(
    record: Record,
    where: Address,
    query: str,
    body: bytes,
    headers: Mapping[bytes, bytes],
) -> Told:
    """The answer for an open address: status, body and headers. Raises a Refusal.

    body: of an operation's POST, or empty.
    """
    type, pairs = where.type or "", split(query)
    lenient = heads.prefer(headers)[1]
    named = None if where.id is None else _named(type, where.id)
    if where.operation is not None:
        now = instant(record.now())
        return 200, operate(type, where.operation, named, pairs, body, now), []
    if named is not None:
        return _one(named, shown(named, pairs, lenient=lenient), headers)
    found = search_definitions(
        type,
        of_type(type),
        pairs,
        fhir_base=record.fhir_base,
        page_size=record.bounds.page,
        limits=record.searches,
        lenient=lenient,
    )
    return 200, found, []


def _named(type: str, id: str) -> Shipped:
    for one in of_type(type):
        if one.id == id:
            return one
    raise NotFound(f"There is no {type} of this id here. See /fhir/{type} for those there are.")


def _one(named: Shipped, body: bytes, headers: Mapping[bytes, bytes]) -> Told:
    if body is not named.body:
        return 200, body, []  # less than the whole has no tag of its own
    tag = _tag(named)
    known = {one.strip() for one in headers.get(b"if-none-match", b"").split(b",")}
    if known & {b"*", tag, tag.removeprefix(b"W/")}:
        return 304, b"", [(b"etag", tag)]
    return 200, body, [(b"etag", tag)]


@cache
def _tag(named: Shipped) -> bytes:
    """Weak, as the same definition may be laid out for people."""
    return b'W/"%b"' % hashlib.sha256(named.body).hexdigest()[:16].encode()
