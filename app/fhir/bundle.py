"""Bundles spliced from stored bytes, never rebuilt from objects. Spec:
https://hl7.org/fhir/R4/bundle.html"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from app.fhir.json_guard import encode


class Entry(Struct, frozen=True):
    """One entry. resource: its bytes, or empty for none. The rest is written where it is set.

    mode: match, include or outcome. method and url: a history's request. status: a response's
    ("201 Created").
    """

    full_url: str | None = None
    resource: bytes = b""
    mode: str | None = None
    method: str | None = None
    url: str | None = None
    status: str | None = None
    location: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    outcome: bytes = b""


def bundle(
    type: str,
    entries: Iterable[Entry | bytes],
    *,
    links: Sequence[tuple[str, str]] = (),
    total: int | None = None,
    id: str | None = None,
    updated: str | None = None,
) -> bytes:
    """A Bundle. entries: to be written, or written already. links: (relation, url).

    total: left out when None. updated: an instant.
    """
    parts = [b'{"resourceType":"Bundle"']
    if id is not None:
        parts.append(b',"id":' + encode(id))
    if updated is not None:
        parts.append(b',"meta":{"lastUpdated":' + encode(updated) + b"}")
    parts.append(b',"type":"' + type.encode() + b'"')
    if total is not None:
        parts.append(b',"total":%d' % total)
    if links:
        told = [{"relation": relation, "url": url} for relation, url in links]
        parts.append(b',"link":' + encode(told))
    written = [entry if isinstance(entry, bytes) else _entry(entry) for entry in entries]
    if written:
        parts.append(b',"entry":[' + b",".join(written) + b"]")
    parts.append(b"}")
    return b"".join(parts)


def found_entry(base: bytes, type: str, id: str, resource: bytes, mode: bytes) -> bytes:
    """An entry of a searchset, written at once. type and id hold nothing that JSON would escape."""
    return b'{"fullUrl":"%b/%b/%b","resource":%b,"search":{"mode":"%b"}}' % (
        base,
        type.encode(),
        id.encode(),
        resource,
        mode,
    )


def _entry(entry: Entry) -> bytes:
    parts = []
    if entry.full_url is not None:
        parts.append(b'"fullUrl":' + encode(entry.full_url))
    if entry.resource:
        parts.append(b'"resource":' + entry.resource)
    if entry.mode is not None:
        parts.append(b'"search":{"mode":"' + entry.mode.encode() + b'"}')
    if entry.method is not None:
        request = {"method": entry.method, "url": entry.url}
        parts.append(b'"request":' + encode(request))
    if entry.status is not None:
        parts.append(b'"response":' + _response(entry))
    return b"{" + b",".join(parts) + b"}"


def _response(entry: Entry) -> bytes:
    parts = [b'"status":' + encode(entry.status)]
    if entry.location is not None:
        parts.append(b'"location":' + encode(entry.location))
    if entry.etag is not None:
        parts.append(b'"etag":' + encode(entry.etag))
    if entry.last_modified is not None:
        parts.append(b'"lastModified":' + encode(entry.last_modified))
    if entry.outcome:
        parts.append(b'"outcome":' + entry.outcome)
    return b"{" + b",".join(parts) + b"}"
