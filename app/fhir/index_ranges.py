"""The ordered rows of one value: dates, numbers and quantities.

A converter adds what one value of one FHIR type gives under a parameter's code, and skips what has
not the shape its type says. A plain number keeps its exact value on both sides; the query brings
the range that its digits imply.

Spec: https://hl7.org/fhir/R4/search.html#date, https://hl7.org/fhir/R4/search.html#quantity
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from app.fhir.date_ranges import date_range
from app.fhir.index_tokens import Converter
from app.fhir.indexed import BEGINNING, END, DateRow, IndexValues, NumberRow

# Past these the database's numeric type would refuse the value.
LONGEST_NUMBER = 1000
LARGEST_EXPONENT = 1000

_CURRENCIES = "urn:iso:std:iso:4217"


def exact_number(node: Any) -> Decimal | None:
    """The number with every digit it was written with; None for what is no number, or too large."""
    if isinstance(node, bool):
        return None
    if isinstance(node, msgspec.Raw):
        return number_from_text(bytes(node).decode("ascii", "replace"))
    if isinstance(node, int):
        # Measured in bits first: turning an enormous integer into digits takes long.
        return Decimal(node) if node.bit_length() <= LONGEST_NUMBER * 3 else None
    return number_from_text(repr(node)) if isinstance(node, float) else None


def number_from_text(text: str) -> Decimal | None:
    """The number with every digit it was written with; None for what is no number, or too large."""
    if len(text) > LONGEST_NUMBER or not text.isascii():
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= LARGEST_EXPONENT else None


def _date(out: IndexValues, code: str, node: Any, _base: str) -> None:
    span = date_range(node) if isinstance(node, str) else None
    if span is not None:
        out.dates.append(DateRow(code, span[0], span[1]))


def _period(out: IndexValues, code: str, node: Any, _base: str) -> None:
    if not isinstance(node, dict):
        return
    start, end = node.get("start"), node.get("end")
    first = date_range(start) if isinstance(start, str) else None
    last = date_range(end) if isinstance(end, str) else None
    low = first[0] if first else BEGINNING
    high = last[1] if last else END
    if (first or last) and low <= high:
        out.dates.append(DateRow(code, low, high))


def _timing(out: IndexValues, code: str, node: Any, base: str) -> None:
    if not isinstance(node, dict):
        return
    events = node.get("event")
    for event in events if isinstance(events, list) else ():
        _date(out, code, event, base)
    repeat = node.get("repeat")
    if isinstance(repeat, dict):
        _period(out, code, repeat.get("boundsPeriod"), base)


def _number(out: IndexValues, code: str, node: Any, _base: str) -> None:
    number = exact_number(node)
    if number is not None:
        out.numbers.append(NumberRow(code, number, number))


def _quantity(out: IndexValues, code: str, node: Any, _base: str) -> None:
    if not isinstance(node, dict):
        return
    value = exact_number(node.get("value"))
    if value is None:
        return
    comparator = node.get("comparator")
    low = None if comparator in ("<", "<=") else value
    high = None if comparator in (">", ">=") else value
    out.numbers.append(NumberRow(code, low, high, *_measure(node)))


def _range(out: IndexValues, code: str, node: Any, _base: str) -> None:
    if not isinstance(node, dict):
        return
    low, high = _side(node.get("low")), _side(node.get("high"))
    if low is not None and high is not None and low > high:
        return
    if low is not None or high is not None:
        measure = node["high"] if low is None else node["low"]
        out.numbers.append(NumberRow(code, low, high, *_measure(measure)))


def _side(quantity: Any) -> Decimal | None:
    return exact_number(quantity.get("value")) if isinstance(quantity, dict) else None


def _sampled(out: IndexValues, code: str, node: Any, base: str) -> None:
    if isinstance(node, dict):
        _quantity(out, code, node.get("origin"), base)


def _money(out: IndexValues, code: str, node: Any, _base: str) -> None:
    value = _side(node)
    if value is not None:
        currency = _text(node.get("currency"))
        out.numbers.append(NumberRow(code, value, value, _CURRENCIES, currency, currency))


def _measure(quantity: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    return _text(quantity.get("system")), _text(quantity.get("code")), _text(quantity.get("unit"))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


DATES: Mapping[str, Converter] = {
    "date": _date,
    "dateTime": _date,
    "instant": _date,
    "Period": _period,
    "Timing": _timing,
}

NUMBERS: Mapping[str, Converter] = dict.fromkeys(
    ("decimal", "integer", "positiveInt", "unsignedInt"), _number
)

QUANTITIES: Mapping[str, Converter] = {
    **dict.fromkeys(("Quantity", "Age", "Count", "Distance", "Duration"), _quantity),
    "Range": _range,
    "SampledData": _sampled,
    "Money": _money,
}
