"""The service as those who run it have it: `whatmatters serve`, a process of its own, which may be
killed."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import asyncpg
import httpx

from app.access import demo
from app.settings import Settings
from app.store import embedded
from app.store.embedded_socket import listener
from tests.conftest import mint_token

COMMAND = Path(sys.executable).with_name("whatmatters")
_STARTS_WITHIN_SECONDS = 60
_ENDS_WITHIN_SECONDS = 40
_PAUSE_SECONDS = 0.02


class Served:
    """One service and its embedded PostgreSQL, in a data folder of their own.

    It trusts the demonstration's issuer without loading its people, unless `--demo` is among the
    options.
    """

    def __init__(
        self,
        folder: Path,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.settings = Settings(data_dir=folder / "record")
        self.output = folder / "output.txt"
        self._options = list(options)
        self._given = dict(environment or {})
        self.port = free_port()
        self.seconds_to_start = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: list[httpx.Client] = []
        self._issuers = ""

    @property
    def base(self) -> str:
        """The FHIR base."""
        return f"http://127.0.0.1:{self.port}/fhir"

    @property
    def database_url(self) -> str:
        """Where its database is; starts it if it is not running."""
        return embedded.start(self.settings.data_dir).url

    def start(self) -> None:
        """Returns when it is ready."""
        began = time.monotonic()
        self.spawn()
        self.wait_until_ready()
        self.seconds_to_start = time.monotonic() - began

    def spawn(self) -> None:
        """Starts it, and does not wait."""
        arguments = ["serve", "--port", str(self.port), *self._options]
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [COMMAND, *arguments], stdout=output, stderr=output, env=self.environment()
            )

    def wait_until_ready(self) -> None:
        """Returns when /health/ready passes."""
        deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
        while not self.is_ready():
            process = self._process
            if time.monotonic() > deadline or process is None or process.poll() is not None:
                raise RuntimeError(f"the service did not start: {self.told()}")
            time.sleep(_PAUSE_SECONDS)

    def is_ready(self, within_seconds: float = 10) -> bool:
        """Whether it can answer requests now."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=within_seconds)
        with suppress(OSError, HTTPException), closing(connection):
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        return False

    def signal(self, number: int) -> None:
        """Sends the process a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        """The exit code, once it has ended."""
        assert self._process is not None
        return self._process.wait(_ENDS_WITHIN_SECONDS)

    def kill(self) -> None:
        """kill -9 of the service; its database runs on."""
        self.signal(signal.SIGKILL)
        self.wait()

    def kill_database(self) -> None:
        """kill -9 of PostgreSQL and all its processes at once; the service runs on."""
        for process in self.database_processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while embedded.is_running(self.settings.data_dir):
            time.sleep(_PAUSE_SECONDS)

    def database_processes(self) -> list[int]:
        """The process ids of PostgreSQL, the first of them its postmaster's."""
        postmaster = listener(self.settings.data_dir.resolve() / "postgresql")
        assert postmaster
        return [postmaster, *_children(postmaster)]

    def count(self, sql: str) -> int:
        """The one number that a statement gives."""

        async def run() -> int:
            connection = await asyncpg.connect(self.database_url)
            try:
                return int(await connection.fetchval(sql))
            finally:
                await connection.close()

        return asyncio.run(run())

    def start_database(self) -> None:
        """As `whatmatters migrate` and every other command does."""
        embedded.start(self.settings.data_dir)

    def close(self) -> None:
        """Ends the service, its database, and the clients."""
        for client in self._clients:
            client.close()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self.wait()
        embedded.stop(self.settings.data_dir)

    def run(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Another command of the same data folder; returns when it has ended."""
        return subprocess.run(  # noqa: S603 - our own program
            [COMMAND, *arguments],
            env=self.environment() | dict(environment or {}),
            capture_output=True,
            text=True,
            timeout=_STARTS_WITHIN_SECONDS,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """What its processes are started with."""
        known = {k: v for k, v in os.environ.items() if not k.startswith("WHATMATTERS_")}
        folder = self.settings.data_dir
        ours = {"WHATMATTERS_DATA_DIR": str(folder), "WHATMATTERS_RATE_LIMITS": ""}
        if "--demo" not in self._options:
            self._issuers = self._issuers or _issuers(folder)
            ours["WHATMATTERS_ISSUERS"] = self._issuers
        return known | ours | self._given

    def told(self) -> str:
        """All it has written so far, on both streams."""
        return self.output.read_text(errors="replace")

    def token(self, client: str = "gp-surgery") -> str:
        """A bearer token for a demo client."""
        return mint_token(self.settings, client)

    def client(self, client: str = "gp-surgery") -> httpx.Client:
        """A demo client at the FHIR base."""
        headers = {
            "Authorization": f"Bearer {self.token(client)}",
            "Content-Type": "application/fhir+json",
        }
        made = httpx.Client(base_url=self.base, headers=headers, timeout=30)
        self._clients.append(made)
        return made


def served(
    folder: Path, options: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """A running service for a fixture."""
    made = Served(folder, options, environment)
    try:
        made.start()
        yield made
    finally:
        made.close()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _issuers(folder: Path) -> str:
    """The demonstration's issuer, as one in the settings."""
    embedded.start(folder)  # which makes the folder as it must be
    key = demo.ensure_issuer(folder).key
    issuer = {
        "issuer": demo.ISSUER,
        "audience": demo.AUDIENCE,
        "algorithms": ["ES256"],
        "jwks": {"keys": [key.as_dict(private=False)]},
        "maximum_lifetime_seconds": 86_400,
    }
    return json.dumps([issuer])


def _children(process: int) -> list[int]:
    # Only Linux tells; elsewhere they see that their parent is gone, and end by themselves.
    told = Path(f"/proc/{process}/task/{process}/children")
    return [int(word) for word in told.read_text().split()] if told.exists() else []
