"""What I choose: who may see what, and what comes first.

Source: fhir_profiles/StructureDefinition/sharing-choice.json, priorities.json
"""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.fhir.labels import CONFIDENTIALITY
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, text
from app.what_matters.attainment import LOINC
from app.what_matters.language import Say
from app.what_matters.mapping.codes import codings, says
from app.what_matters.mapping.kind import Kind
from app.what_matters.mapping.parts import Part, each, fields, plain, put, word
from app.what_matters.mapping.who import everyone, id_of, who, who_of
from app.what_matters.shapes.notes import NOTES, Note
from app.what_matters.shapes.words import Entry, Id, Moment, Shape, Who, Words, at_most_one
from app.what_matters.sharing_words import sentence

_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_TYPES = "http://hl7.org/fhir/resource-types"
_ROLE = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
            "code": "IRCP",
        }
    ]
}

Sort = Literal[
    "the-person",
    "supporters",
    "team",
    "goals",
    "told",
    "actions",
    "requests-for-help",
    "work-on-requests",
    "contacts",
    "messages",
    "answers",
    "priorities",
    "adjustments",
    "conditions",
]
TYPE_BY_SORT = {
    "the-person": "Patient",
    "supporters": "RelatedPerson",
    "team": "CareTeam",
    "goals": "Goal",
    "told": "Observation",
    "actions": "CarePlan",
    "requests-for-help": "ServiceRequest",
    "work-on-requests": "Task",
    "contacts": "Encounter",
    "messages": "Communication",
    "answers": "QuestionnaireResponse",
    "priorities": "List",
    "adjustments": "Flag",
    "conditions": "Condition",
}
_SORT_BY_TYPE = {type: sort for sort, type in TYPE_BY_SORT.items()}
Use = Literal["helping", "planning-help", "research", "public-health"]
_CODE_BY_USE = {
    "helping": "TREAT",
    "planning-help": "CAREMGT",
    "research": "HRESCH",
    "public-health": "PUBHLTH",
}
Privacy = Literal["usual", "restricted"]
State = Literal["thought-of", "first-draft", "stands", "taken-back", "not-agreed", "mistake"]
_STATUS_BY_STATE = {
    "thought-of": "proposed",
    "first-draft": "draft",
    "stands": "active",
    "taken-back": "inactive",
    "not-agreed": "rejected",
    "mistake": "entered-in-error",
}
_POLICY_BY_CHOICE = {"yes": ("permit", "OPTIN"), "no": ("deny", "OPTOUT")}


def _choice_read(tree: Json) -> Any:
    says_so = text(node_at(tree, "provision"), "type")
    return next((one for one, (type, _) in _POLICY_BY_CHOICE.items() if type == says_so), None)


def _choice_write(tree: Json, choice: Any) -> None:
    """A yes or a no stands in two places, which say the same."""
    type, policy = _POLICY_BY_CHOICE[choice] if choice else (None, None)
    put(tree, "provision.type", type)
    coding = [{"system": _ACT, "code": policy}]
    put(tree, "policyRule", {"coding": coding} if policy else None)


def _actor_read(actor: Json) -> Any:
    return who_of(actor.get("reference"))


def _actor_write(actor: Json, told: Any) -> None:
    who("reference").write(actor, told)
    put(actor, "role", _ROLE if told else None)


def _entry_read(data: Json) -> Any:
    reference = node_at(data, "reference")
    type, _, id = str(reference.get("reference", "")).partition("/")
    known = set(reference) == {"reference"} and type in _SORT_BY_TYPE and id
    return {"sort": _SORT_BY_TYPE[type], "id": id} if known else None


def _entry_write(data: Json, entry: Any) -> None:
    link = {"reference": f"{TYPE_BY_SORT[entry['sort']]}/{entry['id']}"} if entry else None
    put(data, "meaning", "instance" if entry else None)
    put(data, "reference", link)


class Chosen(Shape):
    """One entry that a choice is about."""

    sort: Sort
    id: Id


class SharingChoice(Entry):
    """One choice about who may see what."""

    choice: Annotated[Literal["yes", "no"], Part("provision.type", _choice_read, _choice_write)] = (
        Field(description="Yes, they may see; or no, they may not.")
    )
    to: Annotated[list[Who], each("provision.actor", Part("", _actor_read, _actor_write))] = Field(
        min_length=1,
        description="Organisations or supporters, by id; or a team, for everyone on it.",
    )
    sorts: Annotated[list[Sort] | None, codings("provision.class", _TYPES, TYPE_BY_SORT)] = Field(
        None, description="Which sorts of entries; all, unless some are named."
    )
    entries: Annotated[
        list[Chosen] | None, each("provision.data", Part("", _entry_read, _entry_write))
    ] = Field(None, description="Single entries, by id.")
    how_private: Annotated[
        list[Privacy] | None,
        codings("provision.securityLabel", CONFIDENTIALITY, {"usual": "N", "restricted": "R"}),
    ] = None
    uses: Annotated[list[Use] | None, codings("provision.purpose", _REASON, _CODE_BY_USE)] = None
    first_day: Annotated[Moment | None, plain("provision.period.start")] = None
    last_day: Annotated[Moment | None, plain("provision.period.end")] = None
    when: Annotated[Moment | None, plain("dateTime")] = Field(
        None, description="When it was chosen; the present, unless another moment is named."
    )
    chosen_by: Annotated[list[Who] | None, everyone("performer")] = Field(
        None, description="Who chose; the person, unless somebody else is named."
    )
    state: Annotated[State, word(plain("status"), _STATUS_BY_STATE)] = "stands"


def _in_words(tree: Json, say: Say) -> str | None:
    told = {
        name: part.read(tree)
        for name, part in SHARING_CHOICES.parts.items()
        if name in ("choice", "to", "sorts", "entries", "uses", "first_day", "last_day", "state")
    }
    return sentence(told, say)


SHARING_CHOICES = Kind(
    name="sharing-choices",
    one="sharing choice",
    shape=SharingChoice,
    type="Consent",
    claim=lambda _: "sharing-choice",
    base={
        "scope": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/consentscope",
                    "code": "patient-privacy",
                }
            ]
        },
        "category": [{"coding": [{"system": _ACT, "code": "IDSCL"}]}],
    },
    query="_sort=-date",
    person="patient",
    rules={
        "wm-sharing-choice-3": (
            "to",
            "Restricted entries are shown by name: say yes to each of them, not to a team.",
        ),
        "wm-sharing-choice-4": ("to", "Name, by id, who is kept here."),
    },
    by_person=("chosen_by",),
    at="when",
    in_words=_in_words,
)


class Prior(Shape):
    """One of the things that matter most: a goal, or a statement."""

    goal: Id | None = None
    statement: Id | None = None

    @model_validator(mode="after")
    def _one(self) -> "Prior":
        if at_most_one(self, "goal", "statement") == 0:
            raise ValueError("Name a goal or a statement")
        return self


class Priorities(Entry):
    """What matters most to me, in order."""

    title: Annotated[Words, plain("title")] = "What matters most to me, in order"
    order: Annotated[
        list[Prior] | None,
        each("entry", fields(goal=id_of("item", "Goal"), statement=id_of("item", "Observation"))),
    ] = Field(None, description="The most important first. A change sends the whole order.")
    nothing_because: Annotated[Words | None, plain("emptyReason.text")] = Field(
        None, description="Why there is nothing in it."
    )
    ordered_by: Annotated[Who | None, who("source")] = Field(
        None, description="Who put it in order; the person, unless somebody else is named."
    )
    when: Annotated[Moment | None, plain("date")] = None
    state: Annotated[
        Literal["stands", "over", "mistake"],
        word(
            plain("status"), {"stands": "current", "over": "retired", "mistake": "entered-in-error"}
        ),
    ] = "stands"
    notes: Annotated[list[Note] | None, NOTES] = None


PRIORITIES = Kind(
    name="priorities",
    one="order of priorities",
    shape=Priorities,
    type="List",
    claim=lambda _: "priorities",
    base={
        "mode": "working",
        "code": {"coding": [{"system": LOINC, "code": "81340-2"}]},
        "orderedBy": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/list-order",
                    "code": "priority",
                }
            ]
        },
    },
    query=f"code={LOINC}|81340-2&_sort=-date",
    is_one=says("code", LOINC, "81340-2"),
    rules={
        "lst-1": ("nothing_because", "There is something in the order: leave this out."),
        "wm-priorities-1": (
            "order",
            "Put in at least one thing, or say in nothing_because why there is none.",
        ),
    },
    by_person=("ordered_by",),
    at="when",
)
