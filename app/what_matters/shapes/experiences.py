"""How it was to be helped: overall, why, whether I had to repeat myself, and my story.

Source: fhir_profiles/StructureDefinition/experience.json
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import nodes, text
from app.what_matters.experience import FRIENDS_AND_FAMILY, HOW_TRUE
from app.what_matters.mapping.codes import coded
from app.what_matters.mapping.kind import Kind
from app.what_matters.mapping.parts import Part, only, plain, put, word
from app.what_matters.mapping.who import id_of, who
from app.what_matters.shapes.words import OWN_WORDS, Entry, Id, Moment, Who, Words

_QUESTIONNAIRE = f"{BASE}/Questionnaire/experience"
_ORDER = ("overall", "why", "better", "told-once", "story")

Overall = Literal["very-good", "good", "neither", "poor", "very-poor", "dont-know"]
NotRepeated = Literal["true-for-me", "partly-true", "not-true", "not-sure"]
State = Literal["begun", "done", "changed", "stopped", "mistake"]
_CODE_BY_WORD: Mapping[str, str] = {
    "true-for-me": "true",
    "partly-true": "partly",
    "not-true": "not-true",
    "not-sure": "not-sure",
}
_STATUS_BY_STATE = {
    "begun": "in-progress",
    "done": "completed",
    "changed": "amended",
    "stopped": "stopped",
    "mistake": "entered-in-error",
}


def _answer(question: str, part: Part) -> Part:
    """The one answer to a question; a new one takes its place in the order of the questions."""
    answer = only("answer", part)

    def read(tree: Json) -> Any:
        found = [one for one in nodes(tree, "item") if one.get("linkId") == question]
        return answer.read(found[0]) if len(found) == 1 else None

    def write(tree: Json, value: Any) -> None:
        items = []
        for one in nodes(tree, "item"):
            if one.get("linkId") != question:
                items.append(one)
        if value is not None:
            item: Json = {"linkId": question}
            answer.write(item, value)
            items.append(item)
            items.sort(key=_place)
        put(tree, "item", items or None)

    return Part(f"item('{question}')", read, write)


def _place(item: Json) -> int:
    question = text(item, "linkId") or ""
    return _ORDER.index(question) if question in _ORDER else len(_ORDER)


class Experience(Entry):
    """How it was to be helped."""

    overall: Annotated[
        Overall | None,
        _answer(
            "overall",
            coded("valueCoding", FRIENDS_AND_FAMILY, {one: one for one in Overall.__args__}),
        ),
    ] = Field(None, description="Overall, how was your experience of our service?")
    why: Annotated[Words | None, _answer("why", plain("valueString"))] = None
    better: Annotated[Words | None, _answer("better", plain("valueString"))] = Field(
        None, description="What would have made it better."
    )
    not_repeated: Annotated[
        NotRepeated | None, _answer("told-once", coded("valueCoding", HOW_TRUE, _CODE_BY_WORD))
    ] = Field(None, description="I have not had to repeat myself.")
    story: Annotated[Words | None, _answer("story", plain("valueString"))] = None
    when: Annotated[Moment | None, plain("authored")] = Field(
        None, description="When it was told; the present, unless another moment is named."
    )
    told_by: Annotated[Who | None, who("source")] = Field(
        None, description="Whose experience it is; the person's, unless a supporter is named."
    )
    written_down_by: Annotated[Who | None, who("author")] = None
    at_contact: Annotated[Id | None, id_of("encounter", "Encounter")] = Field(
        None, description="The contact that it is about."
    )
    state: Annotated[State, word(plain("status"), _STATUS_BY_STATE)] = "done"


def is_experience(tree: Json) -> bool:
    """Whether the questions answered are ours, of whichever version."""
    return (text(tree, "questionnaire") or "").partition("|")[0] == _QUESTIONNAIRE


EXPERIENCES = Kind(
    name="experience",
    one="experience",
    shape=Experience,
    type="QuestionnaireResponse",
    claim=lambda _: "experience",
    base={"questionnaire": _QUESTIONNAIRE},
    query=f"questionnaire={_QUESTIONNAIRE}&_sort=-authored",
    is_one=is_experience,
    rules={
        "wm-experience-2": ("overall", "Say how it was overall, or that this is only begun."),
    },
    by_person=("told_by",),
    beside=OWN_WORDS,
    at="when",
)
