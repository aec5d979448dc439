"""`python -m benchmarks`: sets the stage, measures, and shows the tables."""

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from benchmarks import fill, loading, machine, report, sql
from benchmarks.cost import cost
from benchmarks.measure import Figure, Pace, Stage, measure, sample_pages
from benchmarks.page import page as one_page
from benchmarks.profile import profile
from benchmarks.requests import World, worlds
from benchmarks.servers import ROOT, BareRoute
from benchmarks.stage import PEOPLE_IN_A_SMALL_RECORD, Stand, folder, stand
from benchmarks.validation import validate

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
WORKERS = (1, 2)
_MOST_SECONDS = 280

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_shown = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. loaded: how many of the people come by `load`. pace: at most."""

    people: int
    loaded: int
    pace: Pace


_WHOLE = Plan(20_000, 1_000, Pace(seconds=1.0, turns=2))
_QUICK = Plan(1_000, 200, Pace(seconds=0.5, turns=1))


@cli.callback(invoke_without_command=True)
def bench(
    context: typer.Context,
    people: Annotated[int | None, typer.Option(min=400, help="How many people are there.")] = None,
    turns: Annotated[int | None, typer.Option(min=1, help="How often each is measured.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer people, shorter turns.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write benchmarks/RESULTS.md.")] = False,
) -> None:
    """Measure the service against its ceilings; under five minutes."""
    if context.invoked_subcommand is not None:
        return
    plan = _QUICK if quick else _WHOLE
    if people is not None:
        # Both parts in tens, as they are filled.
        tens = people // 10 * 10
        plan = replace(plan, people=tens, loaded=min(plan.loaded, tens // 40 * 10))
    plan = replace(plan, pace=replace(plan.pace, turns=turns or plan.pace.turns))
    began = time.monotonic()
    text = report.tables(_run(plan))
    _shown.print("\n" + text, markup=False)
    if write:
        report.write(RESULTS, text)
    _shown.print(f"\nIt took {time.monotonic() - began:.0f} s.")


cli.command("cost")(cost)
cli.command("page")(one_page)
cli.command("profile")(profile)
cli.command("validate")(validate)


def _run(plan: Plan) -> report.Results:
    began, before = time.monotonic(), machine.load_average()
    filled = plan.people - plan.loaded
    with ExitStack() as ends:
        place = ends.enter_context(folder())
        small = ends.enter_context(stand(place, "small", PEOPLE_IN_A_SMALL_RECORD, (1,), _tell))
        large = ends.enter_context(stand(place, "large", filled, WORKERS, _tell))
        loaded = loading.timed_load(large.data_dir, place, filled, plan.loaded)
        _tell(f"By load came {loaded.stored:,} more, {loaded.per_second:,.0f} a second.")
        fill.settle(large.url)
        chosen = worlds(plan.people)
        routes = _routes(ends, place, large, chosen[0])
        durable_write = machine.durable_write_milliseconds(place)
        pace = plan.pace.within(_MOST_SECONDS - (time.monotonic() - began))
        measured = uvloop.run(_measured(plan.people, pace, (small, large), routes, chosen))
        memory = {
            workers: [machine.peak_megabytes(process) for process in service.workers]
            for workers, service in large.service_by_workers.items()
        }
    described = [
        ("Date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
        *machine.description(),
        ("PostgreSQL", measured.version),
        ("A durable write of 8 kB", f"{durable_write:.2f} ms"),
        ("Load average before", f"{before:.2f}"),
        ("Processors busy with something else", f"{measured.others:.0%} while measuring"),
    ]
    loaded = replace(loaded, sql_per_second=measured.sql_per_second)
    return report.Results(measured.figures, loaded, memory, described, measured.sizes)


def _routes(ends: ExitStack, place: Path, large: Stand, world: World) -> dict[int, BareRoute]:
    """Bare routes that answer with what the service answers to each row."""
    pages = place / "pages"
    pages.mkdir()
    service = large.service_by_workers[1]
    for n, page in enumerate(uvloop.run(sample_pages(service, world))):
        (pages / str(n)).write_bytes(page)
    routes = {}
    for workers in WORKERS:
        routes[workers] = BareRoute(pages, workers=workers)
        ends.callback(routes[workers].stop)
    return routes


@dataclass(frozen=True, slots=True)
class _Measured:
    """others: the share of the processors that other processes took. sizes: small, large."""

    figures: list[Figure]
    sql_per_second: float
    version: str
    others: float
    sizes: tuple[int, int]


async def _measured(
    people: int,
    pace: Pace,
    stands: tuple[Stand, Stand],
    routes: dict[int, BareRoute],
    chosen: tuple[World, World],
) -> _Measured:
    small, large = stands
    database = await sql.open_database(large.url)
    sizes = (await _size(small.url), await _size(large.url))
    stage = Stage(
        large.service_by_workers,
        routes,
        small.service_by_workers[1],
        database,
        large.asker(),
        chosen,
        worlds(PEOPLE_IN_A_SMALL_RECORD)[0],
    )
    _tell(report.heads())
    others = _Others([os.getpid(), *_databases(stands)])
    figures = await measure(stage, pace, lambda figure: _tell(report.line(figure)))
    share = others.share()
    alone = await loading.sql_alone(database, large.fhir_base, people)
    (version,) = await database.session().fetch("show server_version", [])
    await database.close()
    return _Measured(figures, alone, version[0], share, sizes)


def _databases(stands: Sequence[Stand]) -> list[int]:
    return [one for stand in stands for one in stand.service_by_workers[1].database_processes]


class _Others:
    """How busy the machine is with what is none of ours."""

    def __init__(self, ours: Sequence[int]) -> None:
        self._ours = ours
        self._began = time.monotonic()
        self._before = self._theirs()

    def share(self) -> float:
        """Of all processors, since this was made."""
        spent = self._theirs() - self._before
        return max(spent, 0.0) / (time.monotonic() - self._began) / (os.cpu_count() or 1)

    def _theirs(self) -> float:
        ours = {one for process in self._ours for one in machine.family(process)}
        return machine.busy_seconds() - machine.processor_seconds(ours)


async def _size(url: str) -> int:
    database = await sql.open_database(url)
    (row,) = await database.session().fetch("select count(*) from resources", [])
    await database.close()
    return int(row[0])


def _tell(text: str) -> None:
    _shown.print(text, markup=False)


if __name__ == "__main__":
    cli()
