"""The primitive types: what each takes and what it refuses."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fhir import primitives
from app.fhir.finding import Finding
from app.fhir.primitives import CHECK_BY_TYPE

TAKEN: dict[str, tuple[Any, ...]] = {
    "base64Binary": ("aGVsbG8=", "aGVs\nbG8=", "YQ==", "+/+/"),
    "boolean": (True, False),
    "canonical": ("https://example.org/q|1.0", "#inside"),
    "code": ("a", "a b", "en-GB", "https://example.org/x", "é"),
    "date": ("2026", "2026-12", "2026-12-31", "2024-02-29", "2000-02-29", "0001-01-01"),
    "dateTime": (
        "2026",
        "2026-12",
        "2026-12-31",
        "2026-12-31T23:59:60Z",
        "2026-01-01T00:00:00.123456789+14:00",
        "2024-02-29T10:00:00-00:00",
    ),
    "decimal": (1, -1, 0, 10**30, msgspec.Raw(b"1.50"), msgspec.Raw(b"1e3")),
    "element id": ("a", "a_b/c#1", "x" * 200),
    "id": ("a", "A-1.b", "x" * 64),
    "instant": ("2026-12-31T23:59:59.1Z", "2026-12-31T23:59:59+01:00"),
    "integer": (0, -2147483648, 2147483647),
    "markdown": ("# A\n\n* b\tc\r\n",),
    "oid": ("urn:oid:1.2.3", "urn:oid:2.16.840.1.113883"),
    "positiveInt": (1, 2147483647),
    "string": ("a", " a ", "é😀\u200d", "a\nb", "\u00a0a", "x" * 1024 * 1024),
    "time": ("00:00:00", "23:59:60", "10:00:00.5"),
    "unsignedInt": (0, 2147483647),
    "uri": ("a", "https://example.org/a?b=c#d", "urn:x", "https://例え.jp/é"),
    "url": ("https://example.org",),
    "uuid": ("urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7",),
}

REFUSED: dict[str, tuple[Any, ...]] = {
    "base64Binary": ("", " ", "!!!!", "YQ=", "YQ", "YQ==YQ==", "é", 1),
    "boolean": ("true", 0, 1, "", []),
    "canonical": ("", "a b", 1),
    "code": ("", " a", "a ", "a  b", "a\nb", "a\tb", "\u00a0", 1, True),
    "date": (
        "",
        "0000",
        "0000-02-29",
        "26",
        "2026-1",
        "2026-13",
        "2026-00",
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "2026-01-00",
        "20260101",
        "2026-W01",
        "2026-01-01T00:00:00Z",
        "2026-01-01\n",
        "\uff12\uff10\uff12\uff16",
        2026,
    ),
    "dateTime": (
        "2026-01-01T10:00Z",
        "2026-01-01T10:00:00",
        "2026-01-01T24:00:00Z",
        "2026-01-01T10:60:00Z",
        "2026-01-01T10:00:61Z",
        "2026-02-30T10:00:00Z",
        "2026-01-01 10:00:00Z",
        "2026-01-01T10:00:00z",
        "2026-01-01T10:00:00.Z",
        "2026-01-01T10:00:00+14:01",
        "2026-01-01T10:00:00+1:00",
        "2026-01T10:00:00Z",
        0,
    ),
    "decimal": ("1.0", True, "", None, {}),
    "element id": ("", "a b", "a\n", 1),
    "id": ("", "x" * 65, "a b", "a_b", "é", "a\n", 1),
    "instant": ("2026", "2026-01-01", "2026-01-01T10:00:00", 0),
    "integer": (-2147483649, 2147483648, msgspec.Raw(b"1.0"), "1", True),
    "markdown": ("", " \n", 1),
    "oid": ("1.2.3", "urn:oid:3.1", "urn:oid:1", "urn:oid:1.02", "urn:uuid:1"),
    "positiveInt": (0, -1, 2147483648, "1", True, msgspec.Raw(b"1.0")),
    "string": ("", " ", "\n\t", "\u00a0", "a\x01", "a\x0b", "\x1f", "x" * (1024 * 1024 + 1), 1),
    "time": ("10:00", "24:00:00", "10:00:00Z", "1:00:00", "10:00:00.", 10),
    "unsignedInt": (-1, 2147483648, "0", False),
    "uri": ("", " ", "a b", " a", "a\n", "a\x01", 1),
    "url": ("", "a b"),
    "uuid": (
        "53fefa32-fcbb-4ff8-8a92-55ee120877b7",
        "urn:uuid:53FEFA32-fcbb-4ff8-8a92-55ee120877b7",
        "urn:uuid:53fefa32",
    ),
}


def found(kind: str, value: Any) -> list[Finding]:
    return CHECK_BY_TYPE[kind](value) or []


def test_every_primitive_has_values_to_take_and_to_refuse() -> None:
    assert set(TAKEN) == set(REFUSED) == set(CHECK_BY_TYPE)


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, some in TAKEN.items() for v in some])
def test_a_sound_value_is_taken(kind: str, value: Any) -> None:
    assert CHECK_BY_TYPE[kind](value) is None


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, some in REFUSED.items() for v in some])
def test_an_unsound_value_is_refused_with_a_reason(kind: str, value: Any) -> None:
    (finding,) = found(kind, value)
    assert finding.text.endswith(".")
    assert finding.code in ("value", "structure", "too-long")


@pytest.mark.parametrize("kind", TAKEN)
@pytest.mark.parametrize("value", [None, [], {}, ["a"]])
def test_no_primitive_is_null_or_an_array_or_an_object(kind: str, value: Any) -> None:
    (finding,) = found(kind, value)
    assert finding.code == "structure"


@pytest.mark.parametrize("value", ["text/plain", "application/fhir+json; fhirVersion=4.0", "a/b"])
def test_a_mime_type_is_taken_from_an_open_list(value: str) -> None:
    assert primitives.mime_type(value) is None


@pytest.mark.parametrize("value", ["text", "/", "text/", "a b/c", "", 1])
def test_what_is_no_mime_type_is_refused(value: Any) -> None:
    assert primitives.mime_type(value) is not None


def test_a_currency_is_three_capitals() -> None:
    assert primitives.currency("GBP") is None
    assert primitives.currency("gbp") is not None
    assert primitives.currency(["GBP"]) is not None


@given(st.dates())
def test_every_day_of_the_calendar_is_a_date(day: Any) -> None:
    assert primitives.date(day.isoformat()) is None


@given(st.datetimes(timezones=st.timezones()))
def test_every_moment_is_an_instant(moment: Any) -> None:
    # R4 knows zones of whole minutes, to 14 hours; places kept others before there were zones.
    seconds = moment.utcoffset().total_seconds()
    if seconds % 60 == 0 and abs(seconds) <= 14 * 60 * 60:
        assert primitives.instant(moment.isoformat()) is None


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_every_text_with_something_in_it_is_a_string(text: str) -> None:
    assert (primitives.string(text) is None) == bool(text.strip())
