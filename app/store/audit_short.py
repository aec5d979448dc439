"""What nearly every AuditEvent repeats, kept as one byte each: an event of 2,000 bytes takes 600.

JSON holds no control characters, so each may stand for a stretch of text that is always the same.
The table is for ever: what it once said is in rows that nobody may change (the hash of an event is
of its bytes as they are kept). New stretches take new bytes. Source: docs/decisions/0030.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_TERMINOLOGY = b"http://terminology.hl7.org/CodeSystem/"
_ENTITY_TYPE = b'"type":{"system":"' + _TERMINOLOGY + b'audit-entity-type","code":'
_OBJECT_ROLE = b'"role":{"system":"' + _TERMINOLOGY + b'object-role","code":'

STRETCHES: Mapping[bytes, bytes] = MappingProxyType(
    {
        b"\x01": b'{"resourceType":"AuditEvent","id":',
        b"\x02": b',"meta":{"versionId":"1","lastUpdated":',
        b"\x03": b',"profile":["https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.',
        b"\x04": b',"type":{"system":"'
        + _TERMINOLOGY
        + b'audit-event-type","code":"rest"},"subtype":[{"system":'
        b'"http://hl7.org/fhir/restful-interaction","code":',
        b"\x05": b',"agent":[{"type":{"coding":[{"system":"http://dicom.nema.org/resources/ontology/DCM",'
        b'"code":',
        b"\x06": b'{"type":{"coding":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":',
        b"\x07": b'"who":{"display":"What Matters"},"requestor":false,"network":{"address":',
        b"\x08": b',"requestor":false,"network":{"address":',
        b"\x0b": b'{"type":{"coding":[{"system":"'
        + _TERMINOLOGY
        + b'v3-ParticipationType","code":"IRCP"}]},"role":[{"text":',
        b"\x0c": b',"requestor":true,"policy":[',
        b"\x0e": b'"who":{"identifier":{"system":',
        b"\x0f": b',"purposeOfUse":[{"coding":[{"system":"'
        + _TERMINOLOGY
        + b'v3-ActReason","code":',
        b"\x10": b',"observer":{"display":"What Matters"},"type":[{"system":"'
        + _TERMINOLOGY
        + b'security-source-type","code":"4"}]}',
        b"\x11": b'{"what":{"reference":',
        b"\x12": b"}," + _ENTITY_TYPE + b'"1"},' + _OBJECT_ROLE + b'"1"}}',
        b"\x13": b"}," + _ENTITY_TYPE + b'"2"},' + _OBJECT_ROLE + b'"4"}}',
        b"\x14": b"{" + _ENTITY_TYPE + b'"2"},' + _OBJECT_ROLE + b'"24"},"query":',
        b"\x15": b'{"what":{"identifier":{"value":',
        b"\x16": b'}},"type":{"system":"https://profiles.ihe.net/ITI/BALP/CodeSystem/'
        b'BasicAuditEntityType","code":"XrequestId"}}',
        b"\x17": b'"source":{"site":',
        b"\x18": _TERMINOLOGY,
        b"\x19": b',"network":{"address":',
    }
)
_LONGEST_FIRST = sorted(STRETCHES.items(), key=lambda one: -len(one[1]))
_BYTE = re.compile(b"[" + b"".join(STRETCHES) + b"]")


def shortened(event: bytes) -> bytes:
    """JSON, or a part of it, as it is kept."""
    for byte, stretch in _LONGEST_FIRST:
        event = event.replace(stretch, byte)
    return event


def whole(kept: bytes) -> bytes:
    """The JSON that was shortened; what never was comes back as it is."""
    return _BYTE.sub(lambda found: STRETCHES[found[0]], kept)
