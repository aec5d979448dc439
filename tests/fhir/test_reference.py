"""References taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fhir.reference import ReferenceParts, is_id, parse_reference, type_referred_to

BASE = "https://record.example.org/fhir"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Patient/7", ReferenceParts("Patient", "7")),
        ("Patient/7/_history/2", ReferenceParts("Patient", "7", "2")),
        (f"{BASE}/Goal/a.b-c", ReferenceParts("Goal", "a.b-c")),
        (f"{BASE}/Goal/7/_history/3", ReferenceParts("Goal", "7", "3")),
        (
            "https://other.example.org/r4/Goal/7",
            ReferenceParts("Goal", "7", None, "https://other.example.org/r4/Goal/7"),
        ),
        (
            "urn:uuid:6f2c4b4e-0000-4000-8000-000000000000",
            ReferenceParts(None, None, None, "urn:uuid:6f2c4b4e-0000-4000-8000-000000000000"),
        ),
        (
            "http://example.org/Questionnaire/7/x",
            ReferenceParts(None, None, None, "http://example.org/Questionnaire/7/x"),
        ),
    ],
)
def test_a_reference_is_taken_apart(text: str, parts: ReferenceParts) -> None:
    assert parse_reference(text, BASE) == parts
    assert parse_reference(text, BASE + "/") == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#p",
        "Patient",
        "Patient/",
        "patient/7",
        "Patient/7/8",
        "Patient/7 ",
        "Patient/" + "x" * 65,
    ],
)
def test_what_is_no_reference_has_no_parts(text: str) -> None:
    assert parse_reference(text, BASE) is None


def test_only_our_own_references_have_a_relative_form() -> None:
    ours = parse_reference(f"{BASE}/Goal/7/_history/3", BASE)
    theirs = parse_reference("https://other.example.org/Goal/7", BASE)
    assert ours is not None
    assert ours.relative == "Goal/7"
    assert theirs is not None
    assert theirs.relative is None


@pytest.mark.parametrize(
    ("node", "type_name"),
    [
        ({"reference": "Patient/7"}, "Patient"),
        ({"reference": "https://other.example.org/Device/7", "type": "Patient"}, "Device"),
        ({"type": "Patient", "identifier": {"value": "9990000018"}}, "Patient"),
        ({"display": "a neighbour"}, None),
        ({"reference": 7}, None),
        ("Patient/7", None),
    ],
)
def test_the_type_a_reference_leads_to_is_told_by_its_url_or_its_type(
    node: object, type_name: str | None
) -> None:
    assert type_referred_to(node) == type_name


def test_an_id_has_one_to_sixty_four_letters_digits_hyphens_and_dots() -> None:
    assert is_id("a-B.9")
    assert is_id("x" * 64)
    assert not any(is_id(text) for text in ("", "x" * 65, "a_b", "a/b", "a\n", "é"))


@given(st.text())
def test_any_text_is_either_taken_apart_or_is_no_reference(text: str) -> None:
    parts = parse_reference(text, BASE)
    assert parts is None or parts.url == text or str(parts.relative) in text
