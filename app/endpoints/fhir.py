"""The FHIR door: a small ASGI application under the FHIR base. HTTP in, HTTP out; the rules are
below.

Spec: https://hl7.org/fhir/R4/http.html
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import msgspec
import structlog
from msgspec.structs import replace

from app.access.acts import Act
from app.access.caller import Caller
from app.access.limits import TooMany
from app.access.standing import Standing
from app.access.token_check import Verifier, challenge
from app.endpoints import headers as heads
from app.endpoints.body import (
    SMALL_BODY_SECONDS,
    format_of,
    is_pretty,
    query_text,
    read_body,
    with_form,
)
from app.endpoints.definitions import published
from app.endpoints.measure import Measure
from app.endpoints.open_documents import OpenDocument
from app.endpoints.under_way import RETRY_SECONDS, Full, UnderWay, record_late
from app.errors import (
    Issue,
    MethodNotAllowed,
    NotFound,
    Refusal,
    TooLarge,
    TooSlow,
    Unauthenticated,
    Unavailable,
)
from app.fhir.json_guard import refuse_deeper
from app.fhir.outcome import outcome_bytes
from app.interactions.address import Address, address
from app.interactions.batch import batch_or_transaction
from app.interactions.conditional import of_create
from app.interactions.perform import audit_refusal, perform, permitted
from app.interactions.visit import Answer, Ask, Record, Visit
from app.interactions.who_asks import who_asks

Scope: TypeAlias = Any
Receive: TypeAlias = Callable[[], Awaitable[Any]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]
Operation: TypeAlias = Callable[[Visit], Awaitable[Answer]]

_log = structlog.get_logger()
_ALWAYS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_SLOW_SECONDS = 1.0
_MOST_LAID_OUT = 2_000_000  # laid out for people, it is many times as long
_EMERGENCY_ACCESS = "Patient/$emergency-access"
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
_MOST_OF_ANYONE = 256_000  # bytes: a value set or a code to look at, from whom nobody knows
_INTERNAL = (
    "Something went wrong here, not with your request. It has been logged under this request id."
)


class FhirDoor:
    """Answers everything under the FHIR base.

    open_documents: what anyone may read, by path ("metadata").
    operations: by name. log_all: log every answer, not only refusals and slow ones.
    """

    def __init__(
        self,
        record: Record,
        verifier: Verifier,
        standing: Standing,
        *,
        open_documents: Mapping[str, OpenDocument],
        operations: Mapping[str, Operation],
        measure: Measure,
        log_all: bool = False,
    ) -> None:
        self._record = record
        self._verifier = verifier
        self._standing = standing
        self._bounds = record.bounds
        self._under_way = UnderWay(self._bounds.in_flight, self._bounds.answer_seconds)
        self._open_documents = open_documents
        self._operations = operations
        self._measure = measure
        self._log_all = log_all

    async def __call__(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        """path: below the base, without slashes at its ends."""
        method = scope["method"]
        request_id = secrets.token_hex(8)
        answer_head: list[tuple[bytes, bytes]] = []
        is_told = True
        with self._measure.request(method) as measured:
            try:
                self._under_way.enter(self._cannot_wait, path, scope)
                try:
                    headers = heads.read_headers(scope["headers"])
                    request_id = heads.request_id(headers, request_id)
                    status, body, answer_head = await self._answer(
                        path, headers, receive, request_id, scope
                    )
                finally:
                    self._under_way.leave()
            except Refusal as refusal:
                status, body, answer_head = _refused(refusal)
                is_told = not isinstance(refusal, Full)
            except asyncio.CancelledError as cancelled:
                status, body, answer_head = _refused(self._under_way.given_up(cancelled))
            except Exception:
                _log.exception("request failed", request_id=request_id, method=method)
                status, body = 500, outcome_bytes([Issue("exception", _INTERNAL)])
            measured.status = status
        # Where all places are taken, a line for each would cost more than the refusal does.
        if is_told and (status >= 400 or measured.seconds > _SLOW_SECONDS or self._log_all):
            _log_answer(method, status, measured.seconds, request_id)
        if body and len(body) <= _MOST_LAID_OUT and is_pretty(scope["query_string"]):
            body = msgspec.json.format(body, indent=2) + b"\n"
        await _send(send, method, status, body, answer_head, request_id)

    async def _answer(
        self,
        path: str,
        headers: Mapping[bytes, bytes],
        receive: Receive,
        request_id: str,
        scope: Scope,
    ) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        method: str = scope["method"]
        query = query_text(scope["query_string"])
        document = self._open_documents.get(path) if method in ("GET", "HEAD") else None
        if document is None or not document.any_accept:
            heads.check_accept(headers, format_of(query))
        if document is not None:
            return 200, document.read(query), [(b"content-type", document.media_type)]
        where = address(method, path)
        if where.is_open:
            return await self._published(where, method, query, headers, receive)
        asked = _asked(where, method, request_id, scope)
        caller = await who_asks(
            self._record, self._verifier, self._standing, headers.get(b"authorization"), asked
        )
        try:
            ask = await self._whole(asked, where, query, headers, receive)
        except Refusal as refusal:
            await audit_refusal(self._record, caller, asked, refusal)
            raise
        try:
            answer = await self._do(caller, where, ask)
        except asyncio.CancelledError as cancelled:
            late = self._under_way.given_up(cancelled)
            await record_late(self._record, caller, ask, late)
            raise late from None
        return self._told(ask, answer)

    def _cannot_wait(self, path: str, scope: Scope) -> bool:
        """Whether this opens a record in an emergency, or comes from somebody who was in one here a
        moment ago, as far as can be told without the database."""
        if path == _EMERGENCY_ACCESS:
            return True
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        caller = self._verifier.remembered(given[0]) if len(given) == 1 else None
        return caller is not None and self._record.emergencies.had(caller, self._record.clock())

    async def _body(self, receive: Receive, headers: Mapping[bytes, bytes]) -> bytes:
        """The body, whose time is its own; deeper ones than this record takes are refused here."""
        self._under_way.stop_clock()
        body = await read_body(
            receive,
            headers,
            most_bytes=self._bounds.body_bytes,
            seconds=self._bounds.body_seconds,
        )
        self._under_way.start_clock()
        refuse_deeper(body, self._bounds.depth)
        return body

    async def _body_of_anyone(self, receive: Receive, headers: Mapping[bytes, bytes]) -> bytes:
        """The same from whom nobody knows: who sends it slowly holds no place that others need."""
        most = min(self._bounds.body_bytes, _MOST_OF_ANYONE)
        seconds = min(self._bounds.body_seconds, SMALL_BODY_SECONDS)
        with self._under_way.outside():
            body = await read_body(receive, headers, most_bytes=most, seconds=seconds)
        refuse_deeper(body, self._bounds.depth)
        return body

    async def _published(
        self,
        where: Address,
        method: str,
        query: str,
        headers: Mapping[bytes, bytes],
        receive: Receive,
    ) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        """Definitions, and operations over them: open to anyone, as they hold nothing of a
        person."""
        body = b""
        if method == "POST":
            media = heads.media_type(headers)
            body = await self._body_of_anyone(receive, headers)
            if where.form:
                query, body = with_form(query, headers, media, body), b""
            elif body:
                heads.check_json(media)
        return published(self._record, where, query, body, headers)

    async def _whole(
        self,
        asked: Ask,
        where: Address,
        query: str,
        headers: Mapping[bytes, bytes],
        receive: Receive,
    ) -> Ask:
        """The ask with everything that the headers and the body say."""
        body, patch = b"", None
        if asked.method in _WITH_BODY:
            media = heads.media_type(headers)
            body = await self._body(receive, headers)
            if where.form:
                query, body = with_form(query, headers, media, body), b""
            elif where.operation is not None and not body:
                pass
            elif asked.method == "PATCH":
                patch = heads.patch_type(media)
            else:
                heads.check_json(media)
        wanted, lenient = heads.prefer(headers)
        return replace(
            asked,
            query=query,
            body=body,
            patch=patch,
            if_match=heads.version(headers, b"if-match"),
            if_none_match=heads.versions(headers, b"if-none-match"),
            if_modified_since=heads.moment(headers, b"if-modified-since"),
            if_none_exist=of_create(query, _latin(headers.get(b"if-none-exist")))
            if asked.act is Act.CREATE
            else None,
            prefer_return=wanted,
            lenient=lenient,
            provenance=heads.provenance(headers) if asked.act in _SAYS_WHERE_FROM else None,
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
        by_condition = ask.id is None and ask.act in _WRITES and answer.status == 200
        head = heads.answer_headers(
            answer, self._record.fhir_base, is_new_to_caller=by_condition or answer.created
        )
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
_SAYS_WHERE_FROM = _WRITES | {Act.BATCH}


def _asked(where: Address, method: str, request_id: str, scope: Scope) -> Ask:
    """What the address alone tells, which is enough to make a record of a refusal."""
    client = scope.get("client")
    return Ask(
        where.act or Act.READ,
        where.type,
        where.id,
        where.version,
        method,
        compartment=where.compartment,
        request_id=request_id,
        address=client[0] if client else None,
    )


def _log_answer(method: str, status: int, seconds: float, request_id: str) -> None:
    """Refusals and slow answers by default, all of them at the level debug; the AuditEvents are the
    record of who asked for what. The address is left out: an id may be anything a client chose."""
    tell = _log.debug
    if status >= 500 or seconds > _SLOW_SECONDS:
        tell = _log.warning
    elif status >= 400:
        tell = _log.info
    tell(
        "answered", method=method, status=status, ms=round(seconds * 1000, 1), request_id=request_id
    )


def _refused(refusal: Refusal) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    return refusal.status, outcome_bytes(refusal.issues), _refusal_headers(refusal)


def _refusal_headers(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    if isinstance(refusal, Unauthenticated):
        return [(b"www-authenticate", challenge(refusal))]
    if isinstance(refusal, MethodNotAllowed):
        return [(b"allow", ", ".join(refusal.takes).encode())]
    if isinstance(refusal, TooMany):
        told = heads.of_too_many(refusal)
        return [(name.encode(), value.encode()) for name, value in told.items()]
    if isinstance(refusal, Unavailable):
        return [(b"retry-after", b"%d" % RETRY_SECONDS)]
    if isinstance(refusal, TooLarge | TooSlow):
        return [(b"connection", b"close")]  # the rest of the body is not waited for
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
    if body and all(name != b"content-type" for name, _ in head):
        headers.append((b"content-type", heads.FHIR_JSON))
    if status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    shown = b"" if method == "HEAD" or status in (204, 304) else body
    await send({"type": "http.response.body", "body": shown})


def _latin(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
