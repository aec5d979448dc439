"""What to do differently for somebody, such as reasonable adjustments.

Spec: https://hl7.org/fhir/R4/flag.html
"""

from typing import Annotated, Literal

from pydantic import Field

from app.what_matters.mapping.kind import Kind
from app.what_matters.mapping.parts import only, plain, word
from app.what_matters.mapping.who import who
from app.what_matters.shapes.words import OWN_WORDS, Entry, Moment, Who, Words


class Adjustment(Entry):
    """Something to do differently, so that I can be helped as well as anybody."""

    words: Annotated[Words, plain("code.text")] = Field(
        description="What to do.", examples=["Sit on my right side and let me see your face."]
    )
    sort: Annotated[Words, only("category", plain("text"))] = "Reasonable adjustment"
    said_by: Annotated[Who | None, who("author")] = Field(
        None, description="Who said so; the person, unless somebody else is named."
    )
    first_day: Annotated[Moment | None, plain("period.start")] = None
    last_day: Annotated[Moment | None, plain("period.end")] = None
    state: Annotated[
        Literal["stands", "over", "mistake"],
        word(
            plain("status"), {"stands": "active", "over": "inactive", "mistake": "entered-in-error"}
        ),
    ] = "stands"


ADJUSTMENTS = Kind(
    name="adjustments",
    one="adjustment",
    shape=Adjustment,
    type="Flag",
    claim=lambda _: None,
    base={},
    query="_sort=-date",
    by_person=("said_by",),
    beside=OWN_WORDS,
)
