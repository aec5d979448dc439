"""The ceiling over HTTP: a bare Starlette route that answers with the same bytes and does nothing
else."""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = "BENCHMARK_PAGES"


def create_app() -> Starlette:
    """One route for each file of the folder, at its name; what is sent to it is read."""
    files = sorted(Path(os.environ[FOLDER]).iterdir())
    return Starlette(routes=[_route(path.name, path.read_bytes()) for path in files])


def _route(name: str, page: bytes) -> Route:
    async def answer(request: Request) -> Response:
        if request.method != "GET":
            await request.body()
        return Response(page, media_type="application/fhir+json")

    return Route(f"/{name}", answer, methods=["GET", "POST", "PUT"])
