"""`python -m benchmarks page`: the one page beside the same page written by hand.

Both run in this process, on the same database and one after the other, so that what they do is
compared: by hand it is plain SQL and JSON (`benchmarks.page_by_hand`). The service also decides,
keeps to what the person chose, and has its record of the look on the disk before it answers.
"""

import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import asyncpg
import httpx
import typer
import uvloop
from rich.console import Console

from app.access.acts import Act
from app.access.caller import Caller
from app.access.decision import decide
from app.interactions.perform import permitted
from app.interactions.visit import Answer, Ask, Record, Visit
from app.main import make_record
from app.operations.what_matters import what_matters
from benchmarks import sql
from benchmarks.page_by_hand import page_by_hand
from benchmarks.stage import Stand, folder, stand

_GOALS, _TOLD = 60, 12
_HEAD = """\
| | page, ms | before its audit | by hand, kept to the permit | by hand | ÷ kept | ÷ by hand |
|---|---|---|---|---|---|---|"""
_UNTIMED = 20  # the first are planned and prepared
_shown = Console(highlight=False, soft_wrap=True)


def page(
    rounds: Annotated[int, typer.Option(min=10, help="How often each is measured.")] = 300,
) -> None:
    """Print the milliseconds of a page, of a short and of a long record, and of it by hand."""
    with folder() as place, stand(place, "record", 200, (1,), _shown.print) as record:
        long = _long_record(record)
        uvloop.run(
            _measured(record, {"short record": "tamsin-pender", "long record": long}, rounds)
        )


async def _measured(record: Stand, people: dict[str, str], rounds: int) -> None:
    database = await sql.open_database(record.url)
    connection = await asyncpg.connect(record.url)
    asker = record.asker()
    ours = make_record(asker.settings, database)
    _shown.print(_HEAD)
    for name, person in people.items():
        turns = {
            "page": _page(ours, asker.caller, person),
            "before": _before_its_audit(ours, asker.caller, person),
            "kept": _hand(connection, person, asker.caller, keeps=True),
            "hand": _hand(connection, person, asker.caller, keeps=False),
        }
        fast = {one: _fast(times) for one, times in (await _timed(turns, rounds)).items()}
        figures = " | ".join(f"{one:.2f}" for one in fast.values())
        ratios = f"{fast['before'] / fast['kept']:.2f} | {fast['before'] / fast['hand']:.2f}"
        _shown.print(f"| {name} | {figures} | {ratios} |")
    await connection.close()
    await database.close()


async def _timed(
    turns: dict[str, Callable[[], Awaitable[Any]]], rounds: int
) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {one: [] for one in turns}
    for n in range(rounds + _UNTIMED):
        for one, turn in turns.items():
            began = time.perf_counter()
            await turn()
            if n >= _UNTIMED:
                times[one].append(1000 * (time.perf_counter() - began))
    return times


def _fast(times: list[float]) -> float:
    """The fastest tenth: what it takes when nothing else has the processor."""
    return statistics.quantiles(times, n=10)[0]


def _page(record: Record, caller: Caller, person: str) -> Callable[[], Awaitable[Any]]:
    ask = Ask(Act.WHAT_MATTERS, "Patient", person)
    return lambda: permitted(record, caller, ask, what_matters)


def _before_its_audit(record: Record, caller: Caller, person: str) -> Callable[[], Awaitable[Any]]:
    """Decided and kept to the permit, and not recorded."""
    ask = Ask(Act.WHAT_MATTERS, "Patient", person)
    permit = decide(caller, ask.act, ask.type)

    async def made() -> Answer:
        visit = Visit(record, record.store.unit(), caller, permit, ask, record.now())
        return await what_matters(visit)

    return made


def _hand(
    connection: asyncpg.Connection, person: str, caller: Caller, *, keeps: bool
) -> Callable[[], Awaitable[Any]]:
    permit = decide(caller, Act.WHAT_MATTERS, "Patient") if keeps else None
    return lambda: page_by_hand(connection, person, caller.agent, permit)


def _long_record(record: Stand) -> str:
    """A person with sixty goals, each told about a dozen times; returns their id."""
    token = record.service_by_workers[1].token
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    with httpx.Client(base_url=record.fhir_base, headers=headers, timeout=60) as client:
        made = client.post("/Patient", json={"resourceType": "Patient", "active": True})
        person = str(made.raise_for_status().json()["id"])
        subject = {"reference": f"Patient/{person}"}
        entries = []
        for n in range(_GOALS):
            where = f"urn:uuid:00000000-0000-4000-8000-{n:012}"
            goal = {
                "resourceType": "Goal",
                "lifecycleStatus": "active",
                "description": {"text": f"Walk to the quay and back, and {n} steps more"},
                "subject": subject,
                "startDate": "2026-03-01",
            }
            entries.append(_entry(goal, where))
            entries += [_entry(_told(subject, where, m)) for m in range(_TOLD)]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        client.post("", json=bundle).raise_for_status()
    return person


def _told(subject: dict[str, str], where: str, number: int) -> dict[str, Any]:
    system = "https://whatmatters.example/fhir/CodeSystem/progress"
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": system, "code": "how-close"}]},
        "subject": subject,
        "focus": [{"reference": where}],
        "effectiveDateTime": f"2026-{number % 12 + 1:02}-15T10:00:00Z",
        "performer": [subject],
        "valueInteger": number % 11,
        "note": [{"text": "A little closer than last time, and I did not stop to rest."}],
    }


def _entry(resource: dict[str, Any], where: str | None = None) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"]},
    }
    return {**entry, "fullUrl": where} if where else entry
