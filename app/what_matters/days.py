"""When something was, as it is said in a language: the months and their order, by CLDR.

Spec: https://hl7.org/fhir/R4/datatypes.html#dateTime, https://www.unicode.org/reports/tr35/
"""

from datetime import date, tzinfo
from functools import cache

from app.what_matters.language import Say, in_english
from app.what_matters.naming import moment_of

DAY = "{day} {month} {year}"
MONTH = "{month} {year}"
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def date_in_words(day: date, say: Say = in_english) -> str:
    """A day as it is said: "5 March 2026"."""
    pattern, _, months = _said(say)
    return pattern.format(day=day.day, month=months[day.month - 1], year=day.year)


def day_in_words(written: str, zone: tzinfo, say: Say = in_english) -> str:
    """A date as it is said: "5 March 2026", "March 2026" or "2026"; a moment by its day there."""
    moment = moment_of(written)
    if moment is None:
        return ""
    if "T" in written:
        moment = moment.astimezone(zone)
    if len(written) > 7:
        return date_in_words(moment, say)
    if len(written) > 4:
        _, pattern, months = _said(say)
        return pattern.format(month=months[moment.month - 1], year=moment.year)
    return str(moment.year)


@cache
def _said(say: Say) -> tuple[str, str, tuple[str, ...]]:
    """(of a day, of a month, the months), looked up once."""
    return say(DAY), say(MONTH), tuple(map(say, MONTHS))
