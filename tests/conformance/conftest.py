"""The running service as a target of the conformance kit, and a proxy before it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.conformance.bench import Target
from tests.conformance.proxy import Fault, Proxy
from tests.conftest import Running, mint_token

READING = "system/*.rs"


@pytest.fixture(scope="session")
def target(service: Running) -> Target:
    """The service, with the tokens of all the callers that the kit knows."""
    settings = service.settings
    person = mint_token(settings, "person:tamsin-pender")
    return Target(
        settings.fhir_base,
        mint_token(settings, "gp-surgery"),
        other_token=person,
        person_token=person,
        reading_token=mint_token(settings, "gp-surgery", READING),
    )


@pytest.fixture(scope="session")
def running_proxy(service: Running) -> Iterator[Proxy]:
    """The proxy, for all tests."""
    made = Proxy(service.settings.fhir_base)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def proxy(running_proxy: Proxy) -> Proxy:
    """The proxy, without a fault."""
    running_proxy.fault = Fault()
    return running_proxy


@pytest.fixture
def through_proxy(target: Target, proxy: Proxy) -> Target:
    """The service, as it is seen through the proxy."""
    return replace(target, base_url=proxy.base_url)
