"""The plain API as one FastAPI application of its own, with its OpenAPI description.

Spec: https://spec.openapis.org/oas/v3.1.0
"""

from collections.abc import Callable

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import Scope

from app.endpoints.rest.about_me import about_me_route
from app.endpoints.rest.asked_of_us import asked_of_us_routes
from app.endpoints.rest.contact_load import contact_load_routes
from app.endpoints.rest.described import describe, operation_name
from app.endpoints.rest.door import RestDoor, route_class
from app.endpoints.rest.entries import entry_routes, list_route
from app.endpoints.rest.entry_history import history_route
from app.endpoints.rest.figures import figure_routes
from app.endpoints.rest.goal_moves import goal_move_routes
from app.endpoints.rest.looking import looking_routes
from app.endpoints.rest.other_entries import other_entries_route
from app.endpoints.rest.page import page_routes
from app.endpoints.rest.people import people_routes
from app.endpoints.rest.problem import REFUSALS, of_faults
from app.endpoints.rest.progress import progress_of_goal_route
from app.endpoints.rest.reference import reference_route
from app.endpoints.rest.requests import request_routes
from app.endpoints.rest.room import room_routes
from app.endpoints.rest.words import words_routes
from app.operations.planned_contacts import heed_danger
from app.what_matters.shapes.contacts import CONTACTS
from app.what_matters.shapes.kinds import KINDS
from app.what_matters.shapes.statements import ABOUT_ME

_ABOUT = """\
What matters to a person, in their own words, for systems that need not know FHIR. Everything that
is written here is there at the FHIR door in the same second, and the other way round.
"""


def rest_application(
    door: Callable[[], RestDoor | None], version: str, base_url: str = "http://127.0.0.1:8000"
) -> FastAPI:
    """door: None until the service has started. base_url: of the service, for lines to try."""
    application = FastAPI(
        title="What Matters",
        version=version,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        generate_unique_id_function=operation_name,
    )
    router = APIRouter(route_class=route_class(door), responses=REFUSALS)
    people_routes(router)
    for kind in KINDS:
        if kind is not ABOUT_ME:
            list_route(router, kind)
        entry_routes(router, kind, heed_danger if kind is CONTACTS else None)
        history_route(router, kind)
    about_me_route(router)
    progress_of_goal_route(router)
    other_entries_route(router)
    goal_move_routes(router)
    request_routes(router)
    asked_of_us_routes(router)
    contact_load_routes(router)
    page_routes(router)
    figure_routes(router)
    looking_routes(router)
    words_routes(router)
    room_routes(router)
    application.include_router(router)
    describe(application)
    reference_route(application, base_url)

    @application.exception_handler(HTTPException)
    async def no_such_address(request: Request, error: HTTPException) -> Response:
        text = "There is no such address here. /api/openapi.json lists those there are."
        if error.status_code == 405:
            text = "This address does not take this method. /api/openapi.json lists what it takes."
        answer = of_faults(error.status_code, [{"detail": text}], "")
        answer.headers.update(error.headers or {})
        if error.status_code == 405:
            answer.headers["Allow"] = ", ".join(_methods_at(router, request.scope))
        return answer

    return application


def _methods_at(router: APIRouter, scope: Scope) -> list[str]:
    """What the address of a request takes: all routes of the first path that it fits."""
    routes = [one for one in router.routes if isinstance(one, Route)]
    here = [one for one in routes if one.matches(scope)[0] is not Match.NONE]
    same = [one for one in here if one.path == here[0].path]
    return sorted({method for one in same for method in one.methods or ()})
