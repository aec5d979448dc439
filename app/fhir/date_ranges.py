"""Dates and times, partial or whole, as the inclusive UTC instants they span.

A date or time without a zone is taken as UTC. An instant past the years 1 to 9999 is drawn in.

Spec: https://hl7.org/fhir/R4/search.html#date, https://hl7.org/fhir/R4/datatypes.html#dateTime
"""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from app.fhir.indexed import BEGINNING, END

DateRange: TypeAlias = tuple[datetime, datetime]

_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_LAST_MOMENT = timedelta(microseconds=1)
_DAY = timedelta(days=1) - _LAST_MOMENT
_MINUTE = timedelta(minutes=1) - _LAST_MOMENT


def date_range(text: str) -> DateRange | None:
    """The first and the last instant of a date, dateTime or instant; None for anything else.

    "2026-03" spans the month to its last microsecond; a second, or its fraction, what it states.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        if hour is None:
            return _days(int(year), month, day)
        start = datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=UTC)
        offset = _offset(zone)
    except ValueError:
        return None
    if second is None:
        return _shifted(start, timedelta(), _MINUTE, offset)
    if int(second) > 60:
        return None
    # Second 60 is a leap second, which FHIR allows; it counts as the start of the next minute.
    within, span = _seconds(int(second), fraction)
    return _shifted(start, within, span, offset)


def _days(year: int, month: str | None, day: str | None) -> DateRange:
    if day is not None:
        start = datetime(year, int(month or 1), int(day), tzinfo=UTC)
        return start, start + _DAY
    first, last = (1, 12) if month is None else (int(month), int(month))
    start = datetime(year, first, 1, tzinfo=UTC)
    return start, datetime(year, last, monthrange(year, last)[1], tzinfo=UTC) + _DAY


def _seconds(second: int, fraction: str | None) -> tuple[timedelta, timedelta]:
    if fraction is None:
        return timedelta(seconds=second), timedelta(seconds=1) - _LAST_MOMENT
    digits = fraction[:6]
    within = timedelta(seconds=second, microseconds=int(digits.ljust(6, "0")))
    return within, timedelta(microseconds=10 ** (6 - len(digits)) - 1)


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise ValueError("no place on earth keeps this zone")
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == "-" else offset


def _shifted(start: datetime, within: timedelta, span: timedelta, offset: timedelta) -> DateRange:
    return _added(start, within - offset), _added(start, within - offset + span)


def _added(start: datetime, by: timedelta) -> datetime:
    try:
        return start + by
    except OverflowError:
        return BEGINNING if by < timedelta() else END
