"""`python -m benchmarks cost`: what access, consent and audit cost, by leaving them out.

The same service on the same record, whole and with parts left out, in turns that alternate; and,
where a folder is named, an earlier version of it on a record of its own.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from benchmarks.client import Load, Timed, drive
from benchmarks.requests import ROWS, Row, Server, World, worlds
from benchmarks.servers import Process, free_port
from benchmarks.stage import Stand, folder, stand

VARIANTS = {
    "whole": (),
    "without access": ("access",),
    "without audit": ("audit",),
    "without both": ("access", "audit"),
}
_EARLIER = """
import sys
from benchmarks.stage import folder, stand
if __name__ == "__main__":
    with folder() as place, stand(place, "record", int(sys.argv[1]), (1,), lambda _: None) as made:
        service = made.service_by_workers[1]
        print(service.port, service.token, flush=True)
        sys.stdin.read()
"""
_MEASURED = frozenset(("read", "create", "update", "search"))
_shown = Console(highlight=False, soft_wrap=True)


def cost(
    people: Annotated[int, typer.Option(min=400, help="How many people are there.")] = 1_000,
    turns: Annotated[int, typer.Option(min=1, help="How often each is measured.")] = 5,
    seconds: Annotated[float, typer.Option(help="How long a turn is.")] = 1.5,
    before: Annotated[Path | None, typer.Option(help="A folder with an earlier version.")] = None,
) -> None:
    """Print what part of the throughput without access and audit is left with them."""
    with ExitStack() as ends:
        place = ends.enter_context(folder())
        record = ends.enter_context(stand(place, "record", people, (1,), _shown.print))
        servers = {name: _started(ends, place, record, name) for name in VARIANTS}
        if before is not None:
            servers["before"] = _earlier(ends, place, before, people)
        others = list(servers)[1:]
        _shown.print(f"| Row | {' | '.join(servers)} | whole of {' | of '.join(others)} |")
        _shown.print("|---|" + "---|" * (len(servers) + len(others)))
        for row in ROWS:
            if row.make.__name__ in _MEASURED:
                _shown.print(_line(row, servers, worlds(people)[0], turns, seconds))


def _started(ends: ExitStack, place: Path, record: Stand, name: str) -> Server:
    port = free_port()
    process = Process(
        [sys.executable, "-m", "benchmarks.without", str(port), *VARIANTS[name]],
        port,
        place / f"{name}.log",
        WHATMATTERS_LOG_LEVEL="error",
        WHATMATTERS_DATABASE_URL=record.url,
        WHATMATTERS_DATA_DIR=str(record.data_dir),
        WHATMATTERS_BASE_URL=record.fhir_base.removesuffix("/fhir"),
        WHATMATTERS_DEMO="true",
        WHATMATTERS_RATE_LIMITS="",
        WHATMATTERS_AUDIT_SEAL_SECONDS="0",
    )
    ends.callback(process.stop)
    process.wait("/health/ready")
    return Server(port, record.service_by_workers[1].token)


def _earlier(ends: ExitStack, place: Path, before: Path, people: int) -> Server:
    script = place / "earlier.py"
    script.write_text(_EARLIER)
    process = subprocess.Popen(  # noqa: S603  (an earlier version of our own code)
        [sys.executable, str(script), str(people)],
        cwd=before,
        env=os.environ | {"PYTHONPATH": str(before)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    ends.callback(process.communicate)  # ends what it reads, and waits until it has cleared away
    port, token = (process.stdout.readline() if process.stdout else "").split()
    return Server(int(port), token)


def _line(row: Row, servers: dict[str, Server], world: World, turns: int, seconds: float) -> str:
    timed = {name: Timed() for name in servers}
    requests: dict[str, Iterator[bytes]] = {n: row.make(world, s) for n, s in servers.items()}
    for _ in range(turns):
        for name, server in servers.items():
            load = Load(32, seconds)
            turn: Timed = uvloop.run(drive(server.port, requests[name], row.status, load))
            timed[name].add(turn)
    errors = sum(one.errors for one in timed.values())
    if errors:
        raise RuntimeError(f"{row.name}: {errors} errors")
    figures = " | ".join(f"{timed[name].per_second:,.0f}" for name in servers)
    whole = timed.pop("whole").per_second
    shares = " | ".join(f"{whole / one.per_second:.2f}" for one in timed.values())
    return f"| {row.name} | {figures} | {shares} |"
