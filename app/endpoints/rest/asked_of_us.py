"""What an organisation is asked, and what anyone may take on, across the people whom it sees."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from msgspec.structs import replace
from pydantic import BaseModel, Field

from app.access.acts import Act
from app.endpoints.rest.door import Visitor
from app.endpoints.rest.entries import After, Asker, Limit, next_page
from app.endpoints.rest.problem import plain
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes
from app.interactions.perform import perform
from app.what_matters.links import linked
from app.what_matters.shapes.request_told import asked_of_us
from app.what_matters.shapes.request_words import AskedOfUs

_OVER = "-"  # stands for a list that has come to its end
Which = Annotated[
    Literal["both", "given", "for-anyone"],
    Query(description="Given to you, asked of nobody in particular, or both."),
]


class AskedOfUsPage(BaseModel):
    """What is asked, the oldest first on each page."""

    entries: list[AskedOfUs]
    next: str | None = Field(None, description="Send it as `after`; absent on the last page.")


def asked_of_us_routes(router: APIRouter) -> None:
    """Add the address of an organisation's own list to a router."""

    @router.get("/requests", responses={200: {"model": AskedOfUsPage}}, name="what is asked of you")
    async def every(
        who: Asker, which: Which = "both", limit: Limit = 50, after: After = None
    ) -> Response:
        given, _, anyone = (after or "").partition("~")
        given = _OVER if which == "for-anyone" else given
        anyone = _OVER if which == "given" else anyone
        theirs = f"owner={who.caller.agent}&status=requested,received,accepted,in-progress,on-hold"
        first, given = await _page(who, theirs, limit, given)
        free = "owner:missing=true&status=requested"
        second, anyone = await _page(who, free, limit, anyone)
        entries = sorted([*first, *second], key=lambda one: one["step"].get("asked_at", ""))
        body: Json = {"entries": entries}
        if (given, anyone) != (_OVER, _OVER):
            body["next"] = f"{given}~{anyone}"
        return plain(200, body, who.request_id)


async def _page(who: Visitor, query: str, limit: int, after: str) -> tuple[list[Json], str]:
    """(what is asked, the token of the page that follows)."""
    if after == _OVER:
        return [], _OVER
    query = f"{query}&code=fulfill&_sort=authored-on&_count={limit}&_include=Task:focus"
    query += f"&_page={quote(after, safe='')}" if after else ""
    ask = replace(who.asked, act=Act.SEARCH_TYPE, type="Task", id=None, query=query)
    bundle = parse((await perform(who.record, who.caller, ask)).body)
    trees = [node_at(one, "resource") for one in nodes(bundle, "entry")]
    requests = {
        f"ServiceRequest/{one['id']}": one
        for one in trees
        if one.get("resourceType") == "ServiceRequest"
    }
    now = who.record.now()
    told = [
        asked_of_us(task, requests.get(focus[0]), now)
        for task in trees
        if task.get("resourceType") == "Task" and (focus := linked(task, "focus", "ServiceRequest"))
    ]
    return told, next_page(bundle) or _OVER
