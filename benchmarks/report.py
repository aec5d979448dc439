"""The tables: every figure beside its ceilings, and the targets with whether they were met."""

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import Timed
from benchmarks.measure import Figure

BEGIN = "<!-- written by `python -m benchmarks --write` -->"
END = "<!-- written by hand from here on -->"
_HAND_WRITTEN = """

## What limits each row, and what was tried

Nothing has been written here yet.
"""
_MOST_MEGABYTES = 150
_LEAST_LOADED = 5_000
_MOST_SLOWER = 1.2
_LEAST_FASTER = 1.5


@dataclass(frozen=True, slots=True)
class LoadFigure:
    """What loading a file of NDJSON came to. sql: the same rows by SQL alone, in a second."""

    stored: int
    per_second: float
    start_seconds: float
    processor_seconds: float
    sql_per_second: float


@dataclass(frozen=True, slots=True)
class Results:
    """Everything of one run. machine: (name, value). memory: megabytes of each worker at its peak,
    by number of workers. sizes: resources in the small record and in the large."""

    figures: Sequence[Figure]
    load: LoadFigure
    memory: dict[int, list[float]]
    machine: Sequence[tuple[str, str]]
    sizes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Target:
    """One target. met: whether the figure reaches it."""

    name: str
    figure: str
    wanted: str
    met: bool


def tables(results: Results) -> str:
    """The results as Markdown."""
    small, large = results.sizes
    parts = [
        _table(("", ""), results.machine),
        "## Targets",
        _table(
            ("Target", "Figure", "Wanted", "Met"),
            [(t.name, t.figure, t.wanted, "yes" if t.met else "NO") for t in targets(results)],
        ),
        f"## Figures, on {large:,} resources",
        _EXPLAINED.format(small=small),
        _table(_FIGURE_HEADS, [_figure_row(figure) for figure in results.figures]),
        _load_line(results.load),
    ]
    return "\n\n".join(parts)


def write(path: Path, text: str) -> None:
    """Put the tables into the file; what was written by hand below them stays."""
    old = path.read_text() if path.exists() else ""
    _, found, by_hand = old.partition(END)
    kept = by_hand if found else _HAND_WRITTEN
    path.write_text(f"# Benchmark results\n\n{BEGIN}\n\n{text}\n\n{END}{kept}")


def targets(results: Results) -> list[Target]:
    """Each target of the house, with what came of it."""
    by_key = {(f.row.name, f.workers, f.connections): f for f in results.figures}
    busy = {name: by_key[name, 1, 32] for name, workers, c in by_key if (workers, c) == (1, 32)}
    search = busy["search a person's goals"]
    found = [
        _at_least("read, of the bare route", _of_route(busy["read"]), 0.30),
        _at_least("create, of the bare route", _of_route(busy["create"]), 0.15),
        _at_least("search a person's goals, of the bare route", _of_route(search), 0.10),
        _at_least(
            "search a person's goals, of its SQL with the audit", _of_audited_sql(search), 0.80
        ),
        _at_least("search a person's goals, of its SQL without the audit", _of_sql(search), 0.80),
    ]
    found += [_faster(figure, by_key[name, 2, 32]) for name, figure in busy.items()]
    loaded = results.load.per_second
    met = loaded >= _LEAST_LOADED
    found.append(Target("load, resources a second", f"{loaded:,.0f}", f">= {_LEAST_LOADED:,}", met))
    found += [
        Target(
            f"memory of a worker, of {workers}",
            f"{max(peaks):.0f} MB",
            f"< {_MOST_MEGABYTES} MB",
            max(peaks) < _MOST_MEGABYTES,
        )
        for workers, peaks in results.memory.items()
    ]
    found += [_slower(name, figure) for name, figure in busy.items()]
    return found


def heads() -> str:
    """What stands above the lines of `line`."""
    return f"{'':<26}{' '.join(f'{head[:9]:>9}' for head in _FIGURE_HEADS[1:])}"


def line(figure: Figure) -> str:
    """One figure on one line, to be shown while others are measured."""
    cells = (f"{cell:>9}" for cell in _figure_row(figure)[1:])
    return f"{figure.row.name:<26}{' '.join(cells)}"


_EXPLAINED = """\
CPU is processor time a request, in microseconds, of the workers, of PostgreSQL and of the client.
"Route" is a bare Starlette route under the same server with as many workers, answering with the
same bytes. "SQL" is what the service asks PostgreSQL for such a request, asked by asyncpg alone
over twelve connections: of a read or search first by itself, then with the audit that must be
durable before the answer; of a write all that it writes, each in a commit of its own. "Small" is
the same service on a record of {small:,} resources."""

_FIGURE_HEADS = (
    "Row",
    "Workers",
    "Connections",
    "Requests/s",
    "p50 ms",
    "p99 ms",
    "Errors",
    "CPU worker",
    "CPU database",
    "CPU client",
    "Route/s",
    "CPU route",
    "of route",
    "SQL/s",
    "of SQL",
    "Audited SQL/s",
    "of it",
    "Small/s",
)


def _figure_row(figure: Figure) -> tuple[str, ...]:
    service, route, spent = figure.service, figure.route, figure.spent
    return (
        figure.row.name,
        str(figure.workers),
        str(figure.connections),
        f"{service.per_second:,.0f}",
        f"{service.percentile(0.5):.2f}",
        f"{service.percentile(0.99):.2f}",
        str(service.errors),
        *(_each(part, service) for part in (spent.workers, spent.database, spent.client)),
        f"{route.per_second:,.0f}",
        _each(figure.route_spent.workers, route),
        f"{_of_route(figure):.2f}",
        f"{figure.sql.per_second:,.0f}",
        f"{_of_sql(figure):.2f}",
        f"{figure.audited_sql.per_second:,.0f}" if figure.audited_sql.latencies else "",
        f"{_of_audited_sql(figure):.2f}" if figure.audited_sql.latencies else "",
        f"{figure.small.per_second:,.0f}" if figure.small.latencies else "",
    )


def _each(seconds: float, timed: Timed) -> str:
    return f"{_share(seconds, len(timed.latencies)) * 1e6:,.0f}"


def _load_line(load: LoadFigure) -> str:
    return (
        f"`load` of {load.stored:,} resources as NDJSON: {load.per_second:,.0f} a second, after "
        f"{load.start_seconds:.1f} s to start; {load.processor_seconds / load.stored * 1e6:,.0f} "
        f"microseconds of its own processor time each. The same rows by SQL alone, in "
        f"transactions of as many: {load.sql_per_second:,.0f} a second."
    )


def _of_route(figure: Figure) -> float:
    return _share(figure.service.per_second, figure.route.per_second)


def _of_sql(figure: Figure) -> float:
    return _share(figure.service.per_second, figure.sql.per_second)


def _of_audited_sql(figure: Figure) -> float:
    return _share(figure.service.per_second, figure.audited_sql.per_second)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _at_least(name: str, figure: float, wanted: float) -> Target:
    return Target(name, f"{figure:.2f}", f">= {wanted:.2f}", figure >= wanted)


def _faster(one: Figure, two: Figure) -> Target:
    """Two workers to one, and the most that the processors allow them, client and all."""
    spent = one.spent.workers + one.spent.database + one.spent.client
    each = _share(spent, len(one.service.latencies))
    most = _share(_share(os.cpu_count() or 1, each), one.service.per_second)
    name = f"{one.row.name}, two workers to one (these processors allow {most:.1f})"
    return _at_least(name, _share(two.service.per_second, one.service.per_second), _LEAST_FASTER)


def _slower(name: str, figure: Figure) -> Target:
    per_second = figure.service.per_second
    times = figure.small.per_second / per_second if per_second else math.inf
    wanted = f"<= {_MOST_SLOWER}"
    return Target(
        f"{name}, slower than on the small record", f"{times:.2f}", wanted, times <= _MOST_SLOWER
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
