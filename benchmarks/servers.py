"""The processes that are measured: the service with its own data folder, and the bare route."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.access import demo
from app.store import embedded
from benchmarks import bare, client, machine

ROOT = Path(__file__).resolve().parent.parent
BEGIN = "from app.cli import main; main()"


class Process:
    """A server on a port of its own, started when made."""

    def __init__(self, command: Sequence[str], port: int, log: Path, **environment: str) -> None:
        self.port = port
        self._log = log
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WHATMATTERS_")}
        with log.open("wb") as file:
            self._process = subprocess.Popen(  # noqa: S603  (our own command)
                command, stdout=file, stderr=subprocess.STDOUT, env=kept | environment, cwd=ROOT
            )

    def wait(self, path: str) -> None:
        """Return when the path answers 200. Raises RuntimeError with what the server wrote."""
        request = b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.encode()
        deadline = time.monotonic() + 120
        while self._process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError, EOFError):
                if asyncio.run(client.fetch(self.port, request))[0] == 200:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"The server did not start: {self._log.read_text()[-2000:]}")

    @property
    def processes(self) -> list[int]:
        """Its process ids."""
        return machine.family(self._process.pid)

    @property
    def workers(self) -> list[int]:
        """The processes that answer: those it started, or itself."""
        spawned = machine.with_command(["--multiprocessing-fork"])
        return [p for p in self.processes if p in spawned] or [self._process.pid]

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()


class Service(Process):
    """The service itself, as `whatmatters serve` starts it, on the PostgreSQL of its folder."""

    def __init__(self, data_dir: Path, *, workers: int = 1) -> None:
        self.data_dir = data_dir
        self._token = ""
        port = free_port()
        options = ["--demo", "--port", str(port), "--workers", str(workers)]
        super().__init__(
            [sys.executable, "-c", BEGIN, "serve", "--data-dir", str(data_dir), *options],
            port,
            data_dir.parent / f"{data_dir.name}-{workers}.log",
            WHATMATTERS_LOG_LEVEL="error",
            WHATMATTERS_RATE_LIMITS="",
        )
        self.wait("/health/ready")

    @property
    def token(self) -> str:
        """A bearer token of the GP surgery."""
        if not self._token:
            self._token = demo.mint(
                self.data_dir,
                "gp-surgery",
                None,
                time.time(),
                person_id_by_nhs_number=lambda _: None,
                person_id_by_supporter=lambda _: None,
            )
        return self._token

    @property
    def database_processes(self) -> list[int]:
        """The process ids of its PostgreSQL."""
        folder = str((self.data_dir / "postgresql").resolve() / "cluster")
        first = machine.with_command(["-D", folder])
        return sorted({one for process in first for one in machine.family(process)})


class BareRoute(Process):
    """The same bytes from a bare Starlette route, under the same server with the same settings."""

    def __init__(self, folder: Path, *, workers: int = 1) -> None:
        port = free_port()
        server = [sys.executable, "-m", "uvicorn", "--factory", f"{bare.__name__}:create_app"]
        options = ["--port", str(port), "--workers", str(workers), "--no-access-log"]
        quiet = ["--log-level", "warning", "--loop", "uvloop", "--http", "httptools"]
        log = folder.parent / f"bare-{workers}.log"
        super().__init__([*server, *options, *quiet], port, log, **{bare.FOLDER: str(folder)})
        self.wait(f"/{next(folder.iterdir()).name}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def stop_database(data_dir: Path) -> None:
    """Stop the PostgreSQL of a data folder."""
    embedded.stop(data_dir)
