"""The types that fields of the plain API are made of.

Dates are as precise as they are known, as FHIR has them: https://hl7.org/fhir/R4/datatypes.html
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.fhir.labels import CONFIDENTIALITY, OURS
from app.fhir.resource_types import Json
from app.fhir.rule import text
from app.what_matters.mapping.parts import Part, converted, node
from app.what_matters.voice import voice_of

_DAY = r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"
_CLOCK = r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
DAY = f"^{_DAY}$"
WHOLE_DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
MOMENT = f"^{_DAY}({_CLOCK})?$"
ID = r"^[A-Za-z0-9\-.]{1,64}$"

LONGEST_WORDS = 10_000
Words = Annotated[
    str, Field(min_length=1, max_length=LONGEST_WORDS, pattern=r"\S", description="In words.")
]
Text = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]
Day = Annotated[
    str,
    Field(pattern=DAY, description="A day, or a month or year alone.", examples=["2026-03-05"]),
]
Moment = Annotated[
    str,
    Field(
        pattern=MOMENT,
        description="A moment with its time zone, or only the day, month or year.",
        examples=["2026-03-05T14:20:00Z"],
    ),
]
Id = Annotated[str, Field(pattern=ID, description="The id of an entry.")]
ZeroToTen = Annotated[int, Field(ge=0, le=10, strict=True)]
Whole = Annotated[int, Field(strict=True)]
YesOrNo = Annotated[bool, Field(strict=True)]


class Shape(BaseModel):
    """What may be said; a name that is not known is refused, as it would be lost."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)


def at_most_one(shape: BaseModel, *names: str) -> int:
    """How many of these fields are said. Raises ValueError for more than one."""
    said = sum(getattr(shape, name) is not None for name in names)
    if said > 1:
        raise ValueError(f"Send only one of {', '.join(names[:-1])} and {names[-1]}")
    return said


class Who(Shape):
    """Somebody: by kind and id, and the name to show; or by a name alone."""

    kind: (
        Literal[
            "person", "supporter", "worker", "worker-in-a-role", "organisation", "service", "team"
        ]
        | None
    ) = None
    id: Id | None = None
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")] | None = None

    @model_validator(mode="after")
    def _found(self) -> "Who":
        if (self.kind is None) != (self.id is None) or not (self.id or self.name):
            raise ValueError("Name somebody by kind and id together, or by a name alone")
        return self


def _own_words(tree: Json) -> bool | None:
    voice = voice_of(tree)
    return None if voice is None else voice.is_own


# Told of an entry besides what may be said of it: whether the person is among those who said it.
OWN_WORDS: Mapping[str, tuple[Any, Callable[[Json], Any]]] = {"own_words": (bool, _own_words)}

KeptFrom = Literal["restricted", "just-us", "hidden-from-supporters", "hidden-from-the-person"]

_CODING_BY_WORD: dict[str, Json] = {
    "restricted": {"system": CONFIDENTIALITY, "code": "R"},
    **{
        one: {"system": OURS, "code": one}
        for one in ("just-us", "hidden-from-supporters", "hidden-from-the-person")
    },
}


def _labels(value: object) -> list[str] | None:
    codings = value if isinstance(value, list) else []
    words = {(c["system"], c["code"]): word for word, c in _CODING_BY_WORD.items()}
    told = [
        words.get((text(c, "system"), text(c, "code"))) if isinstance(c, dict) else None
        for c in codings
    ]
    return [one for one in told if one] if told and None not in told else None


LABELS: Part = converted(
    node("meta.security"), _labels, lambda words: [_CODING_BY_WORD[one] for one in words] or None
)


class Entry(Shape):
    """What may be said of any entry."""

    kept_from: Annotated[list[KeptFrom] | None, LABELS] = Field(
        None,
        description="Labels that keep it from some people: docs/access.md says from whom each.",
    )
