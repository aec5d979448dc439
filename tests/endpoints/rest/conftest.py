"""Callers of the plain API."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.conftest import Running, mint_token
from tests.people import new_person


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


@pytest.fixture
def asker(surgery: httpx.Client) -> str:
    """Somebody whom the surgery and the council look after; the others are not on the team."""
    return new_person(surgery, known_to=("gp-surgery", "council-care"))


@pytest.fixture
def me(api_as: Callable[..., httpx.Client], asker: str) -> httpx.Client:
    """The person themself."""
    return api_as(f"person:{asker}")


@pytest.fixture
def befrienders(api_as: Callable[..., httpx.Client]) -> httpx.Client:
    """An organisation that has to do with the person only while they are asked."""
    return api_as("harbour-befriending")


@pytest.fixture
def council(api_as: Callable[..., httpx.Client]) -> httpx.Client:
    return api_as("council-care")
