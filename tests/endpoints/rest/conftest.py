"""Callers of the plain API."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.conftest import Running, mint_token


@pytest.fixture(scope="session")
def api_as(service: Running) -> Iterator[Callable[..., httpx.Client]]:
    """Makes an HTTP client at the plain API for a demo client: api_as("gp-surgery", scope=…)."""
    made: list[httpx.Client] = []

    def make(client: str | None, scope: str | None = None) -> httpx.Client:
        headers = {}
        if client is not None:
            headers["Authorization"] = f"Bearer {mint_token(service.settings, client, scope)}"
        base = f"{service.settings.base_url}/api"
        made.append(httpx.Client(base_url=base, headers=headers, timeout=30))
        return made[-1]

    yield make
    for http in made:
        http.close()


@pytest.fixture(scope="session")
def api(api_as: Callable[..., httpx.Client]) -> httpx.Client:
    """gp-surgery, at the plain API."""
    return api_as("gp-surgery")
