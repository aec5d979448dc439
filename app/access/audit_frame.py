"""The part of an AuditEvent that one caller's deeds of one kind share, made once.

Spec: https://profiles.ihe.net/ITI/BALP/content.html, https://hl7.org/fhir/R4/auditevent.html
"""

from dataclasses import dataclass
from typing import TypeAlias

from msgspec.json import encode

from app.access.acts import LETTER_BY_ACT, Act
from app.access.caller import Caller, Role
from app.store.audit_short import shortened

Element: TypeAlias = dict[str, object]

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_TYPE_SYSTEM = f"{_TERMINOLOGY}audit-event-type"
_ACTION_SYSTEM = "http://hl7.org/fhir/audit-event-action"
_INTERACTION_SYSTEM = "http://hl7.org/fhir/restful-interaction"
_PROFILE = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
_SERVICE_NAME = "What Matters"


def _coding(system: str, code: str) -> Element:
    return {"system": system, "code": code}


_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_APPLICATION = _coding(_DICOM, "110150")
_DESTINATION = _coding(_DICOM, "110152")
_SOURCE = _coding(_DICOM, "110153")
_CUSTODIAN = _coding(f"{_TERMINOLOGY}provenance-participant-type", "custodian")
_USER = _coding(f"{_TERMINOLOGY}v3-ParticipationType", "IRCP")
_APPLICATION_SERVER = _coding(f"{_TERMINOLOGY}security-source-type", "4")

_ACTION_BY_LETTER = {"c": "C", "r": "R", "u": "U", "d": "D", "s": "E"}
_PROFILE_BY_ACT = {
    Act.CREATE: "Create",
    Act.READ: "Read",
    Act.VREAD: "Read",
    Act.UPDATE: "Update",
    Act.PATCH: "Update",
    Act.DELETE: "Delete",
    Act.SEARCH_TYPE: "Query",
    Act.SEARCH_SYSTEM: "Query",
}
# FHIR's interaction codes have one for all operations; its name stands beside it.
_OPERATIONS = frozenset(
    (
        Act.VALIDATE,
        Act.EVERYTHING,
        Act.WHAT_MATTERS,
        Act.JOURNEY,
        Act.SAID_AND_DONE,
        Act.TOLD_ONCE,
        Act.TO_LOOK_AT,
        Act.MEASURES,
        Act.EXPERIENCE_SCORES,
        Act.MATCH,
        Act.WHO_CAN_SEE,
        Act.WHO_HAS_LOOKED,
        Act.PROVENANCE,
        Act.EMERGENCY_ACCESS,
        Act.EMERGENCY_ACCESS_END,
        Act.EMERGENCY_ACCESS_LIST,
        Act.EMERGENCY_ACCESS_REVIEW,
        Act.NOTICES,
        Act.FREEZE,
        Act.UNFREEZE,
        Act.QUARANTINE,
        Act.QUARANTINE_LIFT,
        Act.MERGE,
        Act.UNMERGE,
        Act.INVITE_SUPPORTER,
        Act.ACCEPT_INVITATION,
        Act.DECLINE_INVITATION,
        Act.EXPORT_PERSON,
        Act.ERASE_PERSON,
        Act.TOKEN,
        Act.INTROSPECT,
        Act.REVOKE,
        Act.CLIENTS,
        Act.SIGN_IN,
        Act.SIGN_OUT,
        Act.UNTIE,
    )
)

# DICOM's own words for the beginning and the end of it.
_EMERGENCY_BY_ACT = {
    Act.EMERGENCY_ACCESS: _coding(_DICOM, "110127"),
    Act.EMERGENCY_ACCESS_END: _coding(_DICOM, "110138"),
}

_FRAMES_REMEMBERED = 4096
_frames: dict[tuple[Caller | None, Act, str], "Frame"] = {}


@dataclass(frozen=True, slots=True)
class Frame:
    """The fixed stretches of the JSON as it is kept, in order: what, client, others; the rest goes
    between them.

    what: from type to the name of `recorded`. client: from `agent` into the client, left open for
    its network. others: the end of the client to `source`. agent: the column of that name.
    """

    what: bytes
    client: bytes
    others: bytes
    profile: bytes
    person_profile: bytes
    agent: str
    tokens: tuple[str, ...]


def of(caller: Caller | None, act: Act, service: str) -> Frame:
    """service: the address of our FHIR endpoint."""
    key = (caller, act, service)
    frame = _frames.get(key)
    if frame is None:
        frame = _frame(caller, act, service)
        if len(_frames) >= _FRAMES_REMEMBERED:
            _frames.pop(next(iter(_frames)), None)
        _frames[key] = frame
    return frame


def coded(parameter: str, system: str, code: str) -> list[str]:
    """The index entries of one coded value; system "" = none."""
    tokens = [f"{parameter}={code}", f"{parameter}={system}|{code}"]
    return [*tokens, f"{parameter}={system}|"] if system else tokens


def _frame(caller: Caller | None, act: Act, service: str) -> Frame:
    action = _ACTION_BY_LETTER[LETTER_BY_ACT.get(act, "s")]
    subtypes = _subtypes(act)
    client_type, server_type = _flow(action)
    client = {"type": {"coding": [client_type]}, **_client(caller)}
    server = {
        "type": {"coding": [server_type]},
        "who": {"display": _SERVICE_NAME},
        "requestor": False,
        "network": {"address": service, "type": "5"},
    }
    source = {
        "site": service,
        "observer": {"display": _SERVICE_NAME},
        "type": [_APPLICATION_SERVER],
    }
    others = [server, *_parties(caller)]
    return Frame(
        what=shortened(
            b',"type":%b,"subtype":%b,"action":"%b","recorded":'
            % (encode(_coding(_TYPE_SYSTEM, "rest")), encode(subtypes), action.encode())
        ),
        client=shortened(b',"agent":[' + encode(client)[:-1]),
        others=shortened(
            b"},%b],%b"
            % (b",".join(encode(other) for other in others), b'"source":' + encode(source))
        ),
        profile=_profile(act, ""),
        person_profile=_profile(act, "Patient"),
        agent=caller.agent if caller else "",
        tokens=_tokens(caller, action, subtypes),
    )


def _subtypes(act: Act) -> list[Element]:
    if act in _OPERATIONS:
        emergency = [_EMERGENCY_BY_ACT[act]] if act in _EMERGENCY_BY_ACT else []
        return [_coding(_INTERACTION_SYSTEM, "operation"), *emergency, {"code": str(act)}]
    return [_coding(_INTERACTION_SYSTEM, str(act))]


def _flow(action: str) -> tuple[Element, Element]:
    """The ends data flows between, client then server; here a query flows to the server."""
    if action == "R":
        return _DESTINATION, _SOURCE
    if action == "D":
        return _APPLICATION, _CUSTODIAN
    return _SOURCE, _DESTINATION


def _client(caller: Caller | None) -> Element:
    if caller is None:
        return {"who": {"display": "Not signed in"}, "requestor": True}
    return {"who": {"identifier": _identifier(caller, caller.client_id)}, "requestor": False}


def _parties(caller: Caller | None) -> list[Element]:
    """Who asked, and for which organisation when a human being asked."""
    if caller is None:
        return []
    user: Element = {
        "type": {"coding": [_USER]},
        "role": [{"text": str(caller.role)}],
        "who": _user(caller),
        "requestor": True,
        "policy": [caller.token_id],
    }
    if caller.name:
        user["name"] = caller.name
    if caller.purpose:
        use = _coding(f"{_TERMINOLOGY}v3-ActReason", caller.purpose)
        user["purposeOfUse"] = [{"coding": [use]}]
    if caller.organization is None or caller.role is Role.SYSTEM:
        return [user]
    return [user, {"who": {"reference": caller.agent}, "requestor": False}]


def _user(caller: Caller) -> Element:
    if caller.agent and caller.role in (Role.PERSON, Role.SUPPORTER, Role.SYSTEM):
        return {"reference": caller.agent}
    return {"identifier": _identifier(caller, caller.subject)}


def _identifier(caller: Caller, value: str) -> Element:
    return {"system": caller.issuer, "value": value}


def _profile(act: Act, subject: str) -> bytes:
    name = _PROFILE_BY_ACT.get(act)
    if name is None:
        return b""
    return shortened(b',"profile":["%b"]' % f"{_PROFILE}{subject}{name}".encode())


def _tokens(caller: Caller | None, action: str, subtypes: list[Element]) -> tuple[str, ...]:
    tokens = [*coded("action", _ACTION_SYSTEM, action), *coded("type", _TYPE_SYSTEM, "rest")]
    for subtype in subtypes:
        system = subtype.get("system")
        tokens += coded("subtype", str(system) if system else "", str(subtype["code"]))
    if caller is None:
        return tuple(tokens)
    tokens += coded("agent:identifier", caller.issuer, caller.client_id)
    if caller.agent:
        tokens.append(f"agent={caller.agent}")
    if caller.role is Role.PERSON and caller.person:
        tokens.append(f"patient=Patient/{caller.person}")
    elif caller.role is not Role.SYSTEM:
        tokens += coded("agent:identifier", caller.issuer, caller.subject)
    return tuple(dict.fromkeys(tokens))
