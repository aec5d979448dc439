"""A time that is measured: whole days in the place's own time, and when in it something was told.

Source: https://hl7.org/fhir/us/pco/ (the parameters of its measures)
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from app.errors import Invalid, Issue
from app.fhir.date_ranges import date_range
from app.what_matters.likeness import is_whole


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which follow-up counts: weeks from the day a goal began, both ends counted."""

    from_weeks: int = 2
    to_weeks: int = 26


@dataclass(frozen=True, slots=True)
class Period:
    """The time that is measured, from the first day to the last.

    Raises Invalid when it ends before it begins, and for a window that does.
    """

    first: date
    last: date
    zone: tzinfo
    window: Window = Window()

    def __post_init__(self) -> None:
        faults = []
        if self.last < self.first:
            faults.append(Issue("value", "The last day is before the first.", "period.last"))
        if not 0 <= self.window.from_weeks <= self.window.to_weeks:
            said = "The time for follow-up ends before it begins."
            faults.append(Issue("value", said, "period.window"))
        if faults:
            raise Invalid(faults)

    def moment(self, written: str | None) -> datetime | None:
        """The moment that a date says, where it is in the period; a day stands for its beginning.
        A month or a year is too little to tell, and None."""
        when = self._moment(written or "")
        if when is None or when < self._midnight(self.first):
            return None
        return when if when < self._midnight(_after(self.last, 1)) else None

    def follow_up(self, began: date) -> tuple[datetime, datetime]:
        """From when until when a score follows up what began on a day."""
        first, last = self.window.from_weeks, self.window.to_weeks
        return self._midnight(_after(began, 7 * first)), self._midnight(_after(began, 7 * last))

    def _moment(self, written: str) -> datetime | None:
        if is_whole(written):
            return self._midnight(date.fromisoformat(written))
        span = date_range(written) if "T" in written else None
        return None if span is None else span[0]

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone)


def _after(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max
