"""Members that break each invariant, as (rule, type, members, place); and some that do not."""

from typing import Any

from app.fhir import json_guard
from app.fhir.resource_types import Json

ONE_CODE = {"coding": [{"system": "https://example.org", "code": "a"}]}
UCUM = "http://unitsofmeasure.org"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
OVER = {"coding": [{"system": CLINICAL, "code": "resolved"}]}
ACTIVE = {"coding": [{"system": CLINICAL, "code": "active"}]}
MISTAKE = {"coding": [{"system": VERIFICATION, "code": "entered-in-error"}]}
SUBJECT = {"reference": "Patient/1"}
REQUEST = {"method": "GET", "url": "Goal/1"}

LEAST: dict[str, Json] = {
    "AuditEvent": {
        "type": {"code": "rest"},
        "recorded": "2026-01-01T00:00:00Z",
        "agent": [{"requestor": True}],
        "source": {"observer": {"reference": "Device/1"}},
    },
    "Basic": {"code": {"text": "a"}},
    "Bundle": {"type": "collection"},
    "CarePlan": {"status": "active", "intent": "plan", "subject": SUBJECT},
    "CareTeam": {},
    "Condition": {"subject": SUBJECT},
    "Consent": {
        "status": "active",
        "scope": {"text": "a"},
        "category": [{"text": "a"}],
        "policyRule": {"text": "a"},
    },
    "Goal": {"lifecycleStatus": "active", "description": {"text": "a"}, "subject": SUBJECT},
    "Group": {"type": "person", "actual": True},
    "List": {"status": "current", "mode": "snapshot"},
    "Observation": {"status": "final", "code": ONE_CODE},
    "Organization": {"name": "a"},
    "Parameters": {},
    "Patient": {},
    "Questionnaire": {"status": "draft"},
    "QuestionnaireResponse": {"status": "completed"},
    "ServiceRequest": {"status": "active", "intent": "order", "subject": SUBJECT},
    "Task": {"status": "requested", "intent": "order"},
}

Case = tuple[str, str, Json, str]


def in_extension(rule: str, name: str, *values: Json, below: str = "") -> list[Case]:
    """Cases of a datatype, as the value of an extension."""
    place = f"Basic.extension[0].value{name}{below}"
    return [
        (rule, "Basic", {"extension": [{"url": "a", f"value{name}": value}]}, place)
        for value in values
    ]


def in_item(rule: str, *items: Json, below: str = "") -> list[Case]:
    """Cases of a questionnaire's item."""
    place = f"Questionnaire.item[0]{below}"
    return [(rule, "Questionnaire", {"item": [{"linkId": "1", **item}]}, place) for item in items]


def in_repeat(rule: str, *repeats: Json, below: str = "") -> list[Case]:
    """Cases of a timing's repeat."""
    values = [{"repeat": repeat} for repeat in repeats]
    return in_extension(rule, "Timing", *values, below=f".repeat{below}")


def raw(digits: str) -> Any:
    """A number as it is parsed."""
    return json_guard.parse(f'{{"n":{digits}}}'.encode())["n"]


CHILD = {"linkId": "2", "type": "string"}
OPTION = [{"valueString": "a"}]
INITIAL = [{"valueString": "a"}]
WHEN = {"question": "1", "operator": "=", "answerString": "a"}
HOUR = {"unit": "h", "system": UCUM, "code": "h"}

BREACHES: list[Case] = [
    ("ext-1", "Basic", {"extension": [{"url": "a"}]}, "Basic.extension[0]"),
    (
        "ext-1",
        "Basic",
        {"extension": [{"url": "a", "valueString": "a", "extension": [{"url": "b"}]}]},
        "Basic.extension[0]",
    ),
    *in_extension("qty-3", "Quantity", {"value": 1, "code": "km"}),
    *in_extension("qty-3", "Age", {"value": 1, "code": "a"}),
    *in_extension("age-1", "Age", {"value": 1}, {"value": 0, **HOUR}, {"system": "https://x"}),
    *in_extension("age-1", "Age", {"value": raw("-1.5"), **HOUR}),
    *in_extension(
        "cnt-3",
        "Count",
        {"value": 1, "system": UCUM, "code": "2"},
        {"value": raw("1.0"), "system": UCUM, "code": "1"},
    ),
    *in_extension("dis-1", "Distance", {"value": 1}),
    *in_extension("drt-1", "Duration", {"code": "h", "system": UCUM}, {**HOUR, "system": "x"}),
    *in_extension(
        "sqty-1", "Range", {"low": {"value": 1, "comparator": "<"}}, below=".low.comparator"
    ),
    *in_extension(
        "rng-2",
        "Range",
        {"low": {"value": 2}, "high": {"value": 1}},
        {"low": {"value": raw("1.5"), **HOUR}, "high": {"value": raw("1.49"), **HOUR}},
    ),
    *in_extension("rat-1", "Ratio", {"numerator": {"value": 1}}, {"denominator": {"value": 1}}),
    *in_extension(
        "per-1",
        "Period",
        {"start": "2026-02-01", "end": "2026-01-31"},
        {"start": "2026-02", "end": "2026-01-31T10:00:00Z"},
        {"start": "2026-01-01T10:00:00+01:00", "end": "2026-01-01T08:59:60Z"},
    ),
    *in_extension("cpt-2", "ContactPoint", {"value": "1"}),
    *in_extension("att-1", "Attachment", {"data": "aGVsbG8="}),
    *in_extension("exp-1", "Expression", {"language": "text/cql"}),
    *in_extension(
        "drq-1",
        "DataRequirement",
        {"type": "Goal", "codeFilter": [{"path": "a", "searchParam": "a"}]},
        {"type": "Goal", "codeFilter": [{"valueSet": "a"}]},
        below=".codeFilter[0]",
    ),
    *in_extension(
        "drq-2",
        "DataRequirement",
        {"type": "Goal", "dateFilter": [{"valueDateTime": "2026"}]},
        below=".dateFilter[0]",
    ),
    *in_extension(
        "trd-1",
        "TriggerDefinition",
        {"type": "data-added", "data": [{"type": "Goal"}], "timingDate": "2026"},
    ),
    *in_extension(
        "trd-2",
        "TriggerDefinition",
        {"type": "named-event", "name": "a", "condition": {"language": "a/b", "expression": "a"}},
    ),
    *in_extension(
        "trd-3",
        "TriggerDefinition",
        {"type": "named-event"},
        {"type": "periodic"},
        {"type": "data-added"},
    ),
    *in_repeat("tim-1", {"duration": 1}),
    *in_repeat("tim-2", {"period": 1}),
    *in_repeat("tim-4", {"duration": -1, "durationUnit": "h"}, below=".duration"),
    *in_repeat("tim-5", {"period": raw("-0.1"), "periodUnit": "h"}, below=".period"),
    *in_repeat("tim-6", {"periodMax": 1}),
    *in_repeat("tim-7", {"durationMax": 1}),
    *in_repeat("tim-8", {"countMax": 1}),
    *in_repeat("tim-9", {"offset": 1}, {"offset": 1, "when": ["CM"]}),
    *in_repeat("tim-10", {"timeOfDay": ["10:00:00"], "when": ["MORN"]}),
    (
        "sev-1",
        "AuditEvent",
        {"entity": [{"name": "a", "query": "aGVsbG8="}]},
        "AuditEvent.entity[0]",
    ),
    (
        "cpl-3",
        "CarePlan",
        {"activity": [{"reference": {"reference": "Task/1"}, "detail": {"status": "scheduled"}}]},
        "CarePlan.activity[0]",
    ),
    (
        "ctm-1",
        "CareTeam",
        {"participant": [{"member": SUBJECT, "onBehalfOf": {"reference": "Organization/1"}}]},
        "CareTeam.participant[0].onBehalfOf",
    ),
    ("con-1", "Condition", {"stage": [{"type": {"text": "a"}}]}, "Condition.stage[0]"),
    (
        "con-2",
        "Condition",
        {"evidence": [{"extension": [{"url": "a", "valueString": "a"}]}]},
        "Condition.evidence[0]",
    ),
    ("con-4", "Condition", {"abatementString": "a"}, "Condition"),
    ("con-4", "Condition", {"abatementString": "a", "clinicalStatus": ACTIVE}, "Condition"),
    (
        "con-5",
        "Condition",
        {"verificationStatus": MISTAKE, "clinicalStatus": OVER},
        "Condition.clinicalStatus",
    ),
    ("ppc-1", "Consent", {"policyRule": None}, "Consent"),
    *(
        (key, "Consent", {"scope": {"coding": [{"system": SCOPE, "code": code}]}}, "Consent")
        for key, code in (
            ("ppc-2", "patient-privacy"),
            ("ppc-3", "research"),
            ("ppc-4", "adr"),
            ("ppc-5", "treatment"),
        )
    ),
    ("gol-1", "Goal", {"target": [{"detailInteger": 1}]}, "Goal.target[0]"),
    ("grp-1", "Group", {"actual": False, "member": [{"entity": SUBJECT}]}, "Group"),
    (
        "lst-1",
        "List",
        {"emptyReason": {"text": "a"}, "entry": [{"item": SUBJECT}]},
        "List",
    ),
    ("lst-2", "List", {"entry": [{"item": SUBJECT, "deleted": True}]}, "List"),
    ("lst-3", "List", {"entry": [{"item": SUBJECT, "date": "2026"}]}, "List"),
    (
        "obs-3",
        "Observation",
        {"referenceRange": [{"type": {"text": "a"}}]},
        "Observation.referenceRange[0]",
    ),
    (
        "obs-6",
        "Observation",
        {"dataAbsentReason": {"text": "a"}, "valueInteger": 1},
        "Observation.dataAbsentReason",
    ),
    (
        "obs-7",
        "Observation",
        {"valueInteger": 1, "component": [{"code": ONE_CODE, "valueInteger": 1}]},
        "Observation",
    ),
    ("org-1", "Organization", {"name": None}, "Organization"),
    (
        "org-2",
        "Organization",
        {"address": [{"use": "work"}, {"use": "home"}]},
        "Organization.address",
    ),
    (
        "org-3",
        "Organization",
        {"telecom": [{"system": "phone", "value": "1", "use": "home"}]},
        "Organization.telecom",
    ),
    ("pat-1", "Patient", {"contact": [{"gender": "female"}]}, "Patient.contact[0]"),
    ("prr-1", "ServiceRequest", {"orderDetail": [{"text": "a"}]}, "ServiceRequest.orderDetail"),
    (
        "inv-1",
        "Task",
        {"authoredOn": "2026-02-01", "lastModified": "2026-01-31"},
        "Task.lastModified",
    ),
    *in_item("que-1", {"type": "group"}, {"type": "display", "item": [CHILD]}, below=".item"),
    (
        "que-2",
        "Questionnaire",
        {"item": [{"linkId": "2", "type": "group", "item": [CHILD]}]},
        "Questionnaire",
    ),
    *in_item("que-3", {"type": "display", "code": [{"code": "a"}]}, below=".code"),
    *in_item("que-4", {"type": "choice", "answerOption": OPTION, "answerValueSet": "a"}),
    *in_item("que-5", {"type": "boolean", "answerOption": OPTION}),
    *in_item("que-6", {"type": "display", "required": True}, {"type": "display", "repeats": True}),
    *in_item("que-8", {"type": "display", "initial": INITIAL}, below=".initial"),
    *in_item("que-9", {"type": "display", "readOnly": True}, below=".readOnly"),
    *in_item("que-10", {"type": "date", "maxLength": 1}, below=".maxLength"),
    *in_item(
        "que-11", {"type": "choice", "answerOption": OPTION, "initial": INITIAL}, below=".initial"
    ),
    *in_item("que-12", {"type": "string", "enableWhen": [WHEN] * 3}),
    *in_item("que-13", {"type": "string", "initial": INITIAL * 2}, below=".initial"),
    *in_item(
        "que-7",
        {"type": "string", "enableWhen": [{**WHEN, "operator": "exists"}]},
        below=".enableWhen[0]",
    ),
    (
        "qrs-1",
        "QuestionnaireResponse",
        {
            "item": [
                {"linkId": "1", "answer": [{"valueInteger": 1}], "item": [{"linkId": "2"}]},
            ]
        },
        "QuestionnaireResponse.item[0]",
    ),
    ("bdl-1", "Bundle", {"total": 1}, "Bundle.total"),
    ("bdl-2", "Bundle", {"entry": [{"fullUrl": "a", "search": {"mode": "match"}}]}, "Bundle"),
    ("bdl-3", "Bundle", {"type": "batch", "entry": [{"fullUrl": "a"}]}, "Bundle"),
    ("bdl-3", "Bundle", {"entry": [{"request": REQUEST}]}, "Bundle"),
    ("bdl-4", "Bundle", {"entry": [{"response": {"status": "200"}}]}, "Bundle"),
    ("bdl-5", "Bundle", {"entry": [{"fullUrl": "urn:x"}]}, "Bundle.entry[0]"),
    (
        "bdl-7",
        "Bundle",
        {"entry": [{"fullUrl": "urn:x", "resource": {"resourceType": "Goal"}}] * 2},
        "Bundle",
    ),
    (
        "bdl-8",
        "Bundle",
        {"entry": [{"fullUrl": "https://a/Goal/1/_history/1"}]},
        "Bundle.entry[0].fullUrl",
    ),
    *((f"bdl-{n}", "Bundle", {"type": "document"}, "Bundle") for n in (9, 10, 11)),
    ("bdl-12", "Bundle", {"type": "message"}, "Bundle"),
    ("inv-1", "Parameters", {"parameter": [{"name": "a"}]}, "Parameters.parameter[0]"),
    (
        "inv-1",
        "Parameters",
        {"parameter": [{"name": "a", "valueString": "a", "part": [{"name": "b"}]}]},
        "Parameters.parameter[0]",
    ),
    ("txt-1", "Basic", {"text": {"status": "generated", "div": "a"}}, "Basic.text.div"),
]

SOUND: list[tuple[str, Json]] = [
    *(
        (kind, members)
        for _, kind, members, _ in [
            *in_extension("", "Age", {"value": 1, **HOUR}, {"unit": "years"}),
            *in_extension("", "Range", {"low": {"value": 2}, "high": {"value": 2}}),
            *in_extension(
                "",
                "Range",
                {"low": {"value": 90, "unit": "min"}, "high": {"value": 2, "unit": "h"}},
            ),
            *in_extension("", "Period", {"start": "2026-02-03T10:00:00Z", "end": "2026-02-03"}),
            *in_extension("", "Period", {"start": "2026", "end": "2026-01-01"}, {"end": "1999"}),
            *in_extension("", "Duration", {"value": 1, "unit": "an hour"}),
            *in_item("", {"type": "boolean", "enableWhen": [WHEN, WHEN]}),
        ]
    ),
    ("Condition", {"abatementString": "a", "clinicalStatus": OVER}),
    ("Condition", {"verificationStatus": MISTAKE}),
    ("Consent", {"policyRule": None, "policy": [{"uri": "https://example.org"}]}),
    ("Goal", {"target": [{"detailInteger": 1, "measure": {"text": "a"}}]}),
    ("Goal", {"target": [{"dueDate": "2026"}]}),
    ("Observation", {"dataAbsentReason": {"text": "a"}}),
    ("Observation", {"valueInteger": 1, "component": [{"code": {"text": "a"}}]}),
    ("Observation", {"component": [{"code": ONE_CODE}]}),
    ("Task", {"authoredOn": "2026-02-01T10:00:00Z", "lastModified": "2026-02-01"}),
    ("Bundle", {"type": "searchset", "total": 0}),
    ("Bundle", {"type": "batch", "entry": [{"request": REQUEST}] * 2}),
]
