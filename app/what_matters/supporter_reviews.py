"""When a child has come so far that somebody looks at who acts for them, and what is done if nobody
did. Pure: dates in, moments out.

A person attains an age at the start of the day: https://www.legislation.gov.uk/ukpga/1969/46/section/9
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

from msgspec import Struct

from app.errors import Invalid, Issue

_WORD = re.compile(r"([0-9]{1,2})/([0-9]{1,3})/(keep|pause)")
_BORN = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)


class Review(Struct, frozen=True):
    """A look at who acts for somebody who comes of this age, so many days before; and what happens
    to their access on the day if nobody agreed to it."""

    age: int
    days_before: int
    unless_agreed: Literal["keep", "pause"]


def reviews_of(text: str) -> tuple[Review, ...]:
    """Read from words like 16/90/pause, the youngest first. Raises Invalid."""
    found: dict[int, Review] = {}
    for word in text.split():
        match = _WORD.fullmatch(word)
        if match is None or int(match[1]) in found:
            said = (
                "WHATMATTERS_SUPPORTER_REVIEWS is written like 16/90/pause: the age, how many days "
                "before it is looked at, and pause or keep, each age once. Leave it empty for none."
            )
            raise Invalid([Issue("value", said)])
        kind: Literal["keep", "pause"] = "pause" if match[3] == "pause" else "keep"
        found[int(match[1])] = Review(int(match[1]), int(match[2]), kind)
    return tuple(found[age] for age in sorted(found))


def turns(born: str, age: int, zone: tzinfo) -> datetime | None:
    """The moment at which somebody may first be of this age; None for what is no date.

    born: a FHIR date; of a year or a month alone, the first day that it may have been. Whoever was
    born on 29 February turns on 1 March where there is no such day.
    """
    match = _BORN.fullmatch(born)
    if match is None:
        return None
    year, month, day = (int(one) if one else 1 for one in match.groups())
    try:
        date(year, month, day)
        try:
            then = date(year + age, month, day)
        except ValueError:
            then = date(year + age, 3, 1)
    except ValueError:
        return None
    return datetime.combine(then, time(), zone).astimezone(UTC)


def looked_at_from(turning: datetime, review: Review, zone: tzinfo) -> datetime:
    """When the look is asked for: so many days before, at the start of the day."""
    day = turning.astimezone(zone).date() - timedelta(days=review.days_before)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def due(
    reviews: Iterable[Review], born: str, now: datetime, zone: tzinfo
) -> tuple[Review, datetime] | None:
    """The review of the highest age that is to be asked for by now, and when that age is reached.
    Those of lower ages are not made up for."""
    found = None
    for review in reviews:
        turning = turns(born, review.age, zone)
        if turning is not None and looked_at_from(turning, review, zone) <= now:
            found = (review, turning)
    return found
