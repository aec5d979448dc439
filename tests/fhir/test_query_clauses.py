"""Conditions read from names and values: every parameter type and modifier, chains and `_has`."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Malformed, NotSupported, Refusal
from app.fhir.query_string import Codes, Limits, parse
from app.fhir.search_query import (
    Chain,
    Clause,
    CompositeValue,
    DateValue,
    Has,
    Match,
    MissingValue,
    NumberValue,
    ReferenceValue,
    StringValue,
    TokenValue,
    UriValue,
    Value,
)
from app.fhir.search_values import split_at

BASE = "https://record.example.org/fhir"


def value_sets(url: str) -> Codes | None:
    sets: dict[str, Codes] = {
        "http://example.org/vs": [("http://example.org/cs", "a"), ("http://example.org/cs", "b")],
        "http://example.org/empty": [],
    }
    return sets.get(url)


def clause(type_name: str, name: str, value: str) -> Clause:
    query = parse(
        type_name,
        [(name, value)],
        fhir_base=BASE,
        lenient=False,
        limits=Limits(),
        value_sets=value_sets,
    )
    (found,) = query.clauses
    return found


def match(type_name: str, name: str, value: str) -> Match:
    found = clause(type_name, name, value)
    assert isinstance(found, Match)
    return found


def values(type_name: str, name: str, value: str) -> list[Value]:
    return list(match(type_name, name, value).values)


def number(prefix: str, value: str, low: str, high: str, *measure: str | None) -> NumberValue:
    return NumberValue(prefix, Decimal(value), Decimal(low), Decimal(high), *measure)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("active", [TokenValue(None, "active")]),
        ("http://e/s|a", [TokenValue("http://e/s", "a")]),
        ("|a", [TokenValue("", "a")]),
        ("http://e/s|", [TokenValue("http://e/s", None)]),
        ("a,b", [TokenValue(None, "a"), TokenValue(None, "b")]),
        (r"a\,b,c\|d,e\$f,g\\h", [TokenValue(None, t) for t in ("a,b", "c|d", "e$f", "g\\h")]),
    ],
)
def test_a_token_is_a_code_with_or_without_its_system(text: str, expected: list[Value]) -> None:
    assert values("Goal", "category", text) == expected


@pytest.mark.parametrize("text", ["|", "a|b|c", "||"])
def test_a_token_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        clause("Goal", "category", text)


@pytest.mark.parametrize(
    ("type_name", "name", "text", "modifier", "expected"),
    [
        ("Goal", "category:not", "a", "not", [TokenValue(None, "a")]),
        ("Goal", "_id:not", "a,b", "not", [TokenValue(None, "a"), TokenValue(None, "b")]),
        ("Goal", "category:text", "Été", "text", [StringValue("Été", "ete")]),
        (
            "Goal",
            "category:in",
            "http://example.org/vs",
            None,
            [TokenValue("http://example.org/cs", "a"), TokenValue("http://example.org/cs", "b")],
        ),
        ("Goal", "category:in", "http://example.org/empty", None, []),
        (
            "Goal",
            "category:not-in",
            "http://example.org/vs",
            "not",
            [TokenValue("http://example.org/cs", "a"), TokenValue("http://example.org/cs", "b")],
        ),
        ("Patient", "identifier:of-type", "s|MR|12", "of-type", [TokenValue("s", "12", "MR")]),
        ("Goal", "subject:missing", "true", "missing", [MissingValue(True)]),
        ("Goal", "start-date:missing", "false", "missing", [MissingValue(False)]),
        ("Goal", "subject:Patient", "7", None, [ReferenceValue("Patient", "7")]),
        ("Goal", "subject:Patient", "Patient/7", None, [ReferenceValue("Patient", "7")]),
        ("Goal", "subject:identifier", "s|9", "identifier", [TokenValue("s", "9")]),
        ("Patient", "name:exact", "Zoë", "exact", [StringValue("Zoë", "zoe")]),
        ("Patient", "name:contains", "O É", "contains", [StringValue("O É", "o e")]),
        ("Questionnaire", "url:below", "http://e/q", "below", [UriValue("http://e/q")]),
        ("Questionnaire", "url:above", "http://e/q", "above", [UriValue("http://e/q")]),
    ],
)
def test_a_modifier_changes_how_the_values_are_read(
    type_name: str, name: str, text: str, modifier: str | None, expected: list[Value]
) -> None:
    found = match(type_name, name, text)
    assert (found.modifier, list(found.values)) == (modifier, expected)


@pytest.mark.parametrize(
    ("type_name", "name", "text"),
    [
        ("Goal", "category:exact", "a"),
        ("Goal", "category:above", "a"),
        ("Goal", "category:", "a"),
        ("Goal", "category:of-type", "s|c|v"),
        ("Goal", "subject:not", "Patient/1"),
        ("Goal", "subject:Task", "1"),
        ("Goal", "start-date:exact", "2026"),
        ("Patient", "name:text", "a"),
        ("Observation", "code-value-quantity:missing", "true"),
        ("Goal", "_id:text", "a"),
        ("Goal", "_id:in", "http://example.org/vs"),
        ("Goal", "category:in", "http://example.org/unknown"),
    ],
)
def test_a_modifier_the_parameter_does_not_take_is_refused(
    type_name: str, name: str, text: str
) -> None:
    with pytest.raises(NotSupported):
        clause(type_name, name, text)


@pytest.mark.parametrize(
    ("type_name", "name", "text"),
    [
        ("Goal", "subject:missing", "yes"),
        ("Goal", "subject:Patient", "Group/7"),
        ("Goal", "subject:Patient", "https://other.example.org/Patient/7"),
        ("Patient", "identifier:of-type", "s|MR"),
        ("Patient", "identifier:of-type", "s||12"),
        ("Patient", "name", "\u0301"),
        ("Patient", "name:contains", " "),
        ("Goal", "_id", "a b"),
        ("Goal", "_id", "s|a"),
    ],
)
def test_a_value_that_its_modifier_cannot_take_is_refused(
    type_name: str, name: str, text: str
) -> None:
    with pytest.raises(Malformed):
        clause(type_name, name, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patient/7", ReferenceValue("Patient", "7")),
        ("7", ReferenceValue(None, "7")),
        (f"{BASE}/Patient/7", ReferenceValue("Patient", "7")),
        ("Patient/7/_history/2", ReferenceValue(None, None, "Patient/7/_history/2")),
        (
            "https://o.example.org/Patient/7",
            ReferenceValue(None, None, "https://o.example.org/Patient/7"),
        ),
        ("http://e/q|2", ReferenceValue(None, None, "http://e/q|2")),
        (f"{BASE}/Questionnaire/q|2", ReferenceValue(None, None, "Questionnaire/q|2")),
    ],
)
def test_a_reference_is_ours_or_a_url(text: str, expected: ReferenceValue) -> None:
    assert values("Observation", "focus", text) == [expected]


@pytest.mark.parametrize("text", ["#p", "Patient/", "a|b", "Patient?name=x", "a b"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        clause("Goal", "subject", text)


@pytest.mark.parametrize(
    ("text", "prefix", "low", "high"),
    [
        ("2026", "eq", "2026-01-01T00:00:00", "2026-12-31T23:59:59.999999"),
        ("ge2026-03", "ge", "2026-03-01T00:00:00", "2026-03-31T23:59:59.999999"),
        ("sa2026-03-14", "sa", "2026-03-14T00:00:00", "2026-03-14T23:59:59.999999"),
        ("2026-03-14T09:30", "eq", "2026-03-14T09:30:00", "2026-03-14T09:30:59.999999"),
        ("lt2026-03-14T09:30:00Z", "lt", "2026-03-14T09:30:00", "2026-03-14T09:30:00.999999"),
        ("2026-03-14T09:30:00+01:00", "eq", "2026-03-14T08:30:00", "2026-03-14T08:30:00.999999"),
        ("2026-03-14T09:30:00 01:00", "eq", "2026-03-14T08:30:00", "2026-03-14T08:30:00.999999"),
    ],
)
def test_a_date_has_a_prefix_and_a_span(text: str, prefix: str, low: str, high: str) -> None:
    first, last = (datetime.fromisoformat(side).replace(tzinfo=UTC) for side in (low, high))
    assert values("Goal", "_lastUpdated", text) == [DateValue(prefix, first, last)]


@pytest.mark.parametrize(
    "text", ["soon", "gtlt2026", "xx2026", "2026-13", "ge", "2026gt", "20260314"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        clause("Goal", "start-date", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5.4", number("eq", "5.4", "5.35", "5.45")),
        ("gt100", number("gt", "100", "99.5", "100.5")),
        ("100.00", number("eq", "100.00", "99.995", "100.005")),
        ("ap-3", number("ap", "-3", "-3.5", "-2.5")),
        ("1e2", number("eq", "100", "50", "150")),
        ("5.4|http://u|mg", number("eq", "5.4", "5.35", "5.45", "http://u", "mg")),
        ("le5.4||mg", number("le", "5.4", "5.35", "5.45", None, "mg")),
        ("5|http://u|", number("eq", "5", "4.5", "5.5", "http://u", None)),
    ],
)
def test_a_quantity_carries_the_range_its_digits_imply(text: str, expected: NumberValue) -> None:
    assert values("Observation", "value-quantity", text) == [expected]


def test_the_range_of_a_long_number_is_exact() -> None:
    (found,) = values("Observation", "value-quantity", "1" * 60 + ".5")
    assert isinstance(found, NumberValue)
    assert found.high - found.value < 1
    assert str(found.high) == "1" * 60 + ".55"


@pytest.mark.parametrize(
    "text", ["x", "5.4|mg", "5|a|b|c", "1_000", ".5", "NaN", "1e5000", "9" * 2000]
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        clause("Observation", "value-quantity", text)


def test_a_string_is_folded_and_capped() -> None:
    assert values("Patient", "name", "Zoë  B") == [StringValue("Zoë  B", "zoe b")]
    assert values("Patient", "name", "x" * 300) == [StringValue("x" * 255, "x" * 255)]


def test_a_uri_is_compared_as_written() -> None:
    assert values("Goal", "_profile", "http://e/P|1") == [UriValue("http://e/P|1")]


def test_a_composite_has_one_value_for_each_part() -> None:
    (found,) = values("Observation", "code-value-quantity", "http://loinc.org|8480-6$gt120||mmHg")
    assert found == CompositeValue(
        (
            TokenValue("http://loinc.org", "8480-6"),
            number("gt", "120", "119.5", "120.5", None, "mmHg"),
        )
    )
    assert len(values("Observation", "code-value-concept", r"a\$b$c,d$e")) == 2


@pytest.mark.parametrize("text", ["a", "a$", "$1", "a$1$2", "a$x"])
def test_a_composite_without_its_parts_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        clause("Observation", "code-value-quantity", text)


def shape(found: Clause) -> Any:
    """A condition as nested tuples of codes, for reading at a glance."""
    if isinstance(found, Chain):
        return (found.parameter.code, {t: shape(inner) for t, inner in found.inner_by_type})
    if isinstance(found, Has):
        return ("_has", found.type, found.parameter.code, shape(found.inner))
    assert isinstance(found, Match)
    return (
        found.parameter.code if found.modifier is None else (found.parameter.code, found.modifier)
    )


@pytest.mark.parametrize(
    ("type_name", "name", "expected"),
    [
        ("Goal", "subject:Patient.name", ("subject", {"Patient": "name"})),
        ("Goal", "subject.name", ("subject", {"Organization": "name", "Patient": "name"})),
        ("Goal", "patient.name:exact", ("patient", {"Patient": ("name", "exact")})),
        (
            "Goal",
            "patient.organization.name",
            ("patient", {"Patient": ("organization", {"Organization": "name"})}),
        ),
        ("Goal", "patient._id", ("patient", {"Patient": "_id"})),
        ("Patient", "_has:Observation:patient:code", ("_has", "Observation", "patient", "code")),
        (
            "Patient",
            "_has:Observation:patient:code:not",
            ("_has", "Observation", "patient", ("code", "not")),
        ),
        (
            "Patient",
            "_has:Goal:patient:_has:Observation:focus:code",
            ("_has", "Goal", "patient", ("_has", "Observation", "focus", "code")),
        ),
        (
            "Patient",
            "_has:Observation:patient:encounter.status",
            ("_has", "Observation", "patient", ("encounter", {"Encounter": "status"})),
        ),
        (
            "Observation",
            "patient._has:Goal:patient:category",
            ("patient", {"Patient": ("_has", "Goal", "patient", "category")}),
        ),
    ],
)
def test_chains_follow_references_both_ways(type_name: str, name: str, expected: Any) -> None:
    assert shape(clause(type_name, name, "x")) == expected


@pytest.mark.parametrize(
    ("type_name", "name"),
    [
        ("Goal", "lifecycle-status.name"),
        ("Goal", "subject:Task.code"),
        ("Goal", "subject.colour"),
        ("Goal", "patient."),
        ("Observation", "device.type"),
        ("QuestionnaireResponse", "questionnaire.title"),
        ("Patient", "_has:Observation:patient"),
        ("Patient", "_has:Medication:patient:code"),
        ("Patient", "_has:Observation:code:code"),
        ("Patient", "_has:Observation:colour:code"),
        ("Patient", "_has:Observation:patient:colour"),
        ("Questionnaire", "_has:Goal:subject:category"),
    ],
)
def test_a_chain_that_leads_nowhere_is_refused(type_name: str, name: str) -> None:
    with pytest.raises(Refusal):
        clause(type_name, name, "x")


def test_a_chain_tells_what_is_wrong_at_its_end() -> None:
    with pytest.raises(Malformed, match="Write a date"):
        clause("Goal", "patient.birthdate", "x")


@given(st.lists(st.text(alphabet="ab,|$\\", max_size=6), min_size=1, max_size=4))
def test_values_that_were_escaped_come_apart_where_they_were_joined(texts: list[str]) -> None:
    escaped = [text.replace("\\", r"\\").replace(",", r"\,") for text in texts]
    assert split_at(",".join(escaped), ",") == escaped
