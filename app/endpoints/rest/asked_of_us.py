"""What an organisation is asked, or its workers and teams, and what anyone may take on, across the
people whom it sees."""

from itertools import zip_longest
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from msgspec.structs import replace
from pydantic import BaseModel, Field

from app.access.acts import Act
from app.access.caller import Caller
from app.endpoints.rest.door import Visitor
from app.endpoints.rest.entries import After, Asker, Limit, next_page
from app.endpoints.rest.problem import plain
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, nodes
from app.interactions.perform import perform
from app.operations.help_owners import answers_for, owned_by_theirs
from app.what_matters.links import linked
from app.what_matters.shapes.request_told import asked_of_us
from app.what_matters.shapes.request_words import AskedOfUs

_OVER = "-"  # stands for a list that has come to its end
_AND = "~"  # between the places in each list
_OPEN = "status=requested,received,accepted,in-progress,on-hold"
_FOR_ANYONE = "owner:missing=true&status=requested"
Which = Annotated[
    Literal["both", "given", "for-anyone"],
    Query(
        description="Given to you, your workers or your teams; asked of nobody by name; or both."
    ),
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
        lists = _lists(who.caller, which)
        places = dict(zip_longest(lists, after.split(_AND) if after else (), fillvalue=""))
        entries, following = [], []
        for query in lists:
            found, place = await _page(who, query, limit, places[query])
            entries += found
            following.append(place)
        entries.sort(key=lambda one: one["step"].get("asked_at", ""))
        body: Json = {"entries": entries}
        if any(place != _OVER for place in following):
            body["next"] = _AND.join(following)
        return plain(200, body, who.request_id)


def _lists(caller: Caller, which: str) -> list[str]:
    """The searches of what is asked for; each has pages of its own."""
    given = [f"owner={caller.agent}", *owned_by_theirs(caller)] if which != "for-anyone" else []
    lists = [f"{one}&{_OPEN}" for one in given]
    return lists if which == "given" else [*lists, _FOR_ANYONE]


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
    caller, base, now = who.caller, who.record.fhir_base, who.record.now()
    told = [
        asked_of_us(task, requests.get(focus[0]), now)
        for task in trees
        if task.get("resourceType") == "Task" and (focus := linked(task, "focus", "ServiceRequest"))
        if linked(task, "owner") in ([], [caller.agent])
        or answers_for(caller, task, trees, base, now)
    ]
    return told, next_page(bundle) or _OVER
