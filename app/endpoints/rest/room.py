"""Whether an organisation has room to help: said by itself, and read by anyone before they ask."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from msgspec.structs import replace

from app.access.acts import Act
from app.endpoints.rest.door import Visitor
from app.endpoints.rest.entries import Asker
from app.endpoints.rest.problem import plain
from app.errors import Forbidden
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes
from app.interactions.perform import audit_refusal, perform
from app.what_matters.shapes.room import RoomOf, SaidRoom, condition, room_of, service_of
from app.what_matters.shapes.words import Id

_PATH = "/organisations/{organisation}/room"
_NOT_YOURS = "Whether an organisation has room is for that organisation to say."
OrganisationId = Annotated[
    Id, Path(description="The organisation's id.", examples=["harbour-befriending"])
]


def room_routes(router: APIRouter) -> None:
    """Add the address of an organisation's room to a router."""

    @router.get(_PATH, responses={200: {"model": RoomOf}}, name="room to help")
    async def read(who: Asker, organisation: OrganisationId) -> Response:
        ask = replace(who.asked, act=Act.READ, type="Organization", id=organisation)
        await perform(who.record, who.caller, ask)
        return plain(200, await room_told(who, organisation), who.request_id)

    @router.put(_PATH, responses={200: {"model": RoomOf}}, name="say whether there is room to help")
    async def say(who: Asker, organisation: OrganisationId, body: SaidRoom) -> Response:
        ask = replace(
            who.asked,
            act=Act.UPDATE,
            type="HealthcareService",
            id=None,
            query=condition(organisation),
            tree=service_of(organisation, body),
        )
        if who.caller.organization != organisation:
            refusal = Forbidden(_NOT_YOURS)
            await audit_refusal(who.record, who.caller, ask, refusal)
            raise refusal
        await perform(who.record, who.caller, ask)
        return plain(200, await room_told(who, organisation), who.request_id)


async def room_told(who: Visitor, organisation: str) -> Json:
    """What an organisation says of its room, as `RoomOf`."""
    ask = replace(
        who.asked,
        act=Act.SEARCH_TYPE,
        type="HealthcareService",
        id=None,
        query=condition(organisation),
    )
    bundle = parse((await perform(who.record, who.caller, ask)).body)
    return room_of(organisation, [node_at(one, "resource") for one in nodes(bundle, "entry")])
