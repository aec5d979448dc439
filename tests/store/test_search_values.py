"""Single values against single rows, where the edges of a comparison show."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.fhir.indexed import BEGINNING, END, DateRow, IndexValues, NumberRow, StringRow
from app.fhir.search_query import (
    Clause,
    DateValue,
    Match,
    MissingValue,
    NumberValue,
    Query,
    ReferenceValue,
    StringValue,
    TokenValue,
    UriValue,
)
from app.fhir.search_text import entry
from app.store.search_string import after_prefix
from tests.store.search_queries_by_chance import the
from tests.store.search_world import NOW, Bench, Stored


def finds(bench: Bench, row: Stored, *clauses: Clause) -> bool:
    with bench.holding([row]):
        return bool(bench.search(Query((row.type,), clauses)).rows)


def observation(*tokens: str, index: IndexValues | None = None) -> Stored:
    return Stored("p1", "Observation", "b1", tokens, index or IndexValues())


def day(number: int, month: int = 1) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


WHOLE_DAY = timedelta(days=1) - timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("prefix", "low", "high", "found"),
    [
        ("eq", day(2), day(2) + WHOLE_DAY, True),
        ("eq", day(2), day(3), False),
        ("ne", day(2), day(3), True),
        ("gt", day(2), day(2) + WHOLE_DAY, False),
        ("gt", day(2), day(3), True),
        ("lt", day(2), day(2), False),
        ("lt", day(1), day(9), True),
        ("ge", day(2), day(2) + WHOLE_DAY, True),
        ("ge", day(1), day(2) + WHOLE_DAY, False),
        ("ge", day(1), END, True),
        ("le", day(2), day(2) + WHOLE_DAY, True),
        ("le", day(2), day(4), False),
        ("le", BEGINNING, day(9), True),
        ("sa", day(2) + WHOLE_DAY, day(9), False),
        ("sa", day(3), day(3), True),
        ("eb", day(1), day(2), False),
        ("eb", BEGINNING, day(1), True),
    ],
)
def test_a_date_compares_as_two_spans(
    bench: Bench, prefix: str, low: datetime, high: datetime, found: bool
) -> None:
    row = observation(index=IndexValues(dates=[DateRow("date", low, high)]))
    asked = DateValue(prefix, day(2), day(2) + WHOLE_DAY)
    assert finds(bench, row, Match(the("Observation", "date"), None, (asked,))) is found


@pytest.mark.parametrize(("days_off", "found"), [(-4, True), (-5, False), (4, True), (5, False)])
def test_about_a_date_reaches_a_tenth_of_the_way_to_now(
    bench: Bench, days_off: int, found: bool
) -> None:
    asked = DateValue("ap", NOW - timedelta(days=45), NOW - timedelta(days=45))
    held = asked.low + timedelta(days=days_off)
    row = observation(index=IndexValues(dates=[DateRow("date", held, held)]))
    assert finds(bench, row, Match(the("Observation", "date"), None, (asked,))) is found


@pytest.mark.parametrize("prefix", ["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"])
def test_the_first_and_last_instants_can_be_asked_for(bench: Bench, prefix: str) -> None:
    row = observation(index=IndexValues(dates=[DateRow("date", BEGINNING, END)]))
    asked = DateValue(prefix, BEGINNING, END)
    found = finds(bench, row, Match(the("Observation", "date"), None, (asked,)))
    assert found is (prefix in ("eq", "ge", "le", "ap"))


def test_two_ends_of_a_range_may_be_met_by_two_dates(bench: Bench) -> None:
    dates = [DateRow("date", day(1), day(1)), DateRow("date", day(9), day(9))]
    searched = the("Observation", "date")
    after = Match(searched, None, (DateValue("gt", day(5), day(5)),))
    before = Match(searched, None, (DateValue("lt", day(3), day(3)),))
    assert finds(bench, observation(index=IndexValues(dates=dates)), after, before)
    assert not finds(bench, observation(index=IndexValues(dates=dates[:1])), after, before)


def number(prefix: str, digits: str, half: str, unit: tuple[str | None, str | None]) -> NumberValue:
    value, off = Decimal(digits), Decimal(half)
    return NumberValue(prefix, value, value - off, value + off, *unit)


ANY = (None, None)


@pytest.mark.parametrize(
    ("asked", "low", "high", "found"),
    [
        (number("eq", "100", "0.5", ANY), "99.5", "99.5", True),
        (number("eq", "100", "0.5", ANY), "100.5", "100.5", False),
        (number("eq", "7", "0", ANY), "7.0", "7.0", True),
        (number("ne", "100", "0.5", ANY), None, "100", True),
        (number("gt", "100", "0.5", ANY), "100", "100", False),
        (number("gt", "100", "0.5", ANY), "1", None, True),
        (number("lt", "100", "0.5", ANY), "99.9", "200", True),
        (number("lt", "100", "0.5", ANY), None, "200", True),
        (number("ge", "100", "0.5", ANY), "100", "100", True),
        (number("ge", "100", "0.5", ANY), "99.9", "99.9", False),
        (number("le", "100", "0.5", ANY), "100.1", "100.1", False),
        (number("sa", "100", "0.5", ANY), None, "200", False),
        (number("sa", "100", "0.5", ANY), "100.1", None, True),
        (number("eb", "100", "0.5", ANY), "1", None, False),
        (number("eb", "100", "0.5", ANY), "1", "99", True),
        (number("ap", "-100", "0.5", ANY), "-110", "-110", True),
        (number("ap", "-100", "0.5", ANY), "-111", "-111", False),
        (number("ap", "0", "0.5", ANY), "0.4", "0.4", True),
    ],
)
def test_a_number_compares_as_two_ranges(
    bench: Bench, asked: NumberValue, low: str | None, high: str | None, found: bool
) -> None:
    start, end = (None if side is None else Decimal(side) for side in (low, high))
    row = observation(index=IndexValues(numbers=[NumberRow("value-quantity", start, end)]))
    assert finds(bench, row, Match(the("Observation", "value-quantity"), None, (asked,))) is found


@pytest.mark.parametrize(
    ("unit", "found"),
    [
        (("http://u", "kg"), True),
        (("http://u", None), True),
        (("http://v", "kg"), False),
        (("http://u", "kilogram"), False),
        ((None, "kg"), True),
        (("", "kilogram"), True),
        (("", "g"), False),
    ],
)
def test_a_unit_alone_is_the_code_or_what_people_read(
    bench: Bench, unit: tuple[str | None, str | None], found: bool
) -> None:
    one = Decimal(1)
    rows = [NumberRow("value-quantity", one, one, "http://u", "kg", "kilogram")]
    clause = Match(the("Observation", "value-quantity"), None, (number("eq", "1", "0.5", unit),))
    assert finds(bench, observation(index=IndexValues(numbers=rows)), clause) is found


@pytest.mark.parametrize(
    ("modifier", "exact", "normalised", "found"),
    [
        (None, "ÉLO", "elo", True),
        (None, "elodie m", "elodie m", False),
        (None, "%", "%", False),
        (None, "", "", True),
        ("exact", "Élodie", "elodie", True),
        ("exact", "elodie", "elodie", False),
        ("contains", "Lod", "lod", True),
        ("contains", "_od", "_od", False),
    ],
)
def test_a_string_is_found_by_its_start_its_whole_or_a_part(
    bench: Bench, modifier: str | None, exact: str, normalised: str, found: bool
) -> None:
    index = IndexValues(strings=[StringRow("name", "elodie", "Élodie")])
    row = Stored("p1", "Patient", "p1", (), index)
    clause = Match(the("Patient", "name"), modifier, (StringValue(exact, normalised),))
    assert finds(bench, row, clause) is found


@pytest.mark.parametrize("prefix", ["a", "a\ud7ff", "\U0010ffff", "b\U0010ffff\U0010ffff", "\x7f"])
def test_what_starts_with_a_prefix_lies_before_the_text_after_it(prefix: str) -> None:
    after = after_prefix(prefix)
    started = (prefix + "\U0010ffff\U0010ffff").encode()
    assert after is None or prefix.encode() <= started < after.encode()
    assert (after is None) == (prefix == "\U0010ffff")


def test_a_bare_id_that_may_name_a_group_is_not_taken_for_a_person(bench: Bench) -> None:
    in_group = observation("subject=Group/x")
    clause = Match(the("Observation", "subject"), None, (ReferenceValue(None, "x"),))
    assert finds(bench, observation("subject=Location/x"), clause)
    assert not finds(
        bench, in_group, Match(clause.parameter, None, (ReferenceValue("Patient", "x"),))
    )


def test_a_reference_by_identifier_alone_is_not_missing(bench: Bench) -> None:
    row = observation("focus:identifier=http://s|1", "focus:identifier=1")
    searched = the("Observation", "focus")
    assert finds(bench, row, Match(searched, "missing", (MissingValue(False),)))
    assert finds(bench, row, Match(searched, "identifier", (TokenValue("http://s", "1"),)))
    assert not finds(bench, row, Match(searched, "identifier", (TokenValue("http://t", "1"),)))


def test_a_concept_with_text_alone_is_not_missing(bench: Bench) -> None:
    row = observation(index=IndexValues(strings=[StringRow("code:text", "sleep", "Sleep")]))
    assert not finds(
        bench, row, Match(the("Observation", "code"), "missing", (MissingValue(True),))
    )


def test_not_a_code_holds_for_rows_without_any(bench: Bench) -> None:
    asked = Match(the("Observation", "code"), "not", (TokenValue(None, "a"),))
    assert finds(bench, observation(), asked)
    assert finds(bench, observation("code=|b", "code=b"), asked)
    assert not finds(bench, observation("code=|b", "code=b", "code=|a", "code=a"), asked)


def test_a_canonical_reference_is_found_by_its_url(bench: Bench) -> None:
    tokens = ("questionnaire=http://q", "questionnaire=http://q|2")
    row = Stored("p1", "QuestionnaireResponse", "r1", tokens)
    searched = the("QuestionnaireResponse", "questionnaire")
    for value in (UriValue("http://q"), ReferenceValue(None, None, "http://q|2")):
        assert finds(bench, row, Match(searched, None, (value,)))
    assert not finds(bench, row, Match(searched, None, (UriValue("http://q|1"),)))


def test_a_very_long_token_is_found_by_its_digest(bench: Bench) -> None:
    long = "x" * 600
    row = observation(entry("code", f"http://s|{long}"))
    asked = Match(the("Observation", "code"), None, (TokenValue("http://s", long),))
    assert finds(bench, row, asked)
