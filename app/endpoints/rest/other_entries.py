"""What is of no kind that has plain words: told as FHIR, so that nothing is invisible at this
door."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from msgspec.structs import replace
from pydantic import BaseModel, Field

from app.access.acts import Act
from app.endpoints.rest.door import Visitor
from app.endpoints.rest.entries import After, Asker, Limit, PersonId, next_page
from app.endpoints.rest.problem import plain
from app.fhir.json_guard import parse
from app.fhir.resource_types import RESOURCE_TYPES, Json
from app.fhir.rule import node_at, nodes, text
from app.interactions.perform import permitted
from app.operations.everything import everything
from app.what_matters.links import linked
from app.what_matters.mapping.kind import every_one
from app.what_matters.shapes.kinds import KINDS
from app.what_matters.shapes.people import PEOPLE
from app.what_matters.shapes.requests import MOVES_OF_REQUEST, REQUESTS
from app.what_matters.shapes.words import Id

# Types that are told whole at other addresses.
_WHOLE = (PEOPLE, REQUESTS, *(kind for kind in KINDS if kind.is_one is every_one))
_ELSEWHERE = {kind.type for kind in _WHOLE}
_TYPES = tuple(
    name for name, one in RESOURCE_TYPES.items() if one.person and name not in _ELSEWHERE
)


class OtherEntry(BaseModel):
    """An entry without plain words."""

    type: str = Field(description="Its type in FHIR.")
    id: Id
    words: str | None = Field(None, description="Words that it holds, where there are any.")
    fhir: dict[str, Any] = Field(description="All of it, as FHIR R4.")


class OtherEntryPage(BaseModel):
    """A page of them. It may hold fewer than there is room for, and more follow."""

    entries: list[OtherEntry]
    next: str | None = Field(None, description="Send it as `after`; absent on the last page.")


def other_entries_route(router: APIRouter) -> None:
    """Add the list of what is of no kind to a router."""

    @router.get(
        "/people/{person}/other-entries",
        responses={200: {"model": OtherEntryPage}},
        name="list other entries",
    )
    async def other_entries(
        who: Asker, person: PersonId, limit: Limit = 50, after: After = None
    ) -> Response:
        return await _others(who, person, limit, after)


async def _others(who: Visitor, person: str, limit: int, after: str | None) -> Response:
    asked = {"_type": ",".join(_TYPES), "_count": limit}
    query = urlencode({**asked, "_page": after} if after is not None else asked, safe=",")
    ask = replace(who.asked, act=Act.EVERYTHING, type="Patient", id=person, query=query)
    answer = await permitted(who.record, who.caller, ask, everything)
    bundle = parse(answer.body)
    trees = [
        node_at(one, "resource")
        for one in nodes(bundle, "entry")
        if node_at(one, "search").get("mode") == "match"
    ]
    entries = [_told(tree) for tree in trees if not _is_of_a_kind(tree)]
    body: Json = {"entries": entries}
    following = next_page(bundle)
    return plain(200, {**body, "next": following} if following else body, who.request_id)


def _is_of_a_kind(tree: Json) -> bool:
    """Whether it is told elsewhere: as an entry, or as a step on the way of a request."""
    if tree["resourceType"] == MOVES_OF_REQUEST.type:
        return bool(linked(tree, "focus", REQUESTS.type))
    return any(kind.type == tree["resourceType"] and kind.is_one(tree) for kind in KINDS)


def _told(tree: Json) -> Json:
    entry: Json = {"type": tree["resourceType"], "id": tree["id"], "fhir": tree}
    words = next((said for read in _WORDS for said in (read(tree),) if said), None)
    return {**entry, "words": words} if words else entry


def _of_one(name: str, inside: str) -> Callable[[Json], str | None]:
    return lambda tree: next((text(one, inside) for one in nodes(tree, name)), None)


_WORDS: tuple[Callable[[Json], str | None], ...] = (
    lambda tree: text(tree, "valueString"),
    _of_one("payload", "contentString"),
    _of_one("code", "text"),
    lambda tree: text(tree, "title") or text(tree, "description"),
    _of_one("note", "text"),
)
