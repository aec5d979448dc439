"""Times each row in short turns: the bare route, the service, the small record, two workers, the
bare route again, so that what else the machine does falls on all of them alike."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat

from app.store.database import Database
from benchmarks import machine, sql
from benchmarks.client import Load, Timed, drive, fetch
from benchmarks.requests import ROWS, Row, Server, World
from benchmarks.servers import BareRoute, Process, Service

CONNECTIONS = (32, 1)
_MOST_NOTED = 2_500
_NOTING_SECONDS = 2.0


@dataclass(slots=True)
class Spent:
    """Seconds on a processor, all requests together."""

    workers: float = 0.0
    database: float = 0.0
    client: float = 0.0

    def add(self, other: "Spent") -> None:
        """Take another turn's seconds in."""
        self.workers += other.workers
        self.database += other.database
        self.client += other.client


@dataclass(slots=True)
class Figure:
    """One row of the table, at one number of workers and connections.

    route, sql: the ceilings; audited_sql: of what only reads, with its audit. small: the same on
    the small record. spent: on a processor, and route_spent: the same of the bare route.
    """

    row: Row
    workers: int
    connections: int
    service: Timed = field(default_factory=Timed)
    route: Timed = field(default_factory=Timed)
    sql: Timed = field(default_factory=Timed)
    audited_sql: Timed = field(default_factory=Timed)
    small: Timed = field(default_factory=Timed)
    spent: Spent = field(default_factory=Spent)
    route_spent: Spent = field(default_factory=Spent)


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that is measured. service_by_workers: on the large record, as is `database`.
    worlds: whom requests over HTTP are about, and whom those sent by SQL alone."""

    service_by_workers: dict[int, Service]
    route_by_workers: dict[int, BareRoute]
    small: Service
    database: Database
    asker: sql.Asker
    worlds: tuple[World, World]
    small_world: World


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a turn is, and how many there are."""

    seconds: float
    turns: int

    def within(self, most: float) -> "Pace":
        """The same with turns so short that all rows take about `most` seconds, if need be."""
        # Of each row: two routes for half a turn, two services and the small record at many
        # connections; half of that at one; and a quarter more for warming up.
        turns_of_a_row = 1.25 * (self.turns * (4 + 1.5) + 2 + 1)
        spare = most / len(ROWS) - len(CONNECTIONS) * _NOTING_SECONDS
        return Pace(min(self.seconds, max(spare / turns_of_a_row, 0.2)), self.turns)


async def measure(stage: Stage, pace: Pace, told: Callable[[Figure], None]) -> list[Figure]:
    """Every row, with one and two workers and 32 and 1 connections. told: of each when done."""
    figures = []
    for place, row in enumerate(ROWS):
        rows = _RowOnStage(stage, row, place)
        for connections in CONNECTIONS:
            seconds = pace.seconds if connections > 1 else pace.seconds / 2
            for figure in await rows.figures(Load(connections, seconds), pace.turns):
                figures.append(figure)
                told(figure)
    return figures


async def sample_pages(service: Service, world: World) -> list[bytes]:
    """What the service answers to the first request of each row. Raises RuntimeError when it is
    not what is expected."""
    server = Server(service.port, service.token)
    pages = []
    for row in ROWS:
        status, page = await fetch(service.port, next(row.make(world, server)))
        if status != row.status:
            raise RuntimeError(f"{row.name} was answered {status}: {page[:1000]!r}")
        pages.append(page)
    return pages


class _RowOnStage:
    """One row, with its requests for each server."""

    def __init__(self, stage: Stage, row: Row, place: int) -> None:
        self._stage = stage
        self._row = row
        self._place = place
        self._requests = {
            workers: row.make(stage.worlds[0], Server(service.port, service.token))
            for workers, service in stage.service_by_workers.items()
        }
        small = Server(stage.small.port, stage.small.token)
        self._small_requests = row.make(stage.small_world, small)

    async def figures(self, load: Load, turns: int) -> list[Figure]:
        """One figure for each number of workers."""
        figures = {n: Figure(self._row, n, load.connections) for n in self._requests}
        for turn in range(turns):
            for workers, figure in figures.items():
                await self._route(figure, workers, load)
                await self._service(figure, workers, load)
            if load.connections > 1:
                await self._small(figures[1], load)
            if turn == 0:
                await self._sql(figures, load)
        return list(figures.values())

    async def _route(self, figure: Figure, workers: int, load: Load) -> None:
        route = self._stage.route_by_workers[workers]
        request = self._bare_request(route)
        short = Load(load.connections, load.seconds / 2)
        meter = _Meter(route.workers, [])
        figure.route.add(await drive(route.port, repeat(request), 200, short, meter))
        figure.route_spent.add(meter.spent())

    async def _service(self, figure: Figure, workers: int, load: Load) -> None:
        service = self._stage.service_by_workers[workers]
        meter = _Meter(service.workers, service.database_processes)
        figure.service.add(await self._drive(service, self._requests[workers], load, meter))
        figure.spent.add(meter.spent())

    async def _small(self, figure: Figure, load: Load) -> None:
        figure.small.add(await self._drive(self._stage.small, self._small_requests, load))

    async def _drive(
        self,
        service: Process,
        requests: Iterator[bytes],
        load: Load,
        mark: Callable[[], None] = lambda: None,
    ) -> Timed:
        return await drive(service.port, requests, self._row.status, load, mark)

    async def _sql(self, figures: dict[int, Figure], load: Load) -> None:
        stage = self._stage
        count = _MOST_NOTED if load.connections > 1 else _MOST_NOTED // 4
        requests = self._row.make(stage.worlds[1], Server(0, ""))
        some = islice(requests, self._count(count))
        noted = await sql.note(stage.database, stage.asker, some, most_seconds=_NOTING_SECONDS)
        timed = await sql.replay(stage.database, sql.again_and_again(noted), load)
        audited = Timed()
        if noted[0].audited:
            again = sql.audited(sql.again_and_again(noted))
            audited = await sql.replay(stage.database, again, load)
        for figure in figures.values():
            figure.sql.add(timed)
            figure.audited_sql.add(audited)

    def _count(self, most: int) -> int:
        """How many requests are noted: few where they may be sent again, and no goal twice."""
        if self._row.name == "update":
            return min(most, len(self._stage.worlds[1].goals))
        if self._row.name == "transaction of ten":
            return most // 10
        return most if self._row.name == "create" else 100

    def _bare_request(self, route: BareRoute) -> bytes:
        one = next(self._row.make(self._stage.worlds[0], Server(route.port, "", "")))
        method, _, rest = one.partition(b" ")
        _, _, rest = rest.partition(b" ")
        return b"%b /%d %b" % (method, self._place, rest)


class _Meter:
    """Processor time of workers, a database and this client, between two marks."""

    def __init__(self, workers: Sequence[int], database: Sequence[int]) -> None:
        self._processes = (workers, database, [os.getpid()])
        self._marks: list[tuple[float, ...]] = []

    def __call__(self) -> None:
        self._marks.append(tuple(machine.processor_seconds(p) for p in self._processes))

    def spent(self) -> Spent:
        """What was spent between the marks."""
        before, after = self._marks
        return Spent(*(end - begin for begin, end in zip(before, after, strict=True)))
