"""Dates, numbers and quantities in the search index."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from app.fhir.index_values import extract
from app.fhir.indexed import BEGINNING, END, DateRow, NumberRow
from app.fhir.resource_types import Json
from tests.fhir.indexing import BASE, index

UCUM = "http://unitsofmeasure.org"


@pytest.mark.parametrize(
    ("period", "low", "high"),
    [
        ({"start": "2026-01-01"}, datetime(2026, 1, 1, tzinfo=UTC), END),
        ({"end": "2026"}, BEGINNING, datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_a_period_may_be_open_on_a_side(period: Json, low: datetime, high: datetime) -> None:
    values = index(resourceType="CarePlan", period=period)
    assert values.dates == [DateRow("date", low, high)]


@pytest.mark.parametrize("period", [{}, {"start": "2026-02", "end": "2026-01"}, {"start": "soon"}])
def test_a_period_without_a_span_is_left_out(period: Json) -> None:
    assert index(resourceType="CarePlan", period=period).dates == []


def test_a_timing_gives_each_event_and_its_bounds() -> None:
    timing = {"event": ["2026-01-01", "2026-02-01"], "repeat": {"boundsPeriod": {"end": "2026"}}}
    values = index(resourceType="ServiceRequest", occurrenceTiming=timing)
    assert [(row.parameter, row.low.month) for row in values.dates] == [
        ("occurrence", 1),
        ("occurrence", 2),
        ("occurrence", 1),
    ]


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ({"value": 5.50}, "5.5", "5.5"),
        ({"value": 5, "comparator": "<"}, None, "5"),
        ({"value": 5, "comparator": ">="}, "5", None),
    ],
)
def test_a_quantity_keeps_its_exact_value_and_its_open_side(
    value: Json, low: str | None, high: str | None
) -> None:
    quantity = {**value, "unit": "kilos", "system": UCUM, "code": "kg"}
    values = index(resourceType="Observation", valueQuantity=quantity)
    row = next(row for row in values.numbers if row.parameter == "value-quantity")
    assert (row.system, row.code, row.unit) == (UCUM, "kg", "kilos")
    assert (row.low, row.high) == (low and Decimal(low), high and Decimal(high))


def test_a_decimal_keeps_every_digit() -> None:
    text = b'{"resourceType":"Observation","valueQuantity":{"value":12345678901234567890.120}}'
    tree = msgspec.json.Decoder(float_hook=lambda d: msgspec.Raw(d.encode())).decode(text)
    row = extract(tree, BASE).numbers[0]
    assert str(row.low) == "12345678901234567890.120"


def test_a_range_and_an_origin_are_quantities() -> None:
    age = index(
        resourceType="Condition",
        onsetRange={"low": {"value": 3, "code": "a"}, "high": {"value": 5, "code": "a"}},
    )
    assert age.numbers == [NumberRow("onset-age", Decimal(3), Decimal(5), None, "a")]
    sampled = index(resourceType="Observation", valueSampledData={"origin": {"value": 2}})
    assert NumberRow("value-quantity", Decimal(2), Decimal(2)) in sampled.numbers


@pytest.mark.parametrize("value", [True, "5", None, 10**2000])
def test_a_quantity_without_a_number_the_index_can_hold_is_left_out(value: Any) -> None:
    assert (
        extract({"resourceType": "Observation", "valueQuantity": {"value": value}}, BASE).numbers
        == []
    )
