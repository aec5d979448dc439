"""Whose figures are asked for, and of which days.

Source: docs/api.md
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from app.what_matters.likeness import is_whole
from app.what_matters.shapes.words import WHOLE_DAY, Id, Shape

MOST_PEOPLE = 200


def _there_is(day: str) -> str:
    if not is_whole(day):
        raise ValueError("There is no such day")
    return day


WholeDay = Annotated[
    str,
    Field(
        pattern=WHOLE_DAY,
        description="A whole day, in the place's own time.",
        examples=["2026-03-05"],
        json_schema_extra={"format": "date"},
    ),
    AfterValidator(_there_is),
]


class OfPeople(Shape):
    """Whose figures, and of which days: from the first to the last, both counted."""

    people: list[Id] = Field(
        min_length=1,
        max_length=MOST_PEOPLE,
        description="Their ids. Whoever is named twice counts once.",
    )
    from_: WholeDay = Field(alias="from")
    to: WholeDay
