"""The addresses of people: find, add, read, change."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from msgspec.structs import replace

from app.access.acts import Act
from app.access.limits import rate_limit_headers
from app.endpoints.rest.door import about, with_digits
from app.endpoints.rest.entries import (
    Asker,
    Fields,
    PersonId,
    answered,
    change_entry,
    change_model,
    posted,
    read,
    shown_model,
)
from app.endpoints.rest.problem import plain
from app.fhir.json_guard import encode, parse
from app.interactions.perform import perform, permitted
from app.interactions.visit import Answer
from app.operations.match import match
from app.store.unit import Unit
from app.what_matters.mapping.kind import changed
from app.what_matters.shapes.finding import (
    FIND,
    FindPerson,
    FoundPeople,
    found,
    patient_of,
    question,
)
from app.what_matters.shapes.people import PEOPLE, Person, new_person

_STORED: dict[str, Any] = {"model": shown_model(PEOPLE)}
_PersonChange = change_model(PEOPLE)


def people_routes(router: APIRouter) -> None:
    """Add the addresses of people to a router."""

    @router.post("/people/find", responses={200: {"model": FoundPeople}}, name="find a person")
    async def find(request: Request, who: Asker, body: FindPerson) -> Response:
        about(request, FIND)
        patient = request.state.tree = patient_of(body)
        sent = encode(question(patient, only_certain=body.only_certain))
        ask = replace(who.asked, act=Act.MATCH, type="Patient", id=None, body=sent)
        answer = await permitted(who.record, who.caller, ask, match)
        response = plain(200, found(parse(answer.body)), who.request_id)
        response.headers.update(dict(rate_limit_headers(answer.standings)))
        return response

    @router.post("/people", status_code=201, responses={201: _STORED}, name="add a person")
    async def add(request: Request, who: Asker, body: Person) -> Response:
        about(request, PEOPLE)
        said = with_digits(body.model_dump(exclude_unset=True, exclude_none=True))
        tree = new_person({"in_use": True, **said})
        request.state.tree = tree
        ask = replace(who.asked, act=Act.CREATE, type="Patient", id=None, tree=tree)

        async def work(unit: Unit | None) -> Sequence[Answer]:
            return [await perform(who.record, who.caller, ask, unit)]

        return await posted(request, who, PEOPLE, ask, work)

    @router.get("/people/{person}", responses={200: _STORED}, name="read a person")
    async def one(who: Asker, person: PersonId, fields: Fields = None) -> Response:
        tree = await read(who, PEOPLE, person, person)
        return answered(who, PEOPLE, tree, fields=fields)

    @router.patch("/people/{person}", responses={200: _STORED}, name="change a person")
    async def alter(
        request: Request,
        who: Asker,
        person: PersonId,
        body: _PersonChange,  # type: ignore[valid-type]
    ) -> Response:
        about(request, PEOPLE)
        said = with_digits(body.model_dump(exclude_unset=True))  # type: ignore[attr-defined]
        return await change_entry(
            request, who, PEOPLE, person, person, lambda tree: changed(PEOPLE, tree, said)
        )
