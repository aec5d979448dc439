"""A contact, one touch point: which organisation, when, about which goals, and whether the person
had to tell it again.

Source: fhir_profiles/StructureDefinition/contact.json
"""

from typing import Annotated, Literal

from pydantic import Field

from app.what_matters.contact import CONVERSATION, TOLD_AGAIN
from app.what_matters.links import PERTAINS_TO_GOAL
from app.what_matters.mapping.codes import coded
from app.what_matters.mapping.kind import Kind
from app.what_matters.mapping.parts import each, extension, extensions, only, plain, word
from app.what_matters.mapping.who import id_of, ids_of, who
from app.what_matters.shapes.words import Entry, Id, Moment, Who, Words, YesOrNo

_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

How = Literal[
    "visit-to-us",
    "at-home",
    "out-and-about",
    "by-phone-or-video",
    "emergency",
    "hospital-stay",
    "hospital-day",
]
_CODE_BY_HOW = {
    "visit-to-us": "AMB",
    "at-home": "HH",
    "out-and-about": "FLD",
    "by-phone-or-video": "VR",
    "emergency": "EMER",
    "hospital-stay": "IMP",
    "hospital-day": "SS",
}
State = Literal[
    "planned",
    "there",
    "being-sorted",
    "under-way",
    "on-leave",
    "over",
    "called-off",
    "mistake",
    "not-known",
]
_STATUS_BY_STATE = {
    "planned": "planned",
    "there": "arrived",
    "being-sorted": "triaged",
    "under-way": "in-progress",
    "on-leave": "onleave",
    "over": "finished",
    "called-off": "cancelled",
    "mistake": "entered-in-error",
    "not-known": "unknown",
}
WhatMatters = Literal["not-asked", "read", "asked", "updated"]


class Contact(Entry):
    """One touch point with somebody who helps me."""

    organisation: Annotated[Who, who("serviceProvider")] = Field(
        description="Which organisation it was with.",
        examples=[{"kind": "organisation", "id": "gp-surgery"}],
    )
    with_whom: Annotated[list[Who] | None, each("participant", who("individual"))] = None
    began: Annotated[Moment, plain("period.start")] = Field(description="When it began.")
    ended: Annotated[Moment | None, plain("period.end")] = None
    how: Annotated[How, coded("class", _ACT, _CODE_BY_HOW)] = Field(
        description="How, or where, they met."
    )
    state: Annotated[State, word(plain("status"), _STATUS_BY_STATE)] = "over"
    what: Annotated[Words | None, only("type", plain("text"))] = Field(
        None, description="What it was.", examples=["First walk together"]
    )
    why: Annotated[Words | None, only("reasonCode", plain("text"))] = None
    about_goals: Annotated[
        list[Id] | None, extensions(PERTAINS_TO_GOAL, id_of("valueReference", "Goal"))
    ] = None
    told_again: Annotated[YesOrNo | None, extension(TOLD_AGAIN, plain("valueBoolean"))] = Field(
        None, description="Whether the person had to tell what they had told before."
    )
    what_matters: Annotated[WhatMatters | None, extension(CONVERSATION, plain("valueCode"))] = (
        Field(None, description="What happened to the person's own words about what matters.")
    )
    places: Annotated[list[Id] | None, each("location", id_of("location", "Location"))] = None
    requests_for_help: Annotated[list[Id] | None, ids_of("basedOn", "ServiceRequest")] = None


CONTACTS = Kind(
    name="contacts",
    one="contact",
    shape=Contact,
    type="Encounter",
    claim=lambda _: "contact",
    base={},
    query="_sort=-date",
    rules={
        "wm-contact-1": (
            "told_again",
            "Leave this out until the contact has happened, or put the state right.",
        ),
        "wm-contact-2": ("ended", "Say when it ended, or that it is under way still."),
    },
)
