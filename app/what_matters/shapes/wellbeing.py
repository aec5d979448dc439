"""How I am: the four questions of the Office for National Statistics, each by itself.

Source: fhir_profiles/StructureDefinition/wellbeing.json
"""

from typing import Annotated, Any

from pydantic import Field

from app.fhir.resource_types import Json
from app.fhir.rule import has_coding, nodes
from app.what_matters.mapping.codes import says
from app.what_matters.mapping.kind import Kind
from app.what_matters.mapping.parts import Part, put
from app.what_matters.shapes.told import SURVEY, Told
from app.what_matters.shapes.words import ZeroToTen
from app.what_matters.wellbeing import WELLBEING as SYSTEM
from app.what_matters.wellbeing import Question, answers_of

_FOUR = "four-questions"
_TEXT_BY_QUESTION = {
    "satisfied": "Satisfied with life nowadays",
    "worthwhile": "Things done in life are worthwhile",
    "happy": "Happy yesterday",
    "anxious": "Anxious yesterday",
}
_ORDER = [one.value for one in Question]


def _place(component: Json) -> int:
    return next((n for n, one in enumerate(_ORDER) if _asks(component, one)), len(_ORDER))


def _asks(component: Json, question: str) -> bool:
    return has_coding(component, "code", SYSTEM, frozenset((question,)))


def _answer(question: str) -> Part:
    """The answer to one question, among the components; a new one takes its place in the order in
    which they are asked."""

    def read(tree: Json) -> Any:
        found = [one for one in nodes(tree, "component") if _asks(one, question)]
        return found[0].get("valueInteger") if len(found) == 1 else None

    def write(tree: Json, number: Any) -> None:
        components = list(nodes(tree, "component"))
        at = next((n for n, one in enumerate(components) if _asks(one, question)), None)
        if number is None:
            components = [one for one in components if not _asks(one, question)]
        elif at is not None:
            components[at] = {**components[at], "valueInteger": number}
        else:
            code = {"coding": [{"system": SYSTEM, "code": question}]}
            text = _TEXT_BY_QUESTION[question]
            components.append({"code": {**code, "text": text}, "valueInteger": number})
            components.sort(key=_place)
        put(tree, "component", components or None)

    return Part(f"component('{question}')", read, write)


class Wellbeing(Told):
    """How I am: at least one answer, from 0 to 10. The answers have no total."""

    satisfied: Annotated[ZeroToTen | None, _answer("satisfied")] = Field(
        None, description="How satisfied I am with my life nowadays."
    )
    worthwhile: Annotated[ZeroToTen | None, _answer("worthwhile")] = Field(
        None, description="How far the things I do in my life are worthwhile."
    )
    happy: Annotated[ZeroToTen | None, _answer("happy")] = Field(
        None, description="How happy I felt yesterday."
    )
    anxious: Annotated[ZeroToTen | None, _answer("anxious")] = Field(
        None, description="How anxious I felt yesterday; 0 is not at all."
    )


def _bands(tree: Json) -> dict[str, str] | None:
    bands = {one.question.value: one.band.value for one in answers_of(tree)}
    return {question: band.replace(" ", "-") for question, band in bands.items()} or None


WELLBEING = Kind(
    name="wellbeing",
    one="well-being entry",
    shape=Wellbeing,
    type="Observation",
    claim=lambda _: "wellbeing",
    base={
        "category": [SURVEY],
        "code": {"coding": [{"system": SYSTEM, "code": _FOUR}], "text": "How I am"},
    },
    query=f"code={SYSTEM}|{_FOUR}&_sort=-date",
    is_one=says("code", SYSTEM, _FOUR),
    rules={
        "wm-wellbeing-1": ("told_by", "Only the person can answer these questions."),
        "wellbeing#Observation.performer:reference": (
            "told_by",
            "Only the person can answer these questions.",
        ),
        "wellbeing#Observation.component:min": ("satisfied", "Give at least one answer."),
    },
    by_person=("told_by",),
    at="when",
    beside={"bands": (dict[str, str], _bands)},
)
