"""When somebody comes of an age, and when that is looked at: leap days, dates in part, London."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.settings import Settings
from app.what_matters.supporter_reviews import Review, due, looked_at_from, reviews_of, turns

LONDON = ZoneInfo("Europe/London")
AT_11, AT_16 = Review(11, 90, "keep"), Review(16, 90, "pause")
BOTH = (AT_11, AT_16)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("born", "age", "when"),
    [
        ("2010-01-15", 16, "2026-01-15T00:00"),
        ("2010-06-15", 16, "2026-06-14T23:00"),  # summer time begins the day an hour earlier
        ("2010-03-29", 16, "2026-03-29T00:00"),  # the clocks go forward that night
        ("2010-10-25", 16, "2026-10-24T23:00"),  # and back
        ("2012-02-29", 11, "2023-03-01T00:00"),  # no such day in 2023
        ("2012-02-29", 16, "2028-02-29T00:00"),
        ("2084-02-29", 16, "2100-03-01T00:00"),
        ("2010-06", 16, "2026-05-31T23:00"),
        ("2010", 16, "2026-01-01T00:00"),
    ],
)
def test_somebody_is_of_an_age_from_the_start_of_the_day(born: str, age: int, when: str) -> None:
    assert turns(born, age, LONDON) == at(when)


@pytest.mark.parametrize("born", ["", "2010-13-01", "2011-02-29", "10-01-01", "soon", "9999-01-01"])
def test_what_is_no_date_comes_of_no_age(born: str) -> None:
    assert turns(born, 16, LONDON) is None
    assert due(BOTH, born, at("2026-01-01T00:00"), LONDON) is None


def test_a_look_is_asked_for_so_many_days_before_and_not_a_moment_earlier() -> None:
    turning = turns("2010-06-15", 16, LONDON)
    assert turning is not None
    begins = looked_at_from(turning, AT_16, LONDON)
    assert begins == at("2026-03-17T00:00"), "ninety days before, in winter time"
    assert due((AT_16,), "2010-06-15", begins - timedelta(microseconds=1), LONDON) is None
    assert due((AT_16,), "2010-06-15", begins, LONDON) == (AT_16, turning)


def test_of_two_ages_that_were_passed_the_higher_alone_is_looked_at() -> None:
    assert due(BOTH, "2012-01-01", at("2026-01-01T00:00"), LONDON) == (
        AT_11,
        turns("2012-01-01", 11, LONDON),
    )
    found = due(BOTH, "2009-01-01", at("2026-01-01T00:00"), LONDON)
    assert found is not None
    assert found[0] is AT_16


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.integers(0, 99))
def test_a_birthday_is_the_same_day_of_the_year_or_the_first_of_march(born: date, age: int) -> None:
    turning = turns(born.isoformat(), age, LONDON)
    assert turning is not None
    there = turning.astimezone(LONDON)
    assert (there.hour, there.minute, there.year) == (0, 0, born.year + age)
    is_leap_day = (born.month, born.day) == (2, 29)
    assert (there.month, there.day) == (born.month, born.day) or (
        is_leap_day and (there.month, there.day) == (3, 1)
    )


@given(st.integers(1900, 2100), st.integers(1, 12), st.integers(1, 28), st.integers(0, 99))
def test_a_date_in_part_comes_of_age_no_later_than_any_day_it_may_be(
    year: int, month: int, day: int, age: int
) -> None:
    whole = turns(f"{year}-{month:02}-{day:02}", age, LONDON)
    for part in (f"{year}", f"{year}-{month:02}"):
        first = turns(part, age, LONDON)
        assert first is not None
        assert whole is not None
        assert first <= whole


def test_reviews_are_read_from_words_the_youngest_first() -> None:
    assert reviews_of("16/90/pause 11/90/keep") == BOTH
    assert reviews_of("") == ()
    assert reviews_of(Settings.model_fields["supporter_reviews"].default) == BOTH


@pytest.mark.parametrize(
    "text", ["16", "16/90", "16/90/stop", "16/90/keep 16/30/pause", "a/1/keep"]
)
def test_reviews_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"like 16/90/pause"):
        reviews_of(text)
