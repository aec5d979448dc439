"""Times `whatmatters load` of a file of NDJSON, and the same rows written by SQL alone."""

import resource
import subprocess
import sys
import time
from pathlib import Path

from app.cli import made_up_people as people
from app.cli.load import STREAMS
from app.fhir.json_guard import encode
from app.store.database import Database
from benchmarks import fill, sql
from benchmarks.client import Load
from benchmarks.report import LoadFigure
from benchmarks.servers import BEGIN, ROOT

_CHUNKS = 40


def write_file(path: Path, first: int, count: int) -> int:
    """Write the people from number `first` on, a resource a line; returns how many lines."""
    lines = 0
    with path.open("wb") as file:
        for resources in people.resources(first, count):
            file.writelines(encode(one) + b"\n" for one in resources)
            lines += len(resources)
    return lines


def load(data_dir: Path, path: Path) -> tuple[float, float]:
    """Load the file as a user would; seconds it took, and seconds on a processor."""
    command = [sys.executable, "-c", BEGIN, "load", str(path), "--data-dir", str(data_dir)]
    before, started = _processor_seconds(), time.perf_counter()
    done = subprocess.run(  # noqa: S603  (our own command)
        command, capture_output=True, text=True, cwd=ROOT, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"The file was not loaded whole: {done.stderr[-2000:]}")
    return time.perf_counter() - started, _processor_seconds() - before


def timed_load(data_dir: Path, folder: Path, first: int, count: int) -> LoadFigure:
    """Load one person, then the rest; the difference is the rate. The SQL is timed elsewhere."""
    one, rest = folder / "one.ndjson", folder / "rest.ndjson"
    write_file(one, first, 1)
    lines = write_file(rest, first + 1, count - 1)
    start_seconds, start_processor = load(data_dir, one)
    seconds, processor = load(data_dir, rest)
    rate = lines / max(seconds - start_seconds, 1e-9)
    return LoadFigure(lines, rate, start_seconds, processor - start_processor, 0.0)


async def sql_alone(database: Database, fhir_base: str, first: int) -> float:
    """Resources a second when their rows are written in transactions about as large as load's,
    three at a time. first: the number of a person who is not there yet."""
    chunks = [
        [one for some in people.resources(number, fill.TOGETHER) for one in some]
        for number in range(first, first + _CHUNKS * fill.TOGETHER, fill.TOGETHER)
    ]
    asker = fill.load_asker(fhir_base)
    noted = await sql.note(database, asker, [fill.transaction(chunk) for chunk in chunks])
    timed = await sql.replay(database, sql.again_and_again(noted), Load(STREAMS, 60.0))
    return timed.per_second * sum(len(chunk) for chunk in chunks) / len(chunks)


def _processor_seconds() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
