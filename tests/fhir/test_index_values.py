"""What a resource gives the search index."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.fhir.index_values import extract
from app.fhir.indexed import DateRow, IndexValues, StringRow
from app.fhir.resource_types import RESOURCE_TYPES, Json
from tests.fhir.indexing import BASE, index, read, tokens

LOINC = "http://loinc.org"

GOAL: Json = {
    "resourceType": "Goal",
    "id": "g1",
    "meta": {
        "profile": ["http://example.org/fhir/StructureDefinition/goal|1.0"],
        "tag": [{"system": "http://example.org/tags", "code": "demo"}],
        "lastUpdated": "2026-01-02T03:04:05Z",
    },
    "identifier": [{"system": "https://example.org/goals", "value": "42"}],
    "lifecycleStatus": "active",
    "category": [{"coding": [{"code": "what-matters", "display": "What matters"}]}],
    "description": {"text": "Walk to the harbour"},
    "subject": {"reference": "Patient/p1"},
    "startDate": "2026-03",
    "target": [{"dueDate": "2026-06-01"}, {"dueDuration": {"value": 3}}],
}


def test_a_goal_gives_its_tokens_in_every_form() -> None:
    assert set(extract(read(GOAL), BASE).tokens) == {
        "_profile=http://example.org/fhir/StructureDefinition/goal",
        "_profile=http://example.org/fhir/StructureDefinition/goal|1.0",
        "_tag=http://example.org/tags|demo",
        "_tag=demo",
        "_tag=http://example.org/tags|",
        "identifier=https://example.org/goals|42",
        "identifier=42",
        "identifier=https://example.org/goals|",
        "lifecycle-status=http://hl7.org/fhir/goal-status|active",
        "lifecycle-status=active",
        "lifecycle-status=http://hl7.org/fhir/goal-status|",
        "category=|what-matters",
        "category=what-matters",
        "subject=Patient/p1",
        "patient=Patient/p1",
    }


def test_a_goal_gives_its_dates_as_inclusive_instants() -> None:
    assert extract(read(GOAL), BASE).dates == [
        DateRow(
            "start-date",
            datetime(2026, 3, 1, tzinfo=UTC),
            datetime(2026, 3, 31, 23, 59, 59, 999999, tzinfo=UTC),
        ),
        DateRow(
            "target-date",
            datetime(2026, 6, 1, tzinfo=UTC),
            datetime(2026, 6, 1, 23, 59, 59, 999999, tzinfo=UTC),
        ),
    ]


def test_an_id_and_the_last_update_are_not_indexed() -> None:
    values = extract(read(GOAL), BASE)
    assert not any(text.startswith("_id=") for text in values.tokens)
    assert not any(row.parameter == "_lastUpdated" for row in values.dates)


@pytest.mark.parametrize("type_name", RESOURCE_TYPES)
def test_an_empty_resource_of_any_type_indexes_nothing_of_its_own(type_name: str) -> None:
    values = index(resourceType=type_name)
    expected = ["deceased=|false", "deceased=false"] if type_name == "Patient" else []
    assert values == IndexValues(tokens=expected)


def test_a_type_that_is_not_served_indexes_nothing() -> None:
    assert index(resourceType="Medication", code={"text": "x"}) == IndexValues()
    assert extract({}, BASE) == IndexValues()


def test_a_code_has_the_system_its_binding_implies() -> None:
    assert "intent=http://hl7.org/fhir/request-intent|order" in tokens(
        "intent", resourceType="Task", intent="order"
    )
    assert "payload=urn:ietf:bcp:13|text/plain" in tokens(
        "payload", resourceType="Subscription", channel={"payload": "text/plain"}
    )


def test_each_coding_counts_and_a_text_is_indexed_once() -> None:
    concept = {
        "coding": [
            {"system": LOINC, "code": "81338-6", "display": "Story"},
            {"system": "http://snomed.info/sct", "code": "247751003", "display": "Story"},
            {"display": "Just words"},
        ],
        "text": "Story",
    }
    values = index(resourceType="Observation", code=concept)
    assert {"code=81338-6", "code=247751003"} <= set(values.tokens)
    texts = [row.exact for row in values.strings if row.parameter == "code:text"]
    assert texts == ["Story", "Just words"]


def test_an_identifier_is_found_by_its_value_and_by_its_type() -> None:
    system = "http://terminology.hl7.org/CodeSystem/v2-0203"
    identifier = {
        "type": {"coding": [{"system": system, "code": "MR"}, {"code": "X"}], "text": "Record"},
        "value": "12|3",
    }
    values = index(resourceType="Patient", identifier=[identifier])
    assert {text for text in values.tokens if text.startswith("identifier")} == {
        "identifier=|12|3",
        "identifier=12|3",
        f"identifier:of-type={system}|MR|12|3",
        "identifier:of-type=|X|12|3",
    }
    assert StringRow("identifier:text", "record", "Record") in values.strings


def test_a_contact_point_is_compared_exactly_as_sent() -> None:
    found = tokens(
        "phone", resourceType="Patient", telecom=[{"system": "phone", "value": "01632 960 001"}]
    )
    assert found == {"phone=|01632 960 001", "phone=01632 960 001", "phone=phone|01632 960 001"}


def test_booleans_and_strings_are_tokens_without_a_system() -> None:
    assert tokens("active", resourceType="Patient", active=False) == {
        "active=|false",
        "active=false",
    }
    assert "version=1.0" in tokens("version", resourceType="Questionnaire", version="1.0")


@pytest.mark.parametrize(
    ("reference", "entries"),
    [
        ({"reference": "Goal/7"}, {"focus=Goal/7"}),
        ({"reference": f"{BASE}/Goal/7"}, {"focus=Goal/7"}),
        (
            {"reference": "Goal/7/_history/2"},
            {"focus=Goal/7", "focus=Goal/7/_history/2"},
        ),
        (
            {"reference": "https://other.example.org/Goal/7"},
            {"focus=https://other.example.org/Goal/7"},
        ),
        (
            {"reference": "https://other.example.org/Goal/7/_history/2"},
            {
                "focus=https://other.example.org/Goal/7",
                "focus=https://other.example.org/Goal/7/_history/2",
            },
        ),
        ({"reference": "urn:uuid:1"}, {"focus=urn:uuid:1"}),
        ({"reference": "#g"}, set()),
        (
            {"identifier": {"system": "http://e/s", "value": "9"}, "display": "Her goal"},
            {
                "focus:identifier=http://e/s|9",
                "focus:identifier=9",
                "focus:identifier=http://e/s|",
            },
        ),
    ],
)
def test_a_reference_is_indexed_in_every_form(reference: Json, entries: set[str]) -> None:
    assert tokens("focus", resourceType="Observation", focus=[reference]) == entries


def test_patient_holds_only_references_to_patients() -> None:
    assert not tokens("patient", resourceType="Goal", subject={"reference": "Group/1"})


def test_a_canonical_is_found_with_and_without_its_version() -> None:
    found = tokens(
        "questionnaire",
        resourceType="QuestionnaireResponse",
        questionnaire="http://example.org/Questionnaire/q|2",
    )
    assert found == {
        "questionnaire=http://example.org/Questionnaire/q",
        "questionnaire=http://example.org/Questionnaire/q|2",
    }
    ours = f"{BASE}/Questionnaire/q|2"
    assert "questionnaire=Questionnaire/q" in tokens(
        "questionnaire", resourceType="QuestionnaireResponse", questionnaire=ours
    )


def test_a_uri_is_indexed_for_above_and_below_too() -> None:
    values = index(resourceType="Questionnaire", url="http://Example.org/Q")
    assert "url=http://Example.org/Q" in values.tokens
    assert values.strings == [StringRow("url", "http://example.org/q", "http://Example.org/Q")]


def test_every_part_of_a_name_and_of_an_address_is_a_row_of_its_own() -> None:
    values = index(
        resourceType="Patient",
        name=[{"family": "O'Néill", "given": ["Ann", "Bé"], "prefix": ["Dr"]}],
        address=[{"line": ["1 The Quay"], "city": "Padstow", "postalCode": "ZZ99 3WZ"}],
    )
    rows = {(row.parameter, row.normalised, row.exact) for row in values.strings}
    assert {
        ("name", "o'neill", "O'Néill"),
        ("name", "ann", "Ann"),
        ("name", "be", "Bé"),
        ("name", "dr", "Dr"),
        ("family", "o'neill", "O'Néill"),
        ("given", "be", "Bé"),
        ("address", "1 the quay", "1 The Quay"),
        ("address", "padstow", "Padstow"),
        ("address-city", "padstow", "Padstow"),
        ("address-postalcode", "zz99 3wz", "ZZ99 3WZ"),
    } <= rows


def test_components_keep_their_code_beside_their_value() -> None:
    values = index(
        resourceType="Observation",
        component=[
            {
                "code": {"coding": [{"system": LOINC, "code": "8480-6"}]},
                "valueQuantity": {"value": 120},
            },
            {
                "code": {"coding": [{"system": LOINC, "code": "8462-4"}]},
                "valueQuantity": {"value": 80},
            },
        ],
    )
    pairs = {
        (row.pair, str(row.low))
        for row in values.numbers
        if row.parameter == "component-code-value-quantity"
    }
    assert pairs == {
        (f"{LOINC}|8480-6", "120"),
        ("8480-6", "120"),
        (f"{LOINC}|8462-4", "80"),
        ("8462-4", "80"),
    }
    assert any(row.parameter == "combo-code-value-quantity" for row in values.numbers)
    assert not any(row.parameter == "code-value-quantity" for row in values.numbers)


def test_two_tokens_of_one_element_are_one_entry_in_every_form() -> None:
    found = tokens(
        "characteristic-value",
        resourceType="Group",
        characteristic=[
            {"code": {"coding": [{"system": "http://e/c", "code": "a"}]}, "valueBoolean": True}
        ],
    )
    assert found == {
        "characteristic-value=http://e/c|a$|true",
        "characteristic-value=http://e/c|a$true",
        "characteristic-value=a$|true",
        "characteristic-value=a$true",
    }


def test_a_composite_whose_root_is_the_resource_has_no_rows() -> None:
    values = index(
        resourceType="Observation",
        code={"coding": [{"code": "x"}]},
        valueQuantity={"value": 1},
        valueCodeableConcept={"coding": [{"code": "y"}]},
    )
    assert not any(text.startswith(("code-value", "combo-code-value")) for text in values.tokens)
    assert {row.pair for row in values.numbers} == {None}


def test_a_text_row_is_capped() -> None:
    values = index(resourceType="List", title="Long " * 100)
    assert {(len(row.normalised), len(row.exact)) for row in values.strings} == {(255, 255)}


NAMES = [
    "coding", "code", "system", "value", "text", "reference", "identifier", "type", "start", "end",
    "event", "repeat", "low", "high", "origin", "display", "given", "extension", "boundsPeriod",
    "detail", "dueDate", "valueCodeableConcept",
]  # fmt: skip
MEMBERS = [
    "meta", "identifier", "status", "code", "subject", "target", "name", "telecom", "period",
    "component", "characteristic", "useContext", "valueQuantity", "effectiveTiming", "url",
    "effectivePeriod", "item", "deceasedBoolean", "provision", "onsetRange", "category",
    "valueSampledData",
]  # fmt: skip
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["", "#x", "Patient/1", "2026-01", "http://e/x|1", "|", "\u0301", "é" * 400])
    | st.text(max_size=5)
    | st.sampled_from([msgspec.Raw(b"1.50"), msgspec.Raw(b"1e99999")]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(
    st.sampled_from(sorted(RESOURCE_TYPES)),
    st.dictionaries(st.sampled_from(MEMBERS), ODD, max_size=5),
)
def test_odd_content_is_passed_over_and_never_raises(type_name: str, members: Json) -> None:
    values = extract({**members, "resourceType": type_name}, BASE)
    assert all(len(text.encode()) <= 512 for text in values.tokens)
    assert all(row.low <= row.high for row in values.dates)
    assert all(row.low is not None or row.high is not None for row in values.numbers)
