"""Whether an organisation has room to help, as it says before anybody asks it.

Codes: Gravity SDOH Clinical Care (https://hl7.org/fhir/us/sdoh-clinicalcare/)
Spec: https://hl7.org/fhir/R4/healthcareservice.html
"""

from typing import Literal

from pydantic import BaseModel, Field

from app.fhir.library import BASE
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes, text
from app.what_matters.help_chain import SDOH, WORDS_BY_ROOM, Room
from app.what_matters.links import linked
from app.what_matters.mapping.kind import written_by
from app.what_matters.shapes.words import Id, Shape, Words

RoomWord = Literal["room", "no-room", "waiting-list", "talk-first"]
_ROOM_BY_WORD: dict[RoomWord, Room] = {
    "room": Room.ROOM,
    "no-room": Room.NO_ROOM,
    "waiting-list": Room.WAITING_LIST,
    "talk-first": Room.TALK_FIRST,
}
_WORD_BY_CODE = {room.value: word for word, room in _ROOM_BY_WORD.items()}
_SYSTEM = f"{BASE}/room-of"


class SaidRoom(Shape):
    """Whether there is room to help now."""

    room: RoomWord
    words: Words | None = Field(None, examples=["From January there is a second walker."])


class RoomOf(BaseModel):
    """What an organisation says of its room; only its id where it has said nothing."""

    organisation: Id
    room: RoomWord | None = None
    in_words: str | None = Field(None, description="The same as a sentence for the person.")
    words: str | None = None
    said_at: str | None = None


def condition(organisation: str) -> str:
    """By which what it says is found."""
    return f"identifier={_SYSTEM}|{organisation}"


def service_of(organisation: str, said: SaidRoom) -> Json:
    """The HealthcareService that says it."""
    made: Json = {
        "resourceType": "HealthcareService",
        "identifier": [{"system": _SYSTEM, "value": organisation}],
        "active": True,
        "providedBy": {"reference": f"Organization/{organisation}"},
        "characteristic": [{"coding": [{"system": SDOH, "code": _ROOM_BY_WORD[said.room].value}]}],
    }
    return {**made, "comment": said.words} if said.words else made


def room_of(organisation: str, services: list[Json]) -> Json:
    """What it says of itself, as `RoomOf`. What somebody else wrote in its name says nothing."""
    for one in services:
        if not _is_its_own(organisation, one):
            continue
        code = _code(one)
        if code is not None:
            told = {
                "room": _WORD_BY_CODE[code],
                "in_words": WORDS_BY_ROOM[Room(code)],
                "words": text(one, "comment"),
                "said_at": text(node_at(one, "meta"), "lastUpdated"),
            }
            said = {name: value for name, value in told.items() if value is not None}
            return {"organisation": organisation, **said}
    return {"organisation": organisation}


def _is_its_own(organisation: str, service: Json) -> bool:
    who = written_by(service)
    is_theirs = who == {"kind": "organisation", "id": organisation}
    return is_theirs and linked(service, "providedBy") == [f"Organization/{organisation}"]


def _code(service: Json) -> str | None:
    codes = [
        text(coding, "code")
        for one in nodes(service, "characteristic")
        for coding in nodes(one, "coding")
        if text(coding, "system") == SDOH
    ]
    return next((one for one in codes if one in _WORD_BY_CODE), None)
