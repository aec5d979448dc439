"""How often something happens again, such as every 30 days, or each week on Monday and Thursday.

Spec: https://hl7.org/fhir/R4/datatypes.html#Timing
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError

from app.fhir.resource_types import Json
from app.what_matters.mapping.parts import Part, converted, fields, node, object_at, plain, word
from app.what_matters.shapes.words import Moment, Shape

Unit = Literal["seconds", "minutes", "hours", "days", "weeks", "months", "years"]
_CODE_BY_UNIT = {
    "seconds": "s",
    "minutes": "min",
    "hours": "h",
    "days": "d",
    "weeks": "wk",
    "months": "mo",
    "years": "a",
}
WeekDay = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_DAYS: tuple[str, ...] = get_args(WeekDay)
HOUR = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
Hour = Annotated[str, Field(pattern=HOUR, examples=["10:30"])]
AtLeastOne = Annotated[int, Field(ge=1, strict=True)]


class Every(Shape):
    """How often it happens again: every 30 days is a `count` of 30, and the `unit` `days`."""

    count: AtLeastOne
    unit: Unit
    times: AtLeastOne | None = Field(
        None, description="How many times within that; once, unless it is said."
    )
    on: list[WeekDay] | None = Field(None, description="On which days of the week.")
    at: list[Hour] | None = Field(None, description="At which hours of the day.")
    first_day: Moment | None = None
    last_day: Moment | None = None


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


_TIMING = fields(
    count=plain("repeat.period"),
    unit=word(plain("repeat.periodUnit"), _CODE_BY_UNIT),
    times=plain("repeat.frequency"),
    on=converted(
        node("repeat.dayOfWeek"),
        lambda codes: [day for code in _texts(codes) for day in _DAYS if day[:3] == code] or None,
        lambda days: [day[:3] for day in days],
    ),
    at=converted(
        node("repeat.timeOfDay"),
        lambda times: [one.removesuffix(":00") for one in _texts(times)] or None,
        lambda hours: [f"{one}:00" for one in hours],
    ),
    first_day=plain("repeat.boundsPeriod.start"),
    last_day=plain("repeat.boundsPeriod.end"),
)


def often(path: str) -> Part:
    """A Timing that says this and no more; any other has no plain word."""
    return object_at(path, Part("", _read, _TIMING.write))


def _read(timing: Json) -> Any:
    told = _TIMING.read(timing)
    again: Json = {}
    _TIMING.write(again, told)
    if again != timing:
        return None
    try:
        Every.model_validate(told)
    except ValidationError:
        return None
    return told
