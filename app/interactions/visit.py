"""What every interaction is given: what was asked, by whom, of which record; and what it
answers."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, TypeAlias

from msgspec import Struct

from app.access.acts import Act
from app.access.audit import Deed, outcome_of, row
from app.access.caller import Caller
from app.access.limits import Limits, Standing
from app.bounds import Bounds
from app.fhir.query_limits import Limits as SearchLimits
from app.fhir.resource_types import DIRECTORY, Json
from app.interactions.emergency import Emergencies
from app.store.found import FoundRow
from app.store.page_bytes import Room
from app.store.permit import Permit
from app.store.resources import AuditRow, Row
from app.store.unit import Store, Unit
from app.what_matters.language import ENGLISH
from app.what_matters.nhs_number import Kind

PatchType: TypeAlias = Literal["json-patch", "merge-patch"]
PATCH_TYPES: Mapping[str, PatchType] = MappingProxyType(
    {"application/json-patch+json": "json-patch", "application/merge-patch+json": "merge-patch"}
)


@dataclass(frozen=True, slots=True)
class Record:
    """The record as this worker holds it.

    fhir_base: without a slash at its end. clock: the present, in UTC. page_key: authenticates page
    tokens. bounds, searches: how much one request, and one search, may ask for. limits: how often
    who may ask. nhs_numbers: which are taken here. emergencies: whose ran here a moment ago.
    """

    store: Store
    fhir_base: str
    clock: Callable[[], datetime]
    page_key: bytes
    bounds: Bounds
    searches: SearchLimits
    limits: Limits
    nhs_numbers: Kind = "any"
    emergencies: Emergencies = field(default_factory=Emergencies)

    @property
    def room(self) -> Room:
        """What one page has room for."""
        return Room(self.bounds.answer_bytes, self.bounds.included)

    def now(self) -> datetime:
        """The present, to the millisecond, which is what an instant in `meta` holds."""
        now = self.clock()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Ask(Struct, frozen=True):
    """One request, whichever door it came by.

    query: the raw query string, or the form of a POST _search. body: as sent. tree: the body
    already read, which
    is how a transaction's entries come. compartment: the Patient id of `Patient/x/Goal`.
    if_match: a version number ("*" is 0). if_none_match: those it names ("*" is 0; tags that are
    not ours are left out), or None without the header. patch: how the body of a PATCH is meant,
    or None when its media type leaves that to its shape. change: in place of a patch, makes the
    next version of the current one. heed: looks at what a create or a patch would write, and raises
    what it is refused with. provenance: of the header X-Provenance. language: in which sentences
    are told, where there is one for them.
    """

    act: Act
    type: str | None = None
    id: str | None = None
    version: int | None = None
    method: str = "GET"
    query: str = ""
    body: bytes = b""
    tree: Json | None = None
    compartment: str | None = None
    if_match: int | None = None
    if_none_match: tuple[int, ...] | None = None
    if_modified_since: datetime | None = None
    if_none_exist: str | None = None
    patch: PatchType | None = None
    change: Callable[[Json], Json] | None = None
    heed: Callable[["Visit", Json], Awaitable[None]] | None = None
    prefer_return: Literal["minimal", "representation", "OperationOutcome"] | None = None
    lenient: bool = False
    request_id: str = ""
    address: str | None = None
    provenance: Json | None = None
    language: str = ENGLISH


class Touched(Struct, frozen=True):
    """What a deed was done to, for the audit. person_id: None or the directory's for nobody in
    particular. version: `VERSION_READ` for one that is about to be read. labels: of what it is."""

    person_id: str | None
    type: str | None = None
    id: str | None = None
    version: int | str | None = None
    labels: int = 0


class Answer(Struct, frozen=True):
    """What is answered. type, id, version, updated: what ETag, Last-Modified and Location are made
    from.

    created: Location is told. touched: still to be audited; empty with `audited` when the write
    did it. standings: of the limits that this was counted under.
    """

    status: int
    body: bytes = b""
    type: str | None = None
    id: str | None = None
    version: int | None = None
    updated: datetime | None = None
    created: bool = False
    touched: tuple[Touched, ...] = ()
    audited: bool = False
    standings: tuple[Standing, ...] = ()


def stored_answer(row: Row | FoundRow, status: int = 200, body: bytes | None = None) -> Answer:
    """What is answered with a stored version, which is still to be audited. body: instead of its
    own."""
    return Answer(
        status,
        row.body if body is None else body,
        row.type,
        row.id,
        row.version,
        row.updated,
        touched=(Touched(row.person_id, row.type, row.id, row.version, _labels(row)),),
    )


def _labels(row: Row | FoundRow) -> int:
    """What was found by a condition is audited as a search, which names people, not entries."""
    return row.labels if isinstance(row, Row) else 0


class Visit(Struct, frozen=True):
    """One ask under way: inside `permit`, as one unit of work, at one moment.

    asked_about: whose record its conditions asked about, so that a refusal is told to them too.
    purposes: of each person whose record is open in an emergency, what an audit says it is for.
    """

    record: Record
    unit: Unit
    caller: Caller
    permit: Permit
    ask: Ask
    now: datetime
    asked_about: list[str] = []
    purposes: Mapping[str, bytes] = MappingProxyType({})

    @property
    def source(self) -> str:
        """What `meta.source` says of a version: who wrote it, and by which request."""
        return f"{self.caller.author}#{self.ask.request_id}"

    def audit(self, touched: Sequence[Touched], status: int) -> tuple[AuditRow, ...]:
        """The audit rows of this deed: one for each thing touched."""
        return audit_rows(
            self.record,
            self.caller,
            self.ask,
            self.now,
            touched,
            status,
            purposes=self.purposes,
        )


def audit_rows(
    record: Record,
    caller: Caller | None,
    ask: Ask,
    now: datetime,
    touched: Sequence[Touched],
    status: int,
    refusal: str | None = None,
    *,
    purposes: Mapping[str, bytes] = MappingProxyType({}),
) -> tuple[AuditRow, ...]:
    """One audit row for each thing touched. refusal: our own sentence, when the answer was no.
    purposes: by person, what it was for."""
    outcome = outcome_of(status)
    query = _target(ask) if ask.id is None or ask.query else None
    return tuple(
        row(
            Deed(
                caller,
                ask.act,
                one.type or ask.type,
                one.id,
                one.version,
                None if one.person_id == DIRECTORY else one.person_id,
                outcome,
                refusal,
                query,
                ask.request_id,
                now,
                ask.method,
                ask.address,
                one.labels,
                purposes.get(one.person_id or "", b""),
            ),
            f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(8)}",
            record.fhir_base,
        )
        for one in touched
    )


def _target(ask: Ask) -> bytes:
    path = f"Patient/{ask.compartment}/{ask.type}" if ask.compartment else ask.type or ""
    return f"{path}?{ask.query}".encode() if ask.query else path.encode()
