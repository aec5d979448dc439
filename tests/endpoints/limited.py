"""Services of their own over the database of the tests, with limits that are soon met."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from app.settings import Settings
from tests.conftest import Running, mint_token


@contextmanager
def small_service(settings: Settings, limits: str, **more: Any) -> Iterator[Running]:
    """A worker with these limits."""
    running = Running(settings.model_copy(update={"limits": limits, **more}))
    running.start()
    try:
        yield running
    finally:
        running.stop()


def client_of(running: Running, name: str = "gp-surgery") -> httpx.Client:
    """A demo client at it."""
    headers = {
        "Authorization": f"Bearer {mint_token(running.settings, name)}",
        "Content-Type": "application/fhir+json",
    }
    return httpx.Client(base_url=running.settings.fhir_base, headers=headers, timeout=30)
