"""The progress of one goal."""

from fastapi import APIRouter, Response

from app.endpoints.rest.entries import (
    After,
    Asker,
    EntryId,
    Fields,
    Limit,
    PersonId,
    Wanted,
    listed,
    page_model,
    read,
)
from app.what_matters.shapes.goals import GOALS
from app.what_matters.shapes.progress import PROGRESS


def progress_of_goal_route(router: APIRouter) -> None:
    """Add the list of what was told of one goal to a router."""

    @router.get(
        f"/people/{{person}}/{GOALS.name}/{{id}}/{PROGRESS.name}",
        responses={200: {"model": page_model(PROGRESS)}},
        name="list progress of a goal",
    )
    async def progress_of_goal(
        who: Asker,
        person: PersonId,
        id: EntryId,
        limit: Limit = 50,
        after: After = None,
        fields: Fields = None,
    ) -> Response:
        if after is None:
            await read(who, GOALS, person, id)
        wanted = Wanted(limit, after, fields, f"focus=Goal/{id}")
        return await listed(who, PROGRESS, person, wanted)
