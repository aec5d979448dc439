"""Full, sound resources of every type served, made from the element tables: every element is there.

Where R4's invariants let two elements exclude each other, or ask for one value, a row says which.
"""

from functools import cache
from itertools import count
from typing import Any

from app.fhir.element_tables import Element, children, required_codes
from app.fhir.resource_types import RESOURCE_TYPES, Json

EXTENSION = {"url": "https://example.org/fhir/more", "valueString": "more"}
CODING = {"system": "https://example.org/codes", "version": "1", "code": "a", "display": "A"}
CONCEPT = {"coding": [CODING], "text": "a concept"}
PERIOD = {"start": "2026-01-01", "end": "2026-02-01T10:00:00Z"}
QUANTITY = {"value": 2, "unit": "km", "system": "http://unitsofmeasure.org", "code": "km"}
YEARS = {"value": 40, "unit": "years", "system": "http://unitsofmeasure.org", "code": "a"}
IDENTIFIER = {"use": "usual", "type": CONCEPT, "system": "https://example.org/ids", "value": "7"}
ATTACHMENT = {
    "contentType": "text/plain; charset=utf-8",
    "language": "en",
    "data": "aGVsbG8=",
    "url": "https://example.org/a.txt",
    "size": 5,
    "hash": "aGVsbG8=",
    "title": "a text",
    "creation": "2026-01",
}
PHONE = {"system": "phone", "value": "01632 960001", "use": "work", "rank": 1, "period": PERIOD}
NAME = {
    "use": "official",
    "text": "Mary Ann Hill",
    "family": "Hill",
    "given": ["Mary", "Ann"],
    "_given": [None, {"extension": [EXTENSION]}],
    "prefix": ["Ms"],
    "period": PERIOD,
}
ADDRESS = {
    "use": "work",
    "type": "both",
    "text": "1 Quay",
    "line": ["1 Quay"],
    "city": "Truro",
    "postalCode": "TR1 1AA",
    "country": "GB",
    "period": PERIOD,
}
TIMING = {
    "event": ["2026-01-01"],
    "repeat": {
        "boundsPeriod": PERIOD,
        "count": 2,
        "countMax": 3,
        "duration": 1,
        "durationMax": 2,
        "durationUnit": "h",
        "frequency": 1,
        "frequencyMax": 2,
        "period": 1,
        "periodMax": 2,
        "periodUnit": "wk",
        "dayOfWeek": ["mon"],
        "when": ["AFT"],
        "offset": 10,
    },
    "code": CONCEPT,
}
SIGNATURE = {
    "type": [CODING],
    "when": "2026-01-01T10:00:00Z",
    "who": {"reference": "Practitioner/1"},
    "targetFormat": "application/fhir+json",
    "sigFormat": "application/jose",
    "data": "aGVsbG8=",
}
SAMPLE_BY_TYPE: dict[str, Any] = {
    "base64Binary": "aGVsbG8=",
    "boolean": True,
    "canonical": "https://example.org/q|1",
    "code": "en",
    "date": "2026-02-28",
    "dateTime": "2026-01-01T10:00:00+01:00",
    "decimal": 1,
    "element id": "part-1",
    "id": "a-1",
    "instant": "2026-01-01T10:00:00.120Z",
    "integer": 3,
    "markdown": "plain *text*",
    "oid": "urn:oid:1.2.3",
    "positiveInt": 1,
    "string": "text",
    "time": "10:00:00",
    "unsignedInt": 0,
    "uri": "https://example.org/x",
    "url": "https://example.org/x",
    "uuid": "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7",
    "Address": ADDRESS,
    "Age": YEARS,
    "Annotation": {"authorString": "Mary", "time": "2026-01-01", "text": "a note"},
    "Attachment": ATTACHMENT,
    "CodeableConcept": CONCEPT,
    "Coding": {**CODING, "userSelected": False},
    "ContactDetail": {"name": "Mary", "telecom": [PHONE]},
    "ContactPoint": PHONE,
    "Contributor": {"type": "author", "name": "Mary", "contact": [{"name": "Mary"}]},
    "Count": {"value": 3, "system": "http://unitsofmeasure.org", "code": "1"},
    "DataRequirement": {"type": "Goal", "codeFilter": [{"path": "category", "code": [CODING]}]},
    "Distance": QUANTITY,
    "Dosage": {"sequence": 1, "text": "one a day", "timing": TIMING},
    "Duration": {"value": 1, "unit": "h", "system": "http://unitsofmeasure.org", "code": "h"},
    "Expression": {"language": "text/fhirpath", "expression": "true"},
    "Extension": EXTENSION,
    "HumanName": NAME,
    "Identifier": IDENTIFIER,
    "Meta": {
        "versionId": "1",
        "lastUpdated": "2026-01-01T10:00:00Z",
        "source": "https://example.org/here",
        "profile": ["https://example.org/fhir/profile"],
        "security": [CODING],
        "tag": [CODING],
    },
    "Money": {"value": 10, "currency": "GBP"},
    "Narrative": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>In words</p></div>',
    },
    "ParameterDefinition": {"name": "a", "use": "in", "min": 0, "max": "1", "type": "string"},
    "Period": PERIOD,
    "Quantity": {**QUANTITY, "comparator": "<"},
    "Range": {"low": QUANTITY, "high": {**QUANTITY, "value": 3}},
    "Ratio": {"numerator": QUANTITY, "denominator": QUANTITY},
    "RelatedArtifact": {"type": "citation", "label": "1", "document": ATTACHMENT},
    "SampledData": {"origin": QUANTITY, "period": 10, "dimensions": 1, "data": "1 2 E"},
    "Signature": SIGNATURE,
    "SimpleQuantity": QUANTITY,
    "Timing": TIMING,
    "TriggerDefinition": {"type": "named-event", "name": "a"},
    "UsageContext": {"code": CODING, "valueCodeableConcept": CONCEPT},
}


def _condition_code(list_name: str, code: str) -> Json:
    system = f"http://terminology.hl7.org/CodeSystem/condition-{list_name}"
    return {"coding": [{"system": system, "code": code}]}


LEFT_OUT = {
    "AuditEvent.entity.query",
    "CarePlan.activity.reference",
    "List.emptyReason",
    "List.entry.deleted",
    "Observation.dataAbsentReason",
    "Questionnaire.item.answerValueSet",
    "Questionnaire.item.initial",
    "QuestionnaireResponse.item.item",
}
SET: dict[str, Any] = {
    "Observation.referenceRange.text": "usual",
    "CareTeam.participant.member": {"reference": "Practitioner/1"},
    "Condition.clinicalStatus": _condition_code("clinical", "resolved"),
    "Condition.verificationStatus": _condition_code("ver-status", "confirmed"),
    "List.mode": "working",
    "Observation.component.code": {"text": "another"},
    "Questionnaire.item.type": "open-choice",
    "Questionnaire.item.enableWhen.operator": "=",
}


@cache
def full(kind: str, variant: int = 0) -> Json:
    """A sound resource with every element. variant: which type each choice takes."""
    resource = {"resourceType": kind, **_filled(kind, "", variant, count(1))}
    if "contained" in resource:
        resource["contained"] = [{"resourceType": "Organization", "id": "inside", "name": "Here"}]
        link = {"url": EXTENSION["url"], "valueReference": {"reference": "#inside"}}
        resource["extension"] = [EXTENSION, link]
    return resource


def all_full() -> list[Json]:
    """Three variants of every type served."""
    return [full(kind, variant) for kind in RESOURCE_TYPES for variant in (0, 1, 5)]


def _filled(
    kind: str, path: str, variant: int, link_ids: "count[int]", again: bool = False
) -> Json:
    node: Json = {}
    for name, element in children(kind, path):
        place = f"{kind}.{path}.{name}" if path else f"{kind}.{name}"
        if place in LEFT_OUT or (again and not element.min and name not in ("extension", "text")):
            continue
        if element.same_as is not None:
            value: Any = _filled(kind, element.same_as, variant, link_ids, again=True)
        elif element.types[0] in ("BackboneElement", "Element"):
            value = _filled(kind, element.path, variant, link_ids, again)
        else:
            kind_of_value = element.types[variant % len(element.types)]
            name = _json_name(name, kind_of_value)
            value = SET[place] if place in SET else _sample(element, kind_of_value)
        if name == "linkId":
            value = f"q{next(link_ids)}"
        node[name] = [value] if element.many else value
    return node


def _sample(element: Element, kind: str) -> Any:
    if kind == "Reference":
        target = element.targets[0] if element.targets else "Any"
        return {"reference": f"{'Patient' if target == 'Any' else target}/1", "display": "it"}
    if element.codes is not None and kind == "code":
        return min(required_codes(element.codes) or {"text/plain"})
    return SAMPLE_BY_TYPE.get(kind, {})


def _json_name(name: str, kind: str) -> str:
    shown = kind.removeprefix("Simple")
    return name.replace("[x]", shown[0].upper() + shown[1:])
