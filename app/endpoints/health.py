"""Whether the service lives, whether it can answer, and its figures. Nothing here tells anything
of a person."""

import os
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from app.errors import Refusal


def health_routes(
    is_ready: Callable[[], Awaitable[bool]], registry: CollectorRegistry
) -> APIRouter:
    """/health/live never asks the database; /health/ready does, with the pool's own time limit."""
    router = APIRouter(tags=["health"])

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "pass"}

    @router.get("/health/ready")
    async def ready(response: Response) -> dict[str, str]:
        try:
            passes = await is_ready()
        except Refusal:
            passes = False
        response.status_code = 200 if passes else 503
        return {"status": "pass" if passes else "fail"}

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(_of_all_workers(registry)), media_type=CONTENT_TYPE_LATEST)

    return router


def _of_all_workers(own: CollectorRegistry) -> CollectorRegistry:
    """Where workers share a folder of figures (PROMETHEUS_MULTIPROC_DIR), the figures of all."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return own
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it has no type hints
    return registry
