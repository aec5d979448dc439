"""The FHIR door: a small ASGI application under the FHIR base. HTTP in, HTTP out; the rules are
below.

Spec: https://hl7.org/fhir/R4/http.html
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

import msgspec
import structlog

from app.access.acts import Act
from app.access.caller import Caller
from app.access.token_check import Verifier, challenge
from app.endpoints import headers as heads
from app.endpoints.measure import Measure
from app.errors import (
    Issue,
    Malformed,
    NotFound,
    Refusal,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from app.fhir.outcome import outcome_bytes
from app.interactions.address import Address, address
from app.interactions.batch import batch_or_transaction
from app.interactions.perform import perform, permitted
from app.interactions.visit import Answer, Ask, Record, Touched, Visit, audit_rows

Scope: TypeAlias = Any
Receive: TypeAlias = Callable[[], Awaitable[Any]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]
Operation: TypeAlias = Callable[[Visit], Awaitable[Answer]]

_log = structlog.get_logger()
_FORMAT = re.compile(r"(?:^|&)_format=([^&]*)")
_PRETTY = re.compile(r"(?:^|&)_pretty=true(?:&|$)")
_ALWAYS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'"),
]
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
_INTERNAL = (
    "Something went wrong here, not with your request. It has been logged under this request id."
)


class FhirDoor:
    """Answers everything under the FHIR base.

    open_documents: what anyone may read, by path ("metadata"): called with the query string.
    operations: by name.
    """

    def __init__(
        self,
        record: Record,
        verifier: Verifier,
        *,
        max_body_bytes: int,
        open_documents: Mapping[str, Callable[[str], bytes]],
        operations: Mapping[str, Operation],
        measure: Measure,
    ) -> None:
        self._record = record
        self._verifier = verifier
        self._max_body_bytes = max_body_bytes
        self._open_documents = open_documents
        self._operations = operations
        self._measure = measure

    async def __call__(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        """path: below the base, without slashes at its ends."""
        method, query = scope["method"], scope["query_string"].decode("latin-1")
        request_id = secrets.token_hex(8)
        answer_head: list[tuple[bytes, bytes]] = []
        with self._measure.request(method) as measured:
            try:
                headers = heads.read_headers(scope["headers"])
                request_id = heads.request_id(headers, request_id)
                status, body, answer_head = await self._answer(
                    method, path, query, headers, receive, request_id, scope
                )
            except Refusal as refusal:
                status, body = refusal.status, outcome_bytes(refusal.issues)
                answer_head = _refusal_headers(refusal)
            except Exception:
                _log.exception("request failed", request_id=request_id, method=method)
                status, body = 500, outcome_bytes([Issue("exception", _INTERNAL)])
            measured.status = status
        if body and _PRETTY.search(query):
            body = msgspec.json.format(body, indent=2)
        await _send(send, method, status, body, answer_head, request_id)

    async def _answer(
        self,
        method: str,
        path: str,
        query: str,
        headers: Mapping[bytes, bytes],
        receive: Receive,
        request_id: str,
        scope: Scope,
    ) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        format = _FORMAT.search(query)
        heads.check_accept(
            headers, None if format is None else _plain(format[1]) if format[1] else ""
        )
        if method in ("GET", "HEAD") and path in self._open_documents:
            return 200, self._open_documents[path](query), []
        where = address(method, path)
        caller = await self._caller(headers, where, method, request_id, scope)
        ask = await self._ask(where, method, query, headers, receive, request_id, scope)
        answer = await self._do(caller, where, ask)
        return self._told(ask, answer)

    async def _caller(
        self,
        headers: Mapping[bytes, bytes],
        where: Address,
        method: str,
        request_id: str,
        scope: Scope,
    ) -> Caller:
        try:
            return self._verifier.verify(headers.get(b"authorization"))
        except Unauthenticated as refusal:
            ask = Ask(
                where.act or Act.READ,
                where.type,
                where.id,
                method=method,
                request_id=request_id,
                address=_client(scope),
            )
            now = self._record.clock()
            touched = [Touched(None, where.type, where.id)]
            text = refusal.issues[0].text
            rows = audit_rows(self._record, None, ask, now, touched, refusal.status, text)
            await self._record.store.unit().audit(rows)
            raise

    async def _ask(
        self,
        where: Address,
        method: str,
        query: str,
        headers: Mapping[bytes, bytes],
        receive: Receive,
        request_id: str,
        scope: Scope,
    ) -> Ask:
        body = b""
        if method in _WITH_BODY:
            media = heads.media_type(headers)
            body = await _read_body(receive, headers, self._max_body_bytes)
            if where.form:
                query, body = _with_form(query, media, body), b""
            elif where.operation is not None and not body:
                pass
            elif method == "PATCH":
                heads.check_patch(media)
            else:
                heads.check_json(media)
        wanted, lenient = heads.prefer(headers)
        return Ask(
            where.act or Act.READ,
            where.type,
            where.id,
            where.version,
            method,
            query,
            body,
            compartment=where.compartment,
            if_match=heads.version(headers, b"if-match"),
            if_none_match=heads.version(headers, b"if-none-match"),
            if_modified_since=heads.moment(headers, b"if-modified-since"),
            if_none_exist=_latin(headers.get(b"if-none-exist")),
            prefer_return=wanted,
            lenient=lenient,
            request_id=request_id,
            address=_client(scope),
        )

    async def _do(self, caller: Caller, where: Address, ask: Ask) -> Answer:
        if where.operation is not None and where.operation != "validate":
            operation = self._operations.get(where.operation)
            if operation is None or where.act is None:
                raise NotFound(
                    "There is no such operation here. See /fhir/metadata for what there is."
                )
            return await permitted(self._record, caller, ask, operation)
        if ask.act is Act.BATCH:
            return await batch_or_transaction(self._record, caller, ask)
        return await perform(self._record, caller, ask)

    def _told(self, ask: Ask, answer: Answer) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        head = heads.answer_headers(answer, self._record.fhir_base)
        body = answer.body
        if ask.act in _WRITES:
            if ask.prefer_return == "minimal":
                body = b""
            elif ask.prefer_return == "OperationOutcome":
                done = Issue("informational", "It was done.", severity="information")
                body = outcome_bytes([done])
        status = 204 if answer.status == 204 and not body else answer.status
        return (200 if status == 204 and body else status), body, head


_WRITES = frozenset((Act.CREATE, Act.UPDATE, Act.PATCH, Act.DELETE))


def _refusal_headers(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    if isinstance(refusal, Unauthenticated):
        return [(b"www-authenticate", challenge(refusal))]
    if isinstance(refusal, Unavailable):
        return [(b"retry-after", b"2")]
    return []


async def _send(
    send: Send,
    method: str,
    status: int,
    body: bytes,
    head: list[tuple[bytes, bytes]],
    request_id: str,
) -> None:
    headers = [*_ALWAYS, *head, (b"x-request-id", request_id.encode())]
    if body:
        headers.append((b"content-type", heads.FHIR_JSON))
    if status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    shown = b"" if method == "HEAD" or status in (204, 304) else body
    await send({"type": "http.response.body", "body": shown})


async def _read_body(receive: Receive, headers: Mapping[bytes, bytes], most: int) -> bytes:
    """The whole body, never more than `most` bytes of it. Raises TooLarge."""
    told = headers.get(b"content-length", b"0")
    if told.isdigit() and int(told) > most:
        raise TooLarge(f"The body is larger than {most} bytes. Send it in parts.")
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if len(body) > most:
            raise TooLarge(f"The body is larger than {most} bytes. Send it in parts.")
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("The connection ended before the body did.")
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise TooLarge(f"The body is larger than {most} bytes. Send it in parts.")
        parts.append(part)
    return b"".join(parts)


def _with_form(query: str, media: str, body: bytes) -> str:
    if body:
        heads.check_form(media)
    try:
        form = body.decode("ascii").strip()
    except UnicodeDecodeError:
        raise Malformed("A form is percent-encoded ASCII.") from None
    return "&".join(part for part in (query, form) if part)


def _client(scope: Scope) -> str | None:
    client = scope.get("client")
    return client[0] if client else None


def _latin(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _plain(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode("latin-1")
