"""`python -m benchmarks profile ROW`: where a worker's processor time goes while it answers one row
of the table."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from benchmarks import loading
from benchmarks.client import Load, Timed, drive
from benchmarks.requests import ROWS, Server, worlds
from benchmarks.sampled import SAMPLES, Place
from benchmarks.servers import ROOT, Process, free_port
from benchmarks.stage import Stand, folder, stand

_shown = Console(highlight=False, soft_wrap=True)
_ROW_BY_NAME = {row.make.__name__: row for row in ROWS}
_LOADED = 500  # people


def profile(
    row: Annotated[str, typer.Argument(help=f"One of {', '.join(_ROW_BY_NAME)}, load.")],
    people: Annotated[int, typer.Option(min=100, help="How many people are there.")] = 400,
    seconds: Annotated[float, typer.Option(help="How long to sample.")] = 5.0,
    lines: Annotated[int, typer.Option(help="How many lines of each list to show.")] = 40,
) -> None:
    """Print the functions in which a worker's processor time goes."""
    if row != "load" and row not in _ROW_BY_NAME:
        raise typer.BadParameter(f"one of {', '.join(_ROW_BY_NAME)}, load")
    with folder() as place, stand(place, "record", people, (1,), _shown.print) as record:
        samples = place / "samples.json"
        if row == "load":
            _load(record, place, samples, people)
        else:
            _serve(record, samples, row, people, seconds)
        _show([(stack, count) for stack, count in json.loads(samples.read_text())], lines)


def _serve(record: Stand, samples: Path, name: str, people: int, seconds: float) -> None:
    port, row = free_port(), _ROW_BY_NAME[name]
    server = Process(
        [sys.executable, "-m", "benchmarks.sampled", "serve", str(port)],
        port,
        samples.with_name("sampled.log"),
        WHATMATTERS_LOG_LEVEL="error",
        WHATMATTERS_DATABASE_URL=record.url,
        WHATMATTERS_DATA_DIR=str(record.data_dir),
        WHATMATTERS_DEMO="true",
        WHATMATTERS_RATE_LIMITS="",
        **{SAMPLES: str(samples)},
    )
    try:
        server.wait("/health/ready")
        requests = row.make(worlds(people)[0], Server(port, record.service_by_workers[1].token))
        process = server.workers[0]
        signals = iter((signal.SIGUSR1, signal.SIGUSR2))
        timed: Timed = uvloop.run(
            drive(
                port,
                requests,
                row.status,
                Load(32, seconds),
                lambda: os.kill(process, next(signals)),
            )
        )
        _await(samples)
        _shown.print(f"{row.name}: {timed.per_second:,.0f} a second, {timed.errors} errors")
    finally:
        server.stop()


def _load(record: Stand, place: Path, samples: Path, people: int) -> None:
    lines = loading.write_file(place / "load.ndjson", people, _LOADED)
    words = ["load", str(place / "load.ndjson"), "--data-dir", str(record.data_dir)]
    subprocess.run(  # noqa: S603  (our own command)
        [sys.executable, "-m", "benchmarks.sampled", *words],
        check=True,
        cwd=ROOT,
        env=os.environ | {SAMPLES: str(samples)},
    )
    _shown.print(f"load of {lines:,} resources, its start included")


def _await(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        if time.monotonic() > deadline:
            raise RuntimeError("The worker wrote no samples.")
        time.sleep(0.05)


def _show(samples: Sequence[tuple[Sequence[Place], int]], lines: int) -> None:
    total = sum(count for _, count in samples)
    own: Counter[str] = Counter()
    line: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for stack, count in samples:
        own[_function(stack[0])] += count
        line[f"{_function(stack[0])}:{stack[0][2]}"] += count
        for function in {_function(place) for place in stack}:
            within[function] += count
    for title, counter in (
        ("In the function itself, and in C that it calls", own),
        ("On the line itself", line),
        ("In the function and all that it calls", within),
    ):
        _shown.print(f"\n{title} ({total} samples of processor time)")
        for name, count in counter.most_common(lines):
            _shown.print(f"{count / total:7.1%}  {name}", markup=False)


def _function(place: Place) -> str:
    path, name, _ = place
    return f"{'/'.join(_short(path.split('/')))}:{name}"


def _short(parts: Sequence[str]) -> Iterable[str]:
    for start in ("site-packages", "python3.11"):
        if start in parts:
            return parts[parts.index(start) + 1 :]
    return parts[-3:]
