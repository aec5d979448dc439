"""The record of one deed as an AuditEvent: who did what to whose record, when, and how it ended.

The shape is IHE's Basic Audit Log Patterns, spliced from bytes because every read pays for it.
Spec: https://hl7.org/fhir/R4/auditevent.html, https://profiles.ihe.net/ITI/BALP/content.html
"""

import re
from binascii import a2b_base64, b2a_base64
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.json import encode

from app.access import audit_frame
from app.access.acts import LETTER_BY_ACT, Act
from app.access.audit_frame import Frame
from app.access.caller import Caller
from app.fhir.labels import HIDDEN_DEED, Label
from app.fhir.resource_types import DIRECTORY
from app.store.audit_short import shortened, whole
from app.store.resources import AuditRow

_SUCCESS, _MINOR_FAILURE, _SERIOUS_FAILURE = "0", "4", "8"

_TOKENS_BY_OUTCOME = {
    outcome: audit_frame.coded("outcome", "http://hl7.org/fhir/audit-event-outcome", outcome)
    for outcome in (_SUCCESS, _MINOR_FAILURE, _SERIOUS_FAILURE)
}

# As they are kept (app/store/audit_short.py), so that nothing is shortened while somebody waits.
_PERSON_ENTITY = shortened(
    b'{"what":{"reference":%b},"type":{"system":"http://terminology.hl7.org/CodeSystem/'
    b'audit-entity-type","code":"1"},"role":{"system":"http://terminology.hl7.org/CodeSystem/'
    b'object-role","code":"1"}}'
)
_RESOURCE_ENTITY = shortened(
    b'{"what":{%b},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type",'
    b'"code":"2"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"4"}}'
)
_QUERY_ENTITY = shortened(
    b'{"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2"},'
    b'"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"24"},'
    b'"query":"%b"}'
)
# As _QUERY_ENTITY writes it; inside a text the quotes would have a backslash before them.
_QUERY = re.compile(rb',"query":"([A-Za-z0-9+/=]*)"')
_REQUEST_ENTITY = shortened(
    b'{"what":{"identifier":{"value":%b}},"type":{"system":"https://profiles.ihe.net/ITI/BALP/'
    b'CodeSystem/BasicAuditEntityType","code":"XrequestId"}}'
)

_START = shortened(b'{"resourceType":"AuditEvent","id":')
_META = shortened(b',"meta":{"versionId":"1","lastUpdated":')
_NETWORK = shortened(b',"network":{"address":%b,"type":"2"}')


class Deed(Struct, frozen=True):
    """One act towards one person's record, or nobody's; a search is one Deed for each person found.

    who: None when the caller is unknown. type, id, version: the resource, if the act has one;
    a text in place of a version is put there by whoever knows it.
    person_id: whose record, or None. outcome: from `outcome_of`. refusal: our own sentence;
    of an erasure, what was erased and why.
    query: the request target of a search ("Goal?patient=7"); kept only in base64.
    method: of HTTP. address: the network address of the client. labels: of the resource
    (`app.fhir.labels`). purposes: from `broken_glass`.
    """

    who: Caller | None
    act: Act
    type: str | None
    id: str | None
    version: int | str | None
    person_id: str | None
    outcome: str
    refusal: str | None
    query: bytes | None
    request_id: str | None
    recorded: datetime
    method: str
    address: str | None = None
    labels: int = 0
    purposes: bytes = b""


def broken_glass(system: str | None = None, code: str | None = None) -> bytes:
    """The `purposeOfEvent` of what was done in an emergency. system, code: why."""
    purposes: list[dict[str, object]] = [{"coding": [_BREAK_THE_GLASS]}]
    if code is not None:
        purposes.append({"coding": [{"system": system, "code": code}]})
    return encode(purposes)


_BREAK_THE_GLASS = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "BTG",
    "display": "break the glass",
}


def outcome_of(status: int) -> str:
    """The AuditEvent outcome code of an HTTP status."""
    if status < 400:
        return _SUCCESS
    return _MINOR_FAILURE if status < 500 else _SERIOUS_FAILURE


def without_values(event: bytes) -> bytes:
    """An AuditEvent as the person it is about may read it: of a search, the type and the names of
    its parameters. Their values, and the place of a page, may name other people."""
    return _QUERY.sub(_names_alone, event)


def _names_alone(kept: re.Match[bytes]) -> bytes:
    method, _, target = a2b_base64(kept[1]).partition(b" ")
    path, _, query = target.partition(b"?")
    names = [name for name in (pair.partition(b"=")[0] for pair in query.split(b"&")) if name]
    told = b"%b %b" % (method, path.rpartition(b"/")[2])
    if names:
        told += b"?" + b"&".join(names)
    return b',"query":"%b"' % b2a_base64(told, newline=False)


def row(deed: Deed, id: str, service: str) -> AuditRow:
    """What the store keeps of a deed. id: of the new AuditEvent. service: our FHIR address."""
    frame = audit_frame.of(deed.who, deed.act, service)
    return AuditRow(
        deed.person_id or DIRECTORY,
        id,
        deed.recorded,
        frame.agent,
        _tokens(deed, frame),
        _event(deed, id, frame),
    )


def event(deed: Deed, id: str, service: str) -> bytes:
    """The AuditEvent as JSON."""
    return whole(_event(deed, id, audit_frame.of(deed.who, deed.act, service)))


def tokens(deed: Deed, service: str) -> list[str]:
    """The AuditEvent's index entries, in the forms of app/fhir/indexed.py."""
    return _tokens(deed, audit_frame.of(deed.who, deed.act, service))


def _event(deed: Deed, id: str, frame: Frame) -> bytes:
    stamp = encode(deed.recorded.astimezone(UTC))
    parts = [
        _START,
        encode(id),
        _META,
        stamp,
        _profile(deed, frame),
        b"}",
        frame.what,
        stamp,
        b',"outcome":"',
        deed.outcome.encode(),
        b'"',
    ]
    if deed.refusal:
        parts += (b',"outcomeDesc":', encode(deed.refusal))
    if deed.purposes:
        parts += (b',"purposeOfEvent":', deed.purposes)
    parts.append(frame.client)
    if deed.address:
        parts.append(_NETWORK % encode(deed.address))
    parts.append(frame.others)
    entities = _entities(deed)
    if entities:
        parts += (b',"entity":[', b",".join(entities), b"]")
    parts.append(b"}")
    return b"".join(parts)


def _profile(deed: Deed, frame: Frame) -> bytes:
    """The profiles are for deeds that succeeded, and ask for the client's address."""
    if deed.outcome != _SUCCESS or deed.address is None:
        return b""
    has_object = deed.id is not None or (deed.query is not None and _asks(deed.act))
    if not has_object:
        return b""
    return frame.person_profile if deed.person_id else frame.profile


def _entities(deed: Deed) -> list[bytes]:
    entities = []
    if deed.type and deed.id:
        entities.append(_RESOURCE_ENTITY % (b'"reference":' + encode(_reference(deed))))
    elif deed.type and not _asks(deed.act):
        name = encode(deed.type)
        entities.append(_RESOURCE_ENTITY % (b'"type":' + name + b',"display":' + name))
    if deed.query is not None and _asks(deed.act):
        query = b"%b %b" % (deed.method.encode(), deed.query)
        entities.append(_QUERY_ENTITY % b2a_base64(query, newline=False))
    if deed.person_id:
        entities.append(_PERSON_ENTITY % encode(f"Patient/{deed.person_id}"))
    if deed.request_id:
        entities.append(_REQUEST_ENTITY % encode(deed.request_id))
    return entities


def _asks(act: Act) -> bool:
    """Whether the request itself is what matters: searches, histories of many, and operations."""
    return LETTER_BY_ACT.get(act, "s") == "s"


def _reference(deed: Deed) -> str:
    if deed.version is None:
        return f"{deed.type}/{deed.id}"
    return f"{deed.type}/{deed.id}/_history/{deed.version}"


def _tokens(deed: Deed, frame: Frame) -> list[str]:
    tokens = [*frame.tokens, *_TOKENS_BY_OUTCOME[deed.outcome]]
    if deed.type and deed.id:
        tokens.append(f"entity={deed.type}/{deed.id}")
        if deed.version is not None:
            tokens.append(f"entity={_reference(deed)}")
    if deed.person_id:
        patient = f"patient=Patient/{deed.person_id}"
        if patient not in tokens:
            tokens.append(patient)
        if deed.type != "Patient" or deed.id != deed.person_id:
            tokens.append(f"entity=Patient/{deed.person_id}")
    if deed.labels & Label.HIDDEN_FROM_PERSON:
        tokens.append(HIDDEN_DEED)
    return tokens
