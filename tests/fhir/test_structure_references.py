"""References: their form, the types they may lead to, and what a resource contains."""

from typing import Any

import pytest

from app.errors import Issue
from app.fhir import structure
from app.fhir.resource_types import Json

GOAL: Json = {
    "resourceType": "Goal",
    "lifecycleStatus": "active",
    "description": {"text": "Walk to the harbour"},
}


def of_subject(reference: Json, **options: Any) -> list[Issue]:
    return structure.check({**GOAL, "subject": reference}, **options)


def containing(*contained: Any, **members: Any) -> list[Issue]:
    goal = {**GOAL, "subject": {"reference": "Patient/1"}, **members}
    return structure.check({**goal, "contained": list(contained)})


def only(issues: list[Issue]) -> Issue:
    (issue,) = issues
    return issue


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/1",
        "Patient/1/_history/2",
        "Group/a-b.c",
        "https://example.org/fhir/Patient/1",
        "http://localhost:8000/Patient/1/_history/1",
        "https://example.org/people/mary",
        "https://example.org/fhir/Person?x=1",
        "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7",
        "urn:oid:1.2.3",
    ],
)
def test_a_reference_of_every_form_is_taken(reference: str) -> None:
    assert of_subject({"reference": reference}) == []


@pytest.mark.parametrize(
    "reference",
    [
        "not a ref",
        "Patient",
        "Patient/",
        "/Patient/1",
        "Patient/1/",
        "Patient/a_b",
        "Patient/" + "x" * 65,
        "Patient/1/_history/",
        "Patient/1/2",
        "patient/1",
        "../Patient/1",
        "urn:uuid:1",
        "ftp://example.org/Patient/1",
        "Wish/1",
        "#a b",
        "Patient/1\n",
    ],
)
def test_what_is_no_reference_is_refused(reference: str) -> None:
    issue = only(of_subject({"reference": reference}))
    assert (issue.code, issue.expression) == ("value", "Goal.subject.reference")


@pytest.mark.parametrize(
    "reference",
    ["Practitioner/1", "https://example.org/Practitioner/1", "Practitioner/1/_history/1"],
)
def test_a_reference_to_a_type_not_allowed_there_is_refused(reference: str) -> None:
    issue = only(of_subject({"reference": reference}))
    assert issue.text.startswith("A reference to Practitioner is not allowed here.")
    assert "Group, Organization, Patient" in issue.text


def test_the_type_agrees_with_the_reference() -> None:
    assert of_subject({"reference": "Patient/1", "type": "Patient"}) == []
    url = "http://hl7.org/fhir/StructureDefinition/Patient"
    assert of_subject({"reference": "Patient/1", "type": url}) == []
    issue = only(of_subject({"reference": "Patient/1", "type": "Group"}))
    assert issue.expression == "Goal.subject.type"


def test_the_type_beside_an_identifier_is_allowed_there() -> None:
    identifier = {"system": "https://example.org", "value": "1"}
    assert of_subject({"identifier": identifier, "type": "Patient"}) == []
    issue = only(of_subject({"identifier": identifier, "type": "Location"}))
    assert issue.expression == "Goal.subject.type"


def test_a_faulty_reference_tells_its_other_faults_too() -> None:
    issues = of_subject({"reference": "Location/1", "display": "", "other": 1})
    assert {issue.expression for issue in issues} == {
        "Goal.subject.reference",
        "Goal.subject.display",
        "Goal.subject.other",
    }


def test_a_conditional_reference_is_for_transactions() -> None:
    reference = {"reference": "Patient?identifier=https://example.org|1"}
    assert only(of_subject(reference)).expression == "Goal.subject.reference"
    assert of_subject(reference, allow_conditional=True) == []
    wrong = {"reference": "Location?name=x"}
    assert only(of_subject(wrong, allow_conditional=True)).code == "value"


def test_a_place_open_to_any_type_takes_any_that_r4_knows() -> None:
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "a"}}
    assert structure.check({**observation, "focus": [{"reference": "Medication/1"}]}) == []
    assert structure.check({**observation, "focus": [{"reference": "Wish/1"}]})


def test_a_contained_resource_that_is_referred_to_is_taken() -> None:
    patient = {"resourceType": "Patient", "id": "a"}
    assert containing(patient, subject={"reference": "#a"}) == []


def test_a_reference_into_nothing_is_refused() -> None:
    issue = only(of_subject({"reference": "#a"}))
    assert (issue.rule, issue.expression) == ("ref-1", "Goal.subject.reference")


def test_a_contained_resource_of_a_type_not_allowed_there_is_refused() -> None:
    location = {"resourceType": "Location", "id": "a"}
    issue = only(containing(location, subject={"reference": "#a"}))
    assert (issue.code, issue.expression) == ("value", "Goal.subject.reference")


def test_a_contained_resource_nobody_refers_to_is_refused() -> None:
    issue = only(containing({"resourceType": "Patient", "id": "a"}))
    assert (issue.rule, issue.expression) == ("dom-3", "Goal.contained[0]")
    assert only(containing({"resourceType": "Patient"})).rule == "dom-3"


def test_a_contained_resource_may_refer_to_the_one_around_it() -> None:
    focus = [{"reference": "#"}]
    status = {"resourceType": "Observation", "status": "final", "code": {"text": "a"}}
    assert containing({**status, "id": "a", "focus": focus}) == []
    assert only(of_subject({"reference": "#"})).rule == "ref-1"


def test_contained_resources_may_refer_to_each_other() -> None:
    practitioner = {"resourceType": "Practitioner", "id": "b"}
    patient = {"resourceType": "Patient", "id": "a", "generalPractitioner": [{"reference": "#b"}]}
    assert containing(patient, practitioner, subject={"reference": "#a"}) == []
    issue = only(containing(patient, subject={"reference": "#a"}))
    assert issue.expression == "Goal.contained[0].generalPractitioner[0].reference"


@pytest.mark.parametrize(
    ("members", "rule", "place"),
    [
        ({"contained": [{"resourceType": "Patient", "id": "b"}]}, "dom-2", ".contained"),
        ({"meta": {"versionId": "1"}}, "dom-4", ".meta"),
        ({"meta": {"lastUpdated": "2026-01-01T00:00:00Z"}}, "dom-4", ".meta"),
        ({"meta": {"security": [{"code": "R"}]}}, "dom-5", ".meta.security"),
    ],
)
def test_a_contained_resource_does_not_stand_on_its_own(
    members: Json, rule: str, place: str
) -> None:
    patient = {"resourceType": "Patient", "id": "a", **members}
    issues = containing(patient, subject={"reference": "#a"})
    assert (rule, f"Goal.contained[0]{place}") in [(i.rule, i.expression) for i in issues]


def test_two_contained_resources_have_two_ids() -> None:
    patient = {"resourceType": "Patient", "id": "a"}
    issue = only(containing(patient, dict(patient), subject={"reference": "#a"}))
    assert issue.expression == "Goal.contained[1].id"


def test_a_contained_resource_is_checked_as_its_type() -> None:
    patient = {"resourceType": "Patient", "id": "a", "birthDate": "soon"}
    issue = only(containing(patient, subject={"reference": "#a"}))
    assert issue.expression == "Goal.contained[0].birthDate"


def test_a_contained_resource_without_a_table_is_checked_as_json() -> None:
    medication = {"resourceType": "RiskAssessment", "id": "a", "status": "final"}
    addresses = [{"reference": "#a"}]
    assert containing(medication, addresses=addresses) == []
    issues = containing({**medication, "code": {"coding": [{}]}, "note": []}, addresses=addresses)
    assert {issue.expression for issue in issues} == {
        "Goal.contained[0].code.coding[0]",
        "Goal.contained[0].note",
    }
    assert containing({**medication, "id": "a b"}, addresses=addresses)


@pytest.mark.parametrize("contained", [{"id": "a"}, {"resourceType": "Wish"}, [], "a", None, 1])
def test_what_is_no_resource_cannot_be_contained(contained: Any) -> None:
    assert "Goal.contained[0]" in str(containing(contained)[0].expression)


@pytest.mark.parametrize("contained", [None, {}, [], "a", {"resourceType": "Patient", "id": "a"}])
def test_contained_is_an_array(contained: Any) -> None:
    goal = {**GOAL, "subject": {"reference": "Patient/1"}, "contained": contained}
    assert "Goal.contained" in [issue.expression for issue in structure.check(goal)]


@pytest.mark.timeout(10)
def test_a_long_text_that_is_no_reference_is_refused_at_once() -> None:
    issues = of_subject({"reference": "Patient?" + "=" * 1_000_000 + " x"})
    assert only(issues).expression == "Goal.subject.reference"


@pytest.mark.parametrize(
    ("reference", "is_one"),
    [
        ("Patient?a=b", True),
        ("Patient?==", True),
        ("Patient?a=", True),
        ("Patient?=b", False),
        ("Patient?a", False),
        ("Patient?a=b c", False),
    ],
)
def test_a_condition_is_told_by_its_form(reference: str, is_one: bool) -> None:
    issues = of_subject({"reference": reference}, allow_conditional=True)
    assert (issues == []) is is_one
