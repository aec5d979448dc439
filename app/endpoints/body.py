"""The query and the body of a request, read within limits. Spec:
https://hl7.org/fhir/R4/http.html#general, https://www.rfc-editor.org/rfc/rfc6750#section-2"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from app.endpoints import headers as heads
from app.errors import Malformed, TooLarge, TooSlow

Receive: TypeAlias = Callable[[], Awaitable[Any]]

SMALL_BODY_SECONDS = 10  # for what is never more than some kilobytes, from whom nobody knows yet

_FORMAT = re.compile(r"(?:^|&)_format=([^&]*)")
_PRETTY = re.compile(r"(?:^|&)_pretty=true(?:&|$)")
_TOKEN = re.compile(r"(?:^|&)access_token=")


def query_text(raw: bytes) -> str:
    """The query string as text, still percent-encoded. Raises Malformed for what is not UTF-8, and
    for an access token in it, where logs and caches would keep it."""
    try:
        query = raw.decode()
    except UnicodeDecodeError:
        raise Malformed("The query must be UTF-8.") from None
    return _without_token(query)


def format_of(query: str) -> str | None:
    """What `_format` asks for, decoded; None without it."""
    found = _FORMAT.search(query)
    if found is None:
        return None
    return unquote_to_bytes(found[1].replace("+", " ")).decode("latin-1")


def is_pretty(raw_query: bytes) -> bool:
    """Whether the answer is to be laid out for people."""
    return _PRETTY.search(raw_query.decode("latin-1")) is not None


async def read_body(
    receive: Receive, headers: Mapping[bytes, bytes], *, most_bytes: int, seconds: float
) -> bytes:
    """The whole body, never more than `most_bytes` of it. seconds: for all of it, as who sends
    slower holds a place that others need. Raises TooLarge, TooSlow, and Malformed when it was cut
    off."""
    told = headers.get(b"content-length", b"0")
    if told.isdigit() and int(told) > most_bytes:
        raise _too_large(most_bytes)
    try:
        async with asyncio.timeout(seconds):
            return await _whole_body(receive, most_bytes)
    except TimeoutError:
        raise TooSlow(f"The body was not here within {seconds} seconds.") from None


async def _whole_body(receive: Receive, most: int) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("The connection ended before the body did.")
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _too_large(most)
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def sent_once(raw: bytes, what: str, most_fields: int) -> dict[str, str]:
    """What a form or a query says by name. what: "form" or "address", for the refusal. Raises
    Malformed for what cannot be read, and for a name that is there twice."""
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=most_fields
        )
    except ValueError:
        told = f"The {what} cannot be read: percent-encode it, as UTF-8."
        raise Malformed(told) from None
    if len(dict(pairs)) != len(pairs):
        raise Malformed(f"Something is in the {what} twice. Send each parameter once.")
    return dict(pairs)


def with_form(query: str, headers: Mapping[bytes, bytes], media: str, body: bytes) -> str:
    """The query of a POST _search: what is in the URL, and then the form."""
    if body:
        heads.check_form(media)
    try:
        form = body.decode("ascii").strip()
    except UnicodeDecodeError:
        raise Malformed("A form is percent-encoded ASCII.") from None
    form = _without_token(form)
    if "_format=" in form:
        heads.check_accept(headers, format_of(form))
    return "&".join(part for part in (query, form) if part)


def _without_token(query: str) -> str:
    names = query
    if "%" in query:  # a name may be written with its letters encoded
        names = "&".join(unquote(pair.partition("=")[0]) + "=" for pair in query.split("&"))
    if "access_token=" in names and _TOKEN.search(names):
        raise Malformed("Send the access token in the header: Authorization: Bearer <token>.")
    return query


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body is larger than {most} bytes. Send it in parts.")
