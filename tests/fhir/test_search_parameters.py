"""The table of search parameters, and the paths they are found by."""

from typing import Any

import pytest

from app.fhir.path import branches
from app.fhir.resource_types import RESOURCE_TYPES, Json
from app.fhir.search_parameters import EVERY_TYPE, parameter, parameters_of

TYPES = {"token", "reference", "string", "date", "number", "quantity", "uri", "composite"}

# What R4 defines for the types served and this service leaves out, with the reason.
LEFT_OUT = {
    ("Location", "near"): "distance on the globe, not a value's path",
    ("Observation", "amino-acid-change"): "an extension for genetics, of no stated type",
    ("Observation", "dna-variant"): "an extension for genetics, of no stated type",
    ("Observation", "gene-amino-acid-change"): "an extension for genetics, of no stated type",
    ("Observation", "gene-dnavariant"): "an extension for genetics, of no stated type",
    ("Observation", "gene-identifier"): "an extension for genetics, of no stated type",
    ("Patient", "age"): "an example without a path",
    ("Patient", "birthOrderBoolean"): "an example without a path",
    ("Patient", "mothersMaidenName"): "an example on an extension",
    ("Patient", "part-agree"): "an example on another type's extension",
    (EVERY_TYPE, "_content"): "text of the whole resource, without a path",
    (EVERY_TYPE, "_filter"): "an expression language of its own",
    (EVERY_TYPE, "_query"): "named queries, of which there are none",
    (EVERY_TYPE, "_text"): "text of the narrative, without a path",
}

# How many R4 defines for each type, those of every type aside.
DEFINED_BY_R4 = {
    "AuditEvent": 18, "Basic": 6, "CarePlan": 20, "CareTeam": 8, "Communication": 15,
    "Condition": 21, "Consent": 15, "Encounter": 23, "Flag": 6, "Goal": 8, "Group": 10,
    "HealthcareService": 12, "List": 12, "Location": 15, "Observation": 43, "Organization": 13,
    "Patient": 27, "Practitioner": 17, "PractitionerRole": 13, "Provenance": 10,
    "Questionnaire": 19, "QuestionnaireResponse": 12, "RelatedPerson": 17, "ServiceRequest": 21,
    "Subscription": 6, "Task": 19, EVERY_TYPE: 10,
}  # fmt: skip


def values(expression: str, base: str, resource: Json) -> list[tuple[str, Any]]:
    """What an expression finds, each with its FHIR type, in the order of the branches."""
    return [(one.type, node) for one in branches(expression, base) for node in one.get(resource)]


@pytest.mark.parametrize("type_name", [*RESOURCE_TYPES, EVERY_TYPE])
def test_every_parameter_r4_defines_is_served_or_left_out_for_a_stated_reason(
    type_name: str,
) -> None:
    every = set() if type_name == EVERY_TYPE else set(parameters_of(EVERY_TYPE))
    of_r4 = {code for code, row in parameters_of(type_name).items() if row.definition is None}
    own = of_r4 - every
    left_out = {code for name, code in LEFT_OUT if name == type_name}
    assert not own & left_out
    assert len(own) + len(left_out) == DEFINED_BY_R4[type_name]


@pytest.mark.parametrize("type_name", RESOURCE_TYPES)
def test_every_parameter_is_whole(type_name: str) -> None:
    for code, row in parameters_of(type_name).items():
        assert (row.base, row.code) == (type_name, code)
        assert row.type in TYPES
        assert (row.type == "reference") == bool(row.targets)
        assert (row.type == "composite") == bool(row.components)
        if row.type != "composite":
            assert branches(row.expression, type_name)


@pytest.mark.parametrize("type_name", RESOURCE_TYPES)
def test_every_code_that_is_looked_for_has_its_code_system(type_name: str) -> None:
    for code, row in parameters_of(type_name).items():
        if row.type == "token":
            for branch in branches(row.expression, type_name):
                assert branch.type != "code" or branch.system, code


@pytest.mark.parametrize("type_name", RESOURCE_TYPES)
def test_every_part_of_a_composite_is_a_parameter_of_the_same_type(type_name: str) -> None:
    for row in parameters_of(type_name).values():
        for code, expression in row.components:
            assert parameter(type_name, code) is not None
            for root in row.expression.split("|"):
                (element,) = branches(root.strip(), type_name)
                assert branches(expression, element.path)


def test_a_combined_composite_is_made_of_the_parameters_at_its_own_root() -> None:
    row = parameter("Observation", "combo-code-value-quantity")
    assert row is not None
    assert [code for code, _ in row.components] == ["code", "value-quantity"]


def test_every_type_has_the_parameters_of_every_resource() -> None:
    common = {"_id", "_lastUpdated", "_tag", "_security", "_profile", "_source"}
    assert set(parameters_of(EVERY_TYPE)) == common
    assert all(common <= set(parameters_of(type_name)) for type_name in RESOURCE_TYPES)


def test_a_reference_to_any_type_leads_to_the_types_served() -> None:
    focus = parameter("Observation", "focus")
    assert focus is not None
    assert focus.targets == tuple(RESOURCE_TYPES)


def test_an_unknown_type_or_code_has_no_parameter() -> None:
    assert parameter("Goal", "colour") is None
    assert parameter("Medication", "code") is None
    assert dict(parameters_of("Medication")) == {}


@pytest.mark.parametrize(
    ("expression", "resource", "found"),
    [
        ("Goal.lifecycleStatus", {"lifecycleStatus": "active"}, [("code", "active")]),
        (
            "Goal.identifier | Goal.category",
            {"category": [{"text": "c"}], "identifier": [{"value": "1"}, {"value": "2"}]},
            [
                ("Identifier", {"value": "1"}),
                ("Identifier", {"value": "2"}),
                ("CodeableConcept", {"text": "c"}),
            ],
        ),
        (
            "(Goal.target.due as date)",
            {"target": [{"dueDate": "2026"}, {"dueDuration": {}}, {"dueDate": "2027"}]},
            [("date", "2026"), ("date", "2027")],
        ),
        (
            "Observation.value",
            {"valueQuantity": {"value": 1}, "valueCodeableConcept": {"text": "x"}},
            [("Quantity", {"value": 1}), ("CodeableConcept", {"text": "x"})],
        ),
        (
            "Condition.onset.as(Age) | Condition.onset.as(Range)",
            {"onsetRange": {"low": {"value": 3}}},
            [("Range", {"low": {"value": 3}})],
        ),
        (
            "(Observation.value as string) | (Observation.value as CodeableConcept).text",
            {"valueCodeableConcept": {"text": "better"}},
            [("string", "better")],
        ),
        (
            "Provenance.target.where(resolve() is Patient)",
            {"target": [{"reference": "Goal/1"}, {"reference": "Patient/1"}]},
            [("Reference", {"reference": "Patient/1"})],
        ),
        (
            "Patient.telecom.where(system='phone')",
            {"telecom": [{"system": "email", "value": "a@b"}, {"system": "phone", "value": "1"}]},
            [("ContactPoint", {"system": "phone", "value": "1"})],
        ),
        (
            "Patient.deceased.exists() and Patient.deceased != false",
            {"deceasedDateTime": "2026-01-01"},
            [("boolean", True)],
        ),
        (
            "Patient.deceased.exists() and Patient.deceased != false",
            {"deceasedBoolean": False},
            [("boolean", False)],
        ),
        ("Patient.deceased.exists() and Patient.deceased != false", {}, [("boolean", False)]),
        (
            "QuestionnaireResponse.item.where(hasExtension('http://e/s')).answer.value"
            ".ofType(Reference)",
            {
                "item": [
                    {
                        "extension": [{"url": "http://e/s", "valueBoolean": True}],
                        "answer": [{"valueReference": {"reference": "Patient/1"}}],
                    },
                    {"answer": [{"valueReference": {"reference": "Patient/2"}}]},
                ]
            },
            [("Reference", {"reference": "Patient/1"})],
        ),
        ("Resource.meta.tag", {"meta": {"tag": [{"code": "t"}]}}, [("Coding", {"code": "t"})]),
    ],
)
def test_a_path_finds_its_values_and_knows_their_types(
    expression: str, resource: dict[str, Any], found: list[tuple[str, Any]]
) -> None:
    base = expression.lstrip("(").partition(".")[0]
    assert values(expression, base, resource) == found


@pytest.mark.parametrize(
    "expression",
    [
        "Goal.colour",
        "Goal.",
        "Goal.category)",
        "(Goal.category",
        "Goal.category.first()",
        "Goal + 1",
    ],
)
def test_a_path_outside_the_subset_does_not_compile(expression: str) -> None:
    with pytest.raises(ValueError, match="Goal"):
        branches(expression, "Goal")


def test_a_path_passes_over_members_that_have_another_shape() -> None:
    path = "(Goal.target.due as date)"
    assert values(path, "Goal", {"target": "soon"}) == []
    assert values(path, "Goal", {"target": [None, 3, {"dueDate": None}]}) == []
