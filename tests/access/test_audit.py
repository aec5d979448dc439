import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.access import audit
from app.access.acts import Act
from app.access.audit import Deed
from app.access.caller import Caller, Role
from app.fhir.index_values import extract
from app.store.audit_short import whole
from tests.access.callers import caller, person, surgery

SERVICE = "https://record.example/fhir"
RECORDED = datetime(2026, 3, 4, 5, 6, 7, 89000, tzinfo=UTC)
BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."

READ = Deed(
    who=surgery(),
    act=Act.READ,
    type="Goal",
    id="7-abc",
    version=2,
    person_id="7",
    outcome="0",
    refusal=None,
    query=None,
    request_id="request-1",
    recorded=RECORDED,
    method="GET",
    address="192.0.2.7",
)
SEARCH = replace(
    READ, act=Act.SEARCH_TYPE, id=None, version=None, query=b"Goal?patient=7&description=dance"
)
REFUSED = replace(
    READ, version=None, person_id=None, outcome="4", refusal="This needs the scope system/Goal.r"
)


def event(deed: Deed) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(audit.event(deed, "audit-1", SERVICE))
    return found


def agent(found: dict[str, Any], code: str) -> dict[str, Any]:
    (one,) = (
        agent
        for agent in found["agent"]
        if agent.get("type", {"coding": [{}]})["coding"][0].get("code") == code
    )
    return dict(one)


def entity(found: dict[str, Any], code: str, role: str | None = None) -> dict[str, Any]:
    (one,) = (
        entity
        for entity in found["entity"]
        if entity["type"]["code"] == code and entity.get("role", {}).get("code") == role
    )
    return dict(one)


CALLERS = [
    None,
    surgery(),
    person(),
    caller(Role.PERSON),
    caller(Role.PRACTITIONER),
    caller(Role.ANALYST),
    caller(Role.PRIVACY_OFFICER),
    caller(Role.ADMIN),
]


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("who", CALLERS)
def test_every_event_is_a_valid_audit_event(who: Caller | None, act: Act) -> None:
    for deed in (READ, SEARCH, REFUSED, replace(READ, type=None, id=None, request_id=None)):
        done = replace(deed, who=who, act=act, address=None)
        body = audit.event(done, "audit-1", SERVICE)
        model = AuditEvent.model_validate_json(body)
        assert [one.requestor for one in model.agent].count(True) == 1
        assert body == whole(audit.row(done, "audit-1", SERVICE).body)


INTERACTIONS = {
    Act.READ: ("R", "110152", "110153", "PatientRead"),
    Act.VREAD: ("R", "110152", "110153", "PatientRead"),
    Act.HISTORY_INSTANCE: ("R", "110152", "110153", None),
    Act.CREATE: ("C", "110153", "110152", "PatientCreate"),
    Act.UPDATE: ("U", "110153", "110152", "PatientUpdate"),
    Act.PATCH: ("U", "110153", "110152", "PatientUpdate"),
    Act.DELETE: ("D", "110150", "custodian", "PatientDelete"),
    Act.SEARCH_TYPE: ("E", "110153", "110152", "PatientQuery"),
    Act.SEARCH_SYSTEM: ("E", "110153", "110152", "PatientQuery"),
    Act.HISTORY_TYPE: ("E", "110153", "110152", None),
    Act.HISTORY_SYSTEM: ("E", "110153", "110152", None),
    Act.BATCH: ("E", "110153", "110152", None),
}


@pytest.mark.parametrize("act", INTERACTIONS)
def test_each_interaction_has_its_action_its_code_and_its_direction(act: Act) -> None:
    action, client_code, server_code, profile = INTERACTIONS[act]
    found = event(replace(SEARCH if action == "E" else READ, act=act))
    assert found["type"]["code"] == "rest"
    assert found["action"] == action
    assert found["subtype"] == [
        {"system": "http://hl7.org/fhir/restful-interaction", "code": act.value}
    ]
    client, server = agent(found, client_code), agent(found, server_code)
    assert client["who"]["identifier"] == {
        "system": "https://issuer.example",
        "value": "client-1",
    }
    assert client["network"] == {"address": "192.0.2.7", "type": "2"}
    assert server["network"] == {"address": SERVICE, "type": "5"}
    assert found["meta"].get("profile") == (profile and [BALP + profile])


def test_a_read_says_who_what_whose_and_when() -> None:
    found = event(READ)
    assert found["id"] == "audit-1"
    assert found["recorded"] == "2026-03-04T05:06:07.089000Z"
    assert found["outcome"] == "0"
    assert entity(found, "2", "4")["what"]["reference"] == "Goal/7-abc/_history/2"
    assert entity(found, "1", "1")["what"]["reference"] == "Patient/7"
    assert entity(found, "XrequestId")["what"]["identifier"]["value"] == "request-1"
    assert agent(found, "IRCP")["who"]["reference"] == "Organization/gp-surgery"
    assert agent(found, "IRCP")["policy"] == ["token-1"]
    assert found["source"]["site"] == SERVICE


def test_a_human_being_is_named_beside_their_organisation() -> None:
    found = event(replace(READ, who=caller(Role.PRACTITIONER)))
    user = agent(found, "IRCP")
    assert user["who"]["identifier"]["value"] == "subject-1"
    assert user["name"] == "Jenna Trescothick"
    assert user["role"] == [{"text": "practitioner"}]
    assert {"who": {"reference": "Organization/gp-surgery"}, "requestor": False} in found["agent"]


def test_a_person_acts_in_their_own_name() -> None:
    found = event(replace(READ, who=person()))
    assert agent(found, "IRCP")["who"] == {"reference": "Patient/7"}
    assert len(found["agent"]) == 3


def test_a_request_nobody_signed_is_recorded_too() -> None:
    found = event(replace(REFUSED, who=None))
    assert found["agent"][0]["who"] == {"display": "Not signed in"}
    assert found["agent"][0]["requestor"] is True


def test_a_search_keeps_the_raw_request_in_base64_only() -> None:
    body = audit.event(SEARCH, "audit-1", SERVICE)
    query = entity(json.loads(body), "2", "24")
    assert base64.b64decode(query["query"]) == b"GET Goal?patient=7&description=dance"
    assert "what" not in query
    assert b"dance" not in body


def test_a_read_keeps_no_query() -> None:
    found = event(replace(READ, query=b"Goal/7-abc?_elements=note"))
    assert [one for one in found["entity"] if "query" in one] == []


@pytest.mark.parametrize(("status", "outcome"), [(200, "0"), (304, "0"), (403, "4"), (503, "8")])
def test_the_outcome_follows_the_status(status: int, outcome: str) -> None:
    assert audit.outcome_of(status) == outcome


def test_a_refusal_is_recorded_with_its_reason_and_claims_no_profile() -> None:
    found = event(REFUSED)
    assert found["outcome"] == "4"
    assert found["outcomeDesc"] == "This needs the scope system/Goal.r"
    assert "profile" not in found["meta"]


def test_a_refused_create_names_the_type() -> None:
    found = event(replace(REFUSED, act=Act.CREATE, id=None))
    assert entity(found, "2", "4")["what"] == {"type": "Goal", "display": "Goal"}


def test_an_operation_is_known_by_its_name() -> None:
    found = event(replace(SEARCH, act=Act.EVERYTHING, type="Patient", id="7"))
    assert [one["code"] for one in found["subtype"]] == ["operation", "everything"]


def test_a_deed_about_nobody_lies_in_the_directory() -> None:
    row = audit.row(replace(READ, person_id=None, type="Organization"), "audit-1", SERVICE)
    assert row.person_id == "directory"
    assert not [one for one in row.tokens if one.startswith("patient=")]
    about = audit.row(READ, "audit-1", SERVICE)
    assert (about.person_id, about.id, about.updated) == ("7", "audit-1", RECORDED)
    assert about.agent == "Organization/gp-surgery"


SEARCHED = ("action", "agent", "entity", "outcome", "patient", "subtype", "type")


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("who", CALLERS)
def test_the_tokens_are_those_the_index_would_take_from_the_event(
    who: Caller | None, act: Act
) -> None:
    patient = replace(READ, type="Patient", id="7", version=None)
    for deed in (READ, SEARCH, REFUSED, patient):
        deed = replace(deed, who=who, act=act)
        indexed = {
            token
            for token in extract(event(deed), SERVICE).tokens
            if token.partition("=")[0].partition(":")[0] in SEARCHED
        }
        # What identifies the request is in the event, not in the index.
        indexed = {token for token in indexed if not token.startswith("entity:identifier=")}
        found = audit.tokens(deed, SERVICE)
        assert set(found) == indexed
        assert len(found) == len(set(found))


@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1), st.binary())
def test_nothing_sent_can_break_out_of_its_place(
    id: str, request_id: str, address: str, query: bytes
) -> None:
    deed = replace(
        SEARCH, id=id, request_id=request_id, address=address, query=query, refusal=request_id
    )
    found = event(deed)
    assert entity(found, "XrequestId")["what"]["identifier"]["value"] == request_id
    assert found["outcomeDesc"] == request_id
    assert entity(found, "2", "4")["what"]["reference"] == f"Goal/{id}"
    assert base64.b64decode(entity(found, "2", "24")["query"]) == b"GET " + query
