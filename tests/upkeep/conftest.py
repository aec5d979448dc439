"""A record of its own, as what time makes due is done to all that is in one."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.access import demo
from app.cli.load import load_files
from app.settings import Settings
from tests.conftest import EXAMPLES, Running, clients_of


@pytest.fixture(scope="package")
def settings(
    make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Of a record that holds the organisations, and nobody yet."""
    folder: Path = tmp_path_factory.mktemp("upkeep")
    demo.ensure_issuer(folder)
    made = Settings(
        database_url=make_database(),
        data_dir=folder,
        demo=True,
        log_level="error",
        rate_limits="",
        pool_size=4,
    )
    files = [EXAMPLES / "organisations.json"]
    asyncio.run(load_files(made, files, "care-board", advance=lambda done, total: None))
    return made


@pytest.fixture(scope="package")
def service(settings: Settings) -> Iterator[Running]:
    running = Running(settings)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="package")
def as_client(service: Running) -> Iterator[Callable[..., httpx.Client]]:
    yield from clients_of(service)


@pytest.fixture(scope="package")
def surgery(as_client: Callable[..., httpx.Client]) -> httpx.Client:
    return as_client("gp-surgery")
