"""Notes beside an entry: who said what, and when.

Spec: https://hl7.org/fhir/R4/datatypes.html#Annotation
"""

from app.what_matters.mapping.parts import Part, each, fields, first_of, plain
from app.what_matters.mapping.who import who
from app.what_matters.shapes.words import Moment, Shape, Who, Words


class Note(Shape):
    """A note, and who wrote it."""

    words: Words
    by: Who | None = None
    at: Moment | None = None


def _name_alone() -> Part:
    name = plain("authorString")

    def write(tree: dict[str, object], value: object) -> None:
        name.write(tree, value["name"] if isinstance(value, dict) else None)

    return Part("authorString", lambda t: (n := name.read(t)) and {"name": n}, write)


def notes_at(path: str) -> Part:
    """Notes at a place of their own."""
    return each(
        path,
        fields(
            words=plain("text"),
            by=first_of(who("authorReference"), _name_alone()),
            at=plain("time"),
        ),
    )


NOTES: Part = notes_at("note")
