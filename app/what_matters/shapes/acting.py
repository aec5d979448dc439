"""Whoever acts, says or is asked, by kind and id: a name alone could not be held to it.

Spec: https://hl7.org/fhir/R4/references.html
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.what_matters.shapes.words import Id, Shape


class _OfAKind(Shape):
    """Somebody whose kind counts as said, also where it is left out."""

    @model_validator(mode="after")
    def _say_kind(self) -> "_OfAKind":
        self.model_fields_set.add("kind")
        return self


class Worker(_OfAKind):
    """Somebody who works for whoever signs in."""

    kind: Literal["worker"] = "worker"
    id: Id


class Sayer(Shape):
    """Somebody whose words it is: the person, who helps them, or a worker."""

    kind: Literal["person", "supporter", "worker"]
    id: Id


class Helper(_OfAKind):
    """Somebody who can be asked to help, and answer by their own sign-in."""

    kind: Literal["organisation", "supporter"] = "organisation"
    id: Id
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")] | None = None
