"""The people around somebody: the team, and supporters.

Source: fhir_profiles/StructureDefinition/supporter.json, https://hl7.org/fhir/R4/careteam.html
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.what_matters.mapping.kind import Kind
from app.what_matters.mapping.parts import (
    Part,
    concept,
    each,
    extension,
    fields,
    node,
    only,
    plain,
    word,
)
from app.what_matters.mapping.who import who
from app.what_matters.shapes.notes import NOTES, Note
from app.what_matters.shapes.words import Day, Entry, Moment, Shape, Who, Words
from app.what_matters.supporter import REASON, STATE

TeamState = Literal["thought-of", "active", "paused", "over", "mistake"]
_STATUS_BY_TEAM_STATE = {
    "thought-of": "proposed",
    "active": "active",
    "paused": "suspended",
    "over": "inactive",
    "mistake": "entered-in-error",
}


class Member(Shape):
    """One on the team: who, what they are to me, for which organisation, from when to when."""

    who: Who | None = None
    role: Words | None = None
    on_behalf_of: Who | None = None
    first_day: Moment | None = None
    last_day: Moment | None = None


_MEMBER = fields(
    who=who("member"),
    role=only("role", plain("text")),
    on_behalf_of=who("onBehalfOf"),
    first_day=plain("period.start"),
    last_day=plain("period.end"),
)


class Team(Entry):
    """The people helping me."""

    name: Annotated[Words | None, plain("name")] = None
    members: Annotated[list[Member] | None, each("participant", _MEMBER)] = None
    state: Annotated[TeamState, word(plain("status"), _STATUS_BY_TEAM_STATE)] = "active"
    first_day: Annotated[Moment | None, plain("period.start")] = None
    last_day: Annotated[Moment | None, plain("period.end")] = None
    notes: Annotated[list[Note] | None, NOTES] = None


TEAM = Kind(
    name="team",
    one="team",
    shape=Team,
    type="CareTeam",
    claim=lambda _: None,
    base={},
    query="_sort=-date",
    rules={"ctm-1": ("members", "Only a worker takes part on behalf of an organisation.")},
)

SupporterState = Literal["invited", "helping", "paused", "said-no", "ended"]
_CODE_BY_STATE = {
    "invited": "invited",
    "helping": "active",
    "paused": "paused",
    "said-no": "declined",
    "ended": "ended",
}
_UNWRITTEN = {True: "helping", False: "ended"}
Reason = Literal[
    "recorded",
    "invited-by-person",
    "invited-on-legal-ground",
    "accepted",
    "declined",
    "invitation-withdrawn",
    "invitation-expired",
    "person-asked-to-pause",
    "supporter-asked-to-pause",
    "person-asked-to-resume",
    "under-review",
    "review-agreed",
    "person-can-decide",
    "person-cannot-decide",
    "misuse",
    "person-asked-to-stop",
    "supporter-asked-to-stop",
    "ground-no-longer-holds",
    "person-has-died",
    "supporter-has-died",
    "end-date-reached",
    "entered-in-error",
]


def _of(url: str, system: str, code_by_word: Mapping[str, str]) -> Part:
    return extension(
        url, concept("valueCodeableConcept", f"{BASE}/CodeSystem/{system}", code_by_word)
    )


_STATE = _of(STATE, "supporter-state", _CODE_BY_STATE)
_REASON = _of(REASON, "supporter-state-reason", {one: one for one in get_args(Reason)})


def _state_read(tree: Json) -> Any:
    """Of old, no state was written down: then `active` alone tells."""
    active = tree.get("active")
    unwritten = _UNWRITTEN[active] if type(active) is bool else None
    return _STATE.read(tree) or unwritten


def _state_write(tree: Json, state: Any) -> None:
    plain("active").write(tree, None if state is None else state == "helping")
    written = state in _UNWRITTEN.values() and _REASON.read(tree) is None
    _STATE.write(tree, None if written else state)


def _reason_write(tree: Json, reason: Any) -> None:
    """A state that a reason is given for is written down."""
    _REASON.write(tree, reason)
    if reason is not None and type(tree.get("active")) is bool:
        _STATE.write(tree, _state_read(tree))


Basis = Literal[
    "chosen-by-person",
    "parental-responsibility",
    "attorney-health",
    "attorney-money",
    "court-deputy",
    "advocate",
    "best-interests",
]
By = Literal["phone", "sms", "email", "fax", "pager", "url", "other"]
Use = Literal["home", "work", "temp", "old", "mobile"]


class Reach(Shape):
    """A way to reach somebody."""

    by: By | None = None
    at: Words | None = Field(None, description="The number or address.")
    use: Use | None = None


class PersonName(Shape):
    """A name, in parts or whole."""

    given: list[Words] | None = None
    family: Words | None = None
    whole: Words | None = None


class Supporter(Entry):
    """Somebody who helps me, and on what ground."""

    name: Annotated[
        PersonName,
        only("name", fields(given=node("given"), family=plain("family"), whole=plain("text"))),
    ]
    relationship: Annotated[Words, only("relationship", plain("text"))] = Field(
        description="Who they are to the person, in words.", examples=["Neighbour, has a key"]
    )
    basis: Annotated[
        Basis,
        _of(
            f"{BASE}/StructureDefinition/supporter-basis",
            "supporter-basis",
            {one: one for one in get_args(Basis)},
        ),
    ] = Field(description="On what ground they help. Being family is not enough by itself.")
    state: Annotated[SupporterState, Part(_STATE.place, _state_read, _state_write)] = Field(
        "helping", description="Where they stand; `ended` needs a reason, or a last day."
    )
    reason: Annotated[Reason | None, Part(_REASON.place, _REASON.read, _reason_write)] = Field(
        None, description="Why they stand there."
    )
    first_day: Annotated[Moment, plain("period.start")]
    last_day: Annotated[Moment | None, plain("period.end")] = None
    reach: Annotated[
        list[Reach] | None,
        each("telecom", fields(by=plain("system"), at=plain("value"), use=plain("use"))),
    ] = Field(None, description="How to reach them.")
    born: Annotated[Day | None, plain("birthDate")] = None
    gender: Annotated[Literal["female", "male", "other", "unknown"] | None, plain("gender")] = None


SUPPORTERS = Kind(
    name="supporters",
    one="supporter",
    shape=Supporter,
    type="RelatedPerson",
    claim=lambda _: "supporter",
    base={},
    person="patient",
    rules={
        "cpt-2": ("reach", "Say, in `by`, what it is: a phone, an email or something else."),
        "wm-supporter-1": ("last_day", "Say until which day they helped, or for what reason not."),
        "wm-supporter-state": ("reason", ""),
        "wm-supporter-2": ("reason", "Say why they stand where they do."),
    },
)
