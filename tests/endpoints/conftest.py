"""Providers that are not ours, and a service that people sign in at by them."""

from collections.abc import Iterator

import pytest

from app.settings import Settings
from tests.conftest import Running
from tests.endpoints.people_signing_in import Browser, Providers, providers, running


@pytest.fixture(scope="session")
def made() -> Iterator[Providers]:
    """The providers, running."""
    with providers() as started:
        yield started


@pytest.fixture(scope="session")
def people(
    made: Providers, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Another worker over the record, which trusts them."""
    service = running(settings, made, tmp_path_factory.mktemp("issuers"))
    yield service
    service.stop()


@pytest.fixture
def browser(people: Running) -> Iterator[Browser]:
    """One that has never been there."""
    one = Browser(people)
    yield one
    one.http.close()
