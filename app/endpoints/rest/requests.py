"""The addresses of requests for help: ask, list, read with the whole way, and each move."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace as with_shape
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response
from msgspec.structs import replace
from pydantic import BaseModel, Field, create_model

from app.access.acts import Act
from app.endpoints.rest.door import Visitor, about
from app.endpoints.rest.entries import (
    After,
    Asker,
    EntryId,
    Limit,
    PersonId,
    done_once,
    next_page,
)
from app.endpoints.rest.problem import plain
from app.errors import Invalid, Issue, Refusal
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.fhir.rule import node_at, text
from app.interactions.perform import audit_refusal, perform
from app.interactions.visit import Answer, Ask
from app.operations.help_requests import (
    WITH_ITS_WAY,
    ask_for_help,
    move_request,
    moves_open,
    whole_request,
    whole_requests,
)
from app.store.unit import Unit
from app.what_matters.mapping.who import reference_to
from app.what_matters.shapes.request_moves import Moving
from app.what_matters.shapes.request_told import Whole, told_whole
from app.what_matters.shapes.request_words import RequestMove, told_model
from app.what_matters.shapes.requests import (
    MOVES_OF_REQUEST,
    REQUESTS,
    AskedAgain,
    AskForHelp,
    Confirmed,
    MovedForAReason,
    MovedRequest,
    PassedOn,
    TakenBack,
    ToldBack,
    new_request,
)

_BY_YOURSELF = "It is you who does this, by your own sign-in. Leave this out."
_BASE = "/people/{person}/requests"
_Request = told_model()
_TOLD: dict[str, Any] = {"model": _Request}
_ANSWERS: dict[int | str, dict[str, Any]] = {200: _TOLD}
_Page = create_model(
    "RequestPage",
    entries=(list[_Request], ...),  # type: ignore[valid-type]
    next=(str | None, Field(None, description="Send it as `after`; absent on the last page.")),
)
_SHAPE_BY_MOVE: dict[RequestMove, type[BaseModel]] = {
    "ask": MovedRequest,
    "offer": MovedRequest,
    "accept": MovedRequest,
    "decline": MovedForAReason,
    "pass-on": PassedOn,
    "start": MovedRequest,
    "wait": MovedForAReason,
    "done": MovedRequest,
    "could-not-be-done": MovedForAReason,
    "tell-back": ToldBack,
    "confirm": Confirmed,
    "take-back": TakenBack,
    "ask-again": AskedAgain,
}
_OPEN = "&status=active,on-hold,draft"
_QUERY_BY_WHICH = {
    "open": f"{_OPEN}&_sort=-authored",
    "all": "&_sort=-authored",
    "unanswered": f"{_OPEN}&_sort=authored",
    "overdue": f"{_OPEN}&_sort=authored",
}
Which = Annotated[
    Literal["open", "all", "unanswered", "overdue"],
    Query(description="Unanswered and overdue ones come with those that have waited longest first"),
]
Goal = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9\-.]{1,64}$", description="Only those about this goal, by its id."),
]


def request_routes(router: APIRouter) -> None:
    """Add the addresses of a person's requests to a router."""

    @router.post(_BASE, status_code=201, responses={201: _TOLD}, name="ask for help")
    async def ask_help(
        request: Request, who: Asker, person: PersonId, body: AskForHelp
    ) -> Response:
        about(request, REQUESTS)
        now = who.record.now()
        ids = (str(uuid4()), str(uuid4()))
        resources = new_request(body, person, who.caller.agent, now, ids)
        request.state.tree = resources[0]
        asked = replace(who.asked, act=Act.CREATE, type="ServiceRequest", id=None)

        async def work(unit: Unit) -> tuple[Whole, list[Json]]:
            whole = await ask_for_help(who.record, who.caller, asked, resources, unit)
            return whole, [whole.request, *whole.tasks]

        return await _done(request, who, asked, (person, None), 201, work)

    @router.get(_BASE, responses={200: {"model": _Page}}, name="list requests for help")
    async def every(
        who: Asker,
        person: PersonId,
        which: Which = "open",
        goal: Goal = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        query = f"patient=Patient/{person}&_count={limit}&{WITH_ITS_WAY}{_QUERY_BY_WHICH[which]}"
        query += f"&pertains-to-goal=Goal/{goal}" if goal is not None else ""
        return await _list(who, person, which, query, after)

    @router.get(f"{_BASE}/{{id}}", responses=_ANSWERS, name="read a request for help")
    async def one(who: Asker, person: PersonId, id: EntryId) -> Response:
        whole = await whole_request(who.record, who.caller, who.asked, person, id)
        return await _told(who, whole, 200)

    for word, shape in _SHAPE_BY_MOVE.items():
        _move_route(router, word, shape)


def _move_route(router: APIRouter, word: RequestMove, shape: type[BaseModel]) -> None:
    name = f"{word.replace('-', ' ')}: a move of a request"
    kind = with_shape(MOVES_OF_REQUEST, shape=shape)
    # A move that needs nothing said needs no body.
    said_nothing: Any = shape() if shape is MovedRequest else ...

    @router.post(f"{_BASE}/{{id}}/{word}", responses=_ANSWERS, name=name)
    async def move(
        request: Request,
        who: Asker,
        person: PersonId,
        id: EntryId,
        body: shape = said_nothing,  # type: ignore[valid-type]
    ) -> Response:
        about(request, kind)
        said: Json = body.model_dump(exclude_none=True)  # type: ignore[attr-defined]
        version = who.version_changed()
        asked = replace(who.asked, act=Act.PATCH, type="ServiceRequest", id=id, if_match=version)
        known = said.get("how_we_know")

        async def work(unit: Unit) -> tuple[Whole, list[Json]]:
            moving, place = _moving(who, word, said), (person, id)
            return await move_request(
                who.record, who.caller, asked, place, moving, unit, how_we_know=known
            )

        return await _done(request, who, asked, (person, id), 200, work)


def _moving(who: Visitor, word: str, said: Json) -> Moving:
    by = _reference(said.get("by"))
    agent = who.caller.agent
    if by is not None and who.caller.organization is None:
        raise Invalid([Issue("business-rule", _BY_YOURSELF, "Task.note")])
    return Moving(
        word,
        (by, agent) if by and by != agent else (agent,),
        who.record.now(),
        said.get("words", ""),
        _reference(said.get("to") or said.get("of")),
        said.get("step"),
        said.get("helped"),
        said.get("how"),
    )


def _reference(who: Json | None) -> str | None:
    return text(reference_to(who), "reference") if who else None


async def _done(
    request: Request,
    who: Visitor,
    asked: Ask,
    place: tuple[str, str | None],
    status: int,
    work: Callable[[Unit], Awaitable[tuple[Whole, list[Json]]]],
) -> Response:
    """Write in one transaction, once where the request has a key, and tell the whole."""
    outcome: list[Whole] = []

    async def writing(unit: Unit | None) -> Sequence[Answer]:
        if unit is not None:
            whole, written = await work(unit)
        else:
            try:
                whole, written = await _alone(who, work)
            except Refusal as refusal:
                await audit_refusal(who.record, who.caller, asked, refusal, [place[0]])
                raise
        outcome.append(whole)
        trees = [whole.request, *(one for one in written if one is not whole.request)]
        return [_answer(one, status) for one in trees]

    done = await done_once(request, who, asked, writing)
    if outcome:
        return await _told(who, outcome[0], done.status)
    id = place[1] or done.written[0].split("/")[1]
    whole = await whole_request(who.record, who.caller, who.asked, place[0], id)
    response = await _told(who, whole, done.status)
    response.headers["Idempotency-Replayed"] = "true"
    return response


async def _alone(
    who: Visitor, work: Callable[[Unit], Awaitable[tuple[Whole, list[Json]]]]
) -> tuple[Whole, list[Json]]:
    unit = who.record.store.unit()
    async with unit.transaction():
        return await work(unit)


def _answer(tree: Json, status: int) -> Answer:
    version = int(text(node_at(tree, "meta"), "versionId") or 0)
    return Answer(status, type=tree["resourceType"], id=tree["id"], version=version)


async def _told(who: Visitor, whole: Whole, status: int) -> Response:
    if "subject" not in whole.request:
        # The token may write and not read.
        told = {"id": whole.request["id"], "version": whole.version}
        return plain(status, told, who.request_id)
    body = told_whole(whole, who.record.now())
    moves = await moves_open(who.record, who.caller, who.asked, whole)
    response = plain(status, {**body, "may_become": moves}, who.request_id)
    response.headers["ETag"] = f'W/"{whole.version}"'
    if status == 201:
        response.headers["Location"] = f"/api/people/{body['person']}/requests/{body['id']}"
    return response


async def _list(who: Visitor, person: str, which: str, query: str, after: str | None) -> Response:
    query += f"&_page={quote(after, safe='')}" if after is not None else ""
    ask = replace(who.asked, act=Act.SEARCH_TYPE, type="ServiceRequest", id=None, query=query)
    bundle = parse((await perform(who.record, who.caller, ask)).body)
    found, now = whole_requests(bundle), who.record.now()
    if not found and after is None:
        # An empty list of somebody who is not there would say that they asked for nothing.
        read = replace(who.asked, act=Act.READ, type="Patient", id=person)
        await perform(who.record, who.caller, read)
    told = [told_whole(one, now) for one in found]
    if which == "unanswered":
        told = [one for one in told if not one["is_answered"]]
    elif which == "overdue":
        told = [one for one in told if "overdue" in one]
    following = next_page(bundle)
    body: Json = {"entries": told}
    return plain(200, {**body, "next": following} if following else body, who.request_id)
