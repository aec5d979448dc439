"""What every test may ask for: a PostgreSQL built by the migrations, and the service over HTTP."""

import asyncio
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
import uvicorn
from alembic.config import Config
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings

from alembic import command
from app.access import demo
from app.cli.load import load_files
from app.endpoints.logs import configure_logs
from app.main import Service, present
from app.settings import Settings
from app.store import embedded

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "fhir_profiles" / "examples"

# For `make mutate`: what is drawn at random is left out, so that each run gives the same score.
hypothesis_settings.register_profile("mutation", phases=(Phase.explicit,))


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: WHATMATTERS_TEST_DATABASE_URL, or an embedded one of our own."""
    given = os.environ.get("WHATMATTERS_TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = tmp_path_factory.mktemp("record")
    yield embedded.start(folder).url
    embedded.stop(folder)


def in_database(url: str, name: str) -> str:
    """The same server's address, for another database."""
    parts = urlsplit(url)
    path = parts.path.rpartition("/")[0] + "/" + name
    # urlunsplit drops the empty host that a Unix socket's address has.
    rest = urlunsplit(("", "", path, parts.query, ""))
    return f"{parts.scheme}://{parts.netloc}{rest}"


def run_sql(url: str, sql: str) -> None:
    """Run one statement outside a transaction."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    asyncio.run(run())


@pytest.fixture(scope="session")
def make_database(server_url: str) -> Iterator[Callable[[], str]]:
    """Makes databases of their own, migrated to head, and drops them at the end."""
    names: list[str] = []

    def make() -> str:
        name = f"test_{secrets.token_hex(6)}"
        run_sql(server_url, f"create database {name}")
        names.append(name)
        url = in_database(server_url, name)
        config = Config(ROOT / "alembic.ini")
        config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
        command.upgrade(config, "head")
        return url

    yield make
    for name in names:
        # `with (force)` would also end the server's own vacuum, which this role may not; a plain
        # drop asks that to end by itself, so only our own connections are ended here.
        run_sql(
            server_url,
            "select pg_terminate_backend(pid) from pg_stat_activity"  # noqa: S608  (names of ours)
            f" where datname = '{name}' and usename = current_user",
        )
        run_sql(server_url, f"drop database if exists {name}")


@pytest.fixture(scope="session")
def database_url(make_database: Callable[[], str]) -> str:
    """One migrated database for the whole run. Tests share it, so each makes people of its own."""
    return make_database()


class Running:
    """The service, served on a free port of 127.0.0.1 by a thread."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = present) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(
                lambda: Service(self.settings, clock),
                factory=True,
                host="127.0.0.1",
                port=0,
                log_level="warning",
                access_log=False,
                lifespan="on",
            )
        )
        self.settings = settings
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        config = self._server.config
        socket = config.bind_socket()
        port = socket.getsockname()[1]
        self.settings = self.settings.model_copy(update={"base_url": f"http://127.0.0.1:{port}"})
        self._server.run(sockets=[socket])

    def start(self) -> None:
        """Returns when it answers."""
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the service did not start")
            threading.Event().wait(0.02)

    def stop(self) -> None:
        """Returns when it has ended."""
        self._server.should_exit = True
        self._thread.join(30)


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of the service under test, with the demo people loaded."""
    folder = tmp_path_factory.mktemp("service")
    configure_logs("error", "json")
    demo.ensure_issuer(folder)
    made = Settings(
        database_url=database_url, data_dir=folder, demo=True, log_level="error", rate_limits=""
    )
    files = [EXAMPLES / "organisations.json", *sorted((EXAMPLES / "people").glob("*.json"))]
    loaded = asyncio.run(load_files(made, files, "care-board", advance=lambda done, total: None))
    assert not loaded.refused, loaded.sentence()
    return made


@pytest.fixture(scope="session")
def service(settings: Settings) -> Iterator[Running]:
    """The whole service, running."""
    running = Running(settings)
    running.start()
    yield running
    running.stop()


def mint_token(
    settings: Settings, client: str, scope: str | None = None, purpose: str | None = None
) -> str:
    """A token for a demo client; `person:<id>` takes the Patient's id for an NHS number, and
    `supporter:<id>` the id of a RelatedPerson that was made under one minted here."""
    return demo.mint(
        settings.data_dir,
        client,
        scope,
        time.time(),
        person_id_by_nhs_number=lambda given: given,
        person_id_by_supporter=lambda given: given.partition("-")[0],
        purpose=purpose,
    )


def clients_of(service: Running) -> Iterator[Callable[..., httpx.Client]]:
    """Makes clients of one service, and closes them at the end."""
    made: list[httpx.Client] = []

    def make(
        client: str | None, scope: str | None = None, purpose: str | None = None
    ) -> httpx.Client:
        headers = {"Content-Type": "application/fhir+json"}
        if client is not None:
            token = mint_token(service.settings, client, scope, purpose)
            headers["Authorization"] = f"Bearer {token}"
        http = httpx.Client(base_url=service.settings.fhir_base, headers=headers, timeout=30)
        made.append(http)
        return http

    yield make
    for http in made:
        http.close()


@pytest.fixture(scope="session")
def as_client(service: Running) -> Iterator[Callable[..., httpx.Client]]:
    """Makes an HTTP client at the FHIR base for a demo client: as_client("gp-surgery", scope=…)."""
    yield from clients_of(service)


@pytest.fixture(scope="session")
def surgery(as_client: Callable[..., httpx.Client]) -> httpx.Client:
    """gp-surgery, at the FHIR base."""
    return as_client("gp-surgery")


@pytest.fixture(scope="session")
def befriending(as_client: Callable[..., httpx.Client]) -> httpx.Client:
    """harbour-befriending, at the FHIR base."""
    return as_client("harbour-befriending")
