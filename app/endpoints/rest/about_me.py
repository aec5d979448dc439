"""About Me: what viewers see, one entry for each part; and the earlier ones, where asked for."""

from typing import Annotated, get_args

from fastapi import APIRouter, Query, Response

from app.endpoints.rest.door import Visitor
from app.endpoints.rest.entries import (
    After,
    Asker,
    Fields,
    Limit,
    PersonId,
    Wanted,
    found,
    listed,
    page_model,
    require_person,
    sparse,
    told,
)
from app.endpoints.rest.problem import plain
from app.fhir.resource_types import Json
from app.what_matters.about_me import current
from app.what_matters.shapes.statements import ABOUT_ME, SECTION, Section

_ORDER = get_args(Section)
_Earlier = Annotated[
    bool, Query(description="Every entry, the newest first, and not only the current ones.")
]


def about_me_route(router: APIRouter) -> None:
    """Add the list of About Me to a router."""

    @router.get(
        f"/people/{{person}}/{ABOUT_ME.name}",
        responses={200: {"model": page_model(ABOUT_ME)}},
        name="list about me",
    )
    async def about_me(
        who: Asker,
        person: PersonId,
        earlier: _Earlier = False,
        limit: Limit = 50,
        after: After = None,
        fields: Fields = None,
    ) -> Response:
        if earlier:
            return await listed(who, ABOUT_ME, person, Wanted(limit, after, fields))
        trees = current(await _every(who, person), SECTION.read, _ORDER)
        if not trees:
            await require_person(who, person)
        entries = [sparse(ABOUT_ME, told(ABOUT_ME, tree), fields) for tree in trees]
        return plain(200, {"entries": entries}, who.request_id)


async def _every(who: Visitor, person: str) -> list[Json]:
    trees, following = await found(who, ABOUT_ME, person, Wanted(200))
    while following is not None:
        more, following = await found(who, ABOUT_ME, person, Wanted(200, following))
        trees += more
    return trees
