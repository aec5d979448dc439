"""What the tests over HTTP ask for besides the clients: administrators, and providers that are not
ours."""

from collections.abc import Iterator

import pytest

from app.settings import Settings
from tests.conftest import Running
from tests.endpoints.merging import Administrators, administrator
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


@pytest.fixture
def admins(service: Running) -> Iterator[Administrators]:
    """Two administrators, each with a sign-in of their own."""
    with (
        administrator(service.settings, "jenna") as one,
        administrator(service.settings, "piran") as other,
    ):
        yield Administrators(one, other)
