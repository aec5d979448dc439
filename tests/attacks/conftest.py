"""The cast, made once for all attacks that change nothing."""

from collections.abc import Callable

import httpx
import pytest

from tests.attacks import cast as casting
from tests.attacks.cast import Cast
from tests.conftest import Running


@pytest.fixture(scope="session")
def cast(service: Running, as_client: Callable[..., httpx.Client]) -> Cast:
    """Everyone, for attacks that change nothing."""
    return casting.make(service.settings, as_client)


@pytest.fixture
def fresh(service: Running, as_client: Callable[..., httpx.Client]) -> Cast:
    """Everyone anew, for attacks that would change something."""
    return casting.make(service.settings, as_client)
