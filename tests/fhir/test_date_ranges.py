"""Dates and times as the instants they span."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fhir.date_ranges import date_range
from app.fhir.indexed import BEGINNING, END


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", "2026-01-01T00:00:00", "2026-12-31T23:59:59.999999"),
        ("2024-02", "2024-02-01T00:00:00", "2024-02-29T23:59:59.999999"),
        ("2026-03-14", "2026-03-14T00:00:00", "2026-03-14T23:59:59.999999"),
        ("2026-03-14T09:30", "2026-03-14T09:30:00", "2026-03-14T09:30:59.999999"),
        ("2026-03-14T09:30:05", "2026-03-14T09:30:05", "2026-03-14T09:30:05.999999"),
        ("2026-03-14T09:30:05+01:00", "2026-03-14T08:30:05", "2026-03-14T08:30:05.999999"),
        ("2026-03-14T23:30:05.25-02:00", "2026-03-15T01:30:05.25", "2026-03-15T01:30:05.259999"),
        (
            "2026-03-14T09:30:05.1234567Z",
            "2026-03-14T09:30:05.123456",
            "2026-03-14T09:30:05.123456",
        ),
        ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00", "2027-01-01T00:00:00.999999"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00", "0001-01-01T00:00:00"),
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999"),
        ("9999", "9999-01-01T00:00:00", "9999-12-31T23:59:59.999999"),
    ],
)
def test_a_date_spans_the_instants_its_precision_states(text: str, low: str, high: str) -> None:
    expected = tuple(datetime.fromisoformat(side).replace(tzinfo=UTC) for side in (low, high))
    assert date_range(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "26", "0000", "2026-13", "2026-02-30", "2026-1-1", "2026-03-14T25:00:00Z", "2026-W01-1",
     "2026-03-14T09:30:61Z", "2026-03-14T09:30:00+15:00", "2026-03-14T09:30:00+10:99",
     "2026-03-14 09:30", "2026-03-14T09", "\uff12\uff10\uff12\uff16", "2026\n"],
)  # fmt: skip
def test_what_is_no_date_has_no_span(text: str) -> None:
    assert date_range(text) is None


@given(
    st.from_regex(r"\d{4}(-\d\d(-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?[+-]1\d:\d\d)?)?", fullmatch=True)
)
def test_a_span_is_in_order_and_within_the_years_that_count(text: str) -> None:
    span = date_range(text)
    assert span is None or BEGINNING <= span[0] <= span[1] <= END
