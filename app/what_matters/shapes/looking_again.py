"""When the person wants to look at something again: on a day, after a time, or in their words.

Source: fhir_profiles/StructureDefinition/review-on.json
"""

from typing import Annotated, Any

from pydantic import Field, model_validator

from app.fhir.resource_types import Json
from app.what_matters.mapping.parts import converted, extension, fields, node, plain
from app.what_matters.review import REVIEW_ON, UCUM
from app.what_matters.shapes.words import Day, Shape, Words, at_most_one

_IN_DAYS: Json = {"unit": "days", "system": UCUM, "code": "d"}


class Review(Shape):
    """When to look again: on a day, after so many days in which nobody looked, or in words."""

    day: Day | None = None
    after_days: Annotated[int, Field(ge=1, le=3_650, strict=True)] | None = Field(
        None, description="After so many days in which nobody looked at it."
    )
    words: Words | None = None

    @model_validator(mode="after")
    def _one(self) -> "Review":
        if not at_most_one(self, "day", "after_days", "words"):
            raise ValueError("Send one of day, after_days and words")
        return self


def _days(duration: Any) -> Any:
    """A number of whole days; None for any other time, which has no plain word."""
    days = duration.get("value") if isinstance(duration, dict) else None
    return days if type(days) is int and duration == {**_IN_DAYS, "value": days} else None


REVIEW = extension(
    REVIEW_ON,
    fields(
        day=plain("valueDate"),
        after_days=converted(
            node("valueDuration"), _days, lambda days: {"value": days, **_IN_DAYS}
        ),
        words=plain("valueString"),
    ),
)
