"""The entries of a batch or transaction as asks. Spec:
https://hl7.org/fhir/R4/http.html#transaction"""

import base64
import re
from collections.abc import Sequence
from dataclasses import replace as placed
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.access.acts import Act
from app.errors import Invalid, Issue, Malformed, NotSupported, Refusal, TooCostly
from app.fhir.bundle import Entry
from app.fhir.date_ranges import date_range
from app.fhir.json_guard import encode, parse
from app.fhir.outcome import outcome_bytes
from app.fhir.resource_types import Json
from app.interactions.address import address, decoded
from app.interactions.conditional import of_create
from app.interactions.stamping import instant
from app.interactions.visit import PATCH_TYPES, Answer, Ask, PatchType, Record

WRITES = frozenset((Act.CREATE, Act.UPDATE, Act.PATCH, Act.DELETE))

_ETAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
_STATUS_WORDS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    304: "Not Modified",
}


class BundleEntry(Struct, frozen=True):
    """One entry. place: its FHIRPath ("Bundle.entry[3]"). full_url: as given, or None."""

    place: str
    full_url: str | None
    ask: Ask

    @property
    def writes(self) -> bool:
        """Whether it changes anything; a search by POST does not."""
        return self.ask.act in WRITES


def read_bundle(record: Record, ask: Ask) -> tuple[str, list[Any]]:
    """("batch" or "transaction", its entries). Raises Malformed, Invalid or TooCostly."""
    tree = ask.tree if ask.tree is not None else parse(ask.body)
    if tree.get("resourceType") != "Bundle":
        raise Malformed("Send a Bundle of type batch or transaction to this address.")
    type, entries = tree.get("type"), tree.get("entry", [])
    if type not in ("batch", "transaction"):
        text = "A Bundle sent to this address has the type batch or transaction."
        raise Invalid([Issue("value", text, "Bundle.type")])
    if not isinstance(entries, list):
        raise Invalid([Issue("structure", "entry must be a list.", "Bundle.entry")])
    most = record.bounds.bundle
    if len(entries) > most:
        raise TooCostly(f"A Bundle may hold {most} entries at the most. Send several Bundles.")
    return type, entries


def read_entry(ask: Ask, n: int, entry: Any, fhir_base: str) -> BundleEntry:
    """One entry as the ask it stands for. Raises a Refusal that names the entry."""
    place = f"Bundle.entry[{n}]"
    request = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(request, dict):
        raise Invalid([Issue("required", "Each entry needs a request.", f"{place}.request")])
    method, url = request.get("method"), request.get("url")
    if method not in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") or not isinstance(url, str):
        text = "A request needs a method (GET, HEAD, POST, PUT, PATCH, DELETE) and a url."
        raise Invalid([Issue("value", text, f"{place}.request")])
    try:
        one = _ask(ask, method, url.removeprefix(fhir_base + "/"), request, entry.get("resource"))
    except Refusal as refusal:
        raise located(refusal, f"{place}.request") from None
    full_url = entry.get("fullUrl")
    return BundleEntry(place, full_url if isinstance(full_url, str) else None, one)


def _ask(ask: Ask, method: str, url: str, request: Json, resource: Any) -> Ask:
    path, _, query = url.partition("?")
    where = address(method, decoded(path).strip("/"))
    if where.is_open:
        raise NotSupported("Definitions are read by themselves, outside a Bundle.")
    if where.operation is not None or where.act in (None, Act.CAPABILITIES, Act.BATCH):
        raise NotSupported("Operations and nested Bundles are not offered inside a Bundle.")
    if method in ("POST", "PUT") and not isinstance(resource, dict) and not where.form:
        raise Invalid([Issue("required", "This entry needs a resource.", "resource")])
    return replace(
        ask,
        act=where.act,
        type=where.type,
        id=where.id,
        version=where.version,
        compartment=where.compartment,
        method=method,
        query=query,
        body=_patch_body(resource) if method == "PATCH" else b"",
        tree=resource if where.act in (Act.CREATE, Act.UPDATE) else None,
        patch=_patch_type(resource) if method == "PATCH" else None,
        if_match=etag(request.get("ifMatch"), "ifMatch"),
        if_none_match=etags(request.get("ifNoneMatch")),
        if_modified_since=_moment(request.get("ifModifiedSince")),
        if_none_exist=of_create(query, _text(request.get("ifNoneExist"), "ifNoneExist"))
        if where.act is Act.CREATE
        else None,
    )


def _patch_body(resource: Any) -> bytes:
    """A patch in a Bundle is a Binary whose data is a JSON Patch, or else a merge patch by
    itself."""
    if isinstance(resource, dict) and resource.get("resourceType") == "Binary":
        try:
            return base64.b64decode(resource.get("data", ""), validate=True)
        except (ValueError, TypeError):
            raise Malformed("The data of the Binary is not base64.") from None
    return encode(resource)


def _patch_type(resource: Any) -> PatchType | None:
    media = resource.get("contentType") if isinstance(resource, dict) else None
    return PATCH_TYPES.get(media) if isinstance(media, str) else None


def etag(text: Any, name: str) -> int | None:
    """The version an ETag names; 0 for `*`; None when there is none. Raises Malformed."""
    if text is None:
        return None
    if text == "*":
        return 0
    match = _ETAG.fullmatch(text) if isinstance(text, str) else None
    version = int(match[1]) if match else 0
    if version == 0:  # versions begin with 1; 0 would be taken for `*`
        raise Malformed(f'{name} is W/"3", where 3 is the version you read.')
    return version


def etags(text: Any) -> tuple[int, ...] | None:
    """The versions that a list of ETags names; 0 for `*`; None when there is no list.

    A tag that is not one of ours can match nothing, so it is left out, as RFC 9110 has it.
    """
    if text is None:
        return None
    tags = text.split(",") if isinstance(text, str) else []
    if [tag.strip() for tag in tags] == ["*"]:
        return (0,)
    ours = (_ETAG.fullmatch(tag.strip()) for tag in tags)
    return tuple(int(match[1]) for match in ours if match is not None)


def _moment(value: Any) -> datetime | None:
    found = date_range(value) if isinstance(value, str) else None
    if value is not None and found is None:
        raise Malformed("ifModifiedSince is an instant, such as 2026-03-01T09:00:00Z.")
    return found[0] if found else None


def _text(value: Any, name: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise Malformed(f"{name} must be a text.")
    return value


def located(refusal: Refusal, place: str) -> Refusal:
    """The same refusal, with the entry named in each issue's expression."""
    issues: list[Issue] = []
    for issue in refusal.issues:
        expression = issue.expression
        below = place.removesuffix(".request") + ".resource"
        if expression is None or expression.startswith("http."):
            at = place  # a fault of the request, not of the resource
        else:
            _, dot, rest = expression.partition(".")
            at = below + dot + rest
        issues.append(placed(issue, expression=at))
    if isinstance(refusal, Invalid):
        return Invalid(issues)
    return type(refusal)(issues=issues)


def response(record: Record, answer: Answer, show: bool) -> Entry:
    """What a response Bundle says of one entry. show: whether the resource itself is told."""
    where = None
    if answer.type is not None and answer.id is not None:
        where = f"{record.fhir_base}/{answer.type}/{answer.id}"
    located_at = None
    if where is not None and answer.version is not None and answer.status in (200, 201):
        located_at = f"{where}/_history/{answer.version}"
    return Entry(
        full_url=where if answer.status != 204 else None,
        resource=answer.body if show else b"",
        status=f"{answer.status} {_STATUS_WORDS.get(answer.status, '')}".strip(),
        location=located_at,
        etag=f'W/"{answer.version}"' if answer.version is not None else None,
        last_modified=instant(answer.updated) if answer.updated is not None else None,
    )


def refuse_if_full(record: Record, answered: int) -> None:
    """Look nothing more up for an answer that is full: it is put together in memory, and each of a
    thousand entries may ask for a page. answered: bytes so far. Raises TooCostly."""
    if answered >= record.bounds.answer_bytes:
        raise TooCostly("What was asked for before fills the answer. Ask for this by itself.")


def fitted(record: Record, written: Entry, answered: int) -> Entry:
    """What is said of an entry that was written: without the resource, where the answer has no room
    for it. That it was written holds all the same."""
    if answered + len(written.resource) <= record.bounds.answer_bytes:
        return written
    return replace(written, resource=b"", outcome=outcome_bytes([_NO_ROOM]))


_NO_ROOM = Issue(
    "too-costly",
    "This was done. It is not shown, as the answer is full: read it by its location.",
    severity="information",
)


def refused(refusal: Refusal) -> Entry:
    """What a batch's response says of an entry that was refused."""
    return Entry(status=str(refusal.status), outcome=outcome_bytes(refusal.issues))


def order(entries: Sequence[BundleEntry]) -> list[int]:
    """The order of processing: DELETE, POST, PUT and PATCH, then GET and HEAD."""
    rank = {Act.DELETE: 0, Act.CREATE: 1, Act.UPDATE: 2, Act.PATCH: 2}
    return sorted(range(len(entries)), key=lambda n: rank.get(entries[n].ask.act, 3))
