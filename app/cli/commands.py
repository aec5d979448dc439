"""The command line: serve, load, validate, token, client, conformance, and what runs the house."""

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
import uvloop
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.access import demo
from app.cli import demo_people
from app.cli.audit import audit
from app.cli.clients import clients
from app.cli.conformance import conformance
from app.cli.conformance_client import client
from app.cli.demo_stories import tell_stories
from app.cli.doctor import examine
from app.cli.generate import generate
from app.cli.load import Loaded, load_files
from app.cli.opening import ROOT, DatabaseUrl, DataDir, migrated, opened
from app.cli.package import package
from app.cli.person import person
from app.cli.reindex import reindex_all
from app.cli.relationships import Rebuilt, rebuild, sentence
from app.cli.signing import keys
from app.cli.tour import tour
from app.cli.upkeep import upkeep
from app.cli.validate import validate
from app.cli.words import words
from app.endpoints.logs import configure_logs
from app.errors import Malformed, NotFound, Refusal, Unavailable
from app.settings import Settings
from app.store import embedded

EXAMPLES = ROOT / "fhir_profiles" / "examples"

cli = typer.Typer(
    help="What Matters: one shared record of what matters to a person.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
conformance.command()(client)
cli.add_typer(conformance, name="conformance")
cli.add_typer(clients, name="client")
cli.add_typer(keys, name="keys")
cli.add_typer(audit, name="audit")
cli.add_typer(person, name="person")
cli.add_typer(words, name="words")
_told = Console(stderr=True, highlight=False)


def main() -> None:
    """Run the command line; a refusal is one sentence and exit code 1."""
    # What a library would say on its own belongs in the service's log; here a sentence is enough.
    logging.basicConfig(handlers=[logging.NullHandler()])
    try:
        cli()
        return
    except Refusal as refusal:
        reasons = [issue.text for issue in refusal.issues]
    except ValidationError as error:
        # What was given is left out: it may be a secret.
        reasons = [
            _sentence(one["loc"], one["msg"])
            for one in error.errors(include_input=False, include_url=False)
        ]
    for reason in reasons:
        _told.print(reason, style="red", markup=False, soft_wrap=True)
    raise SystemExit(1)


def _sentence(place: tuple[int | str, ...], fault: str) -> str:
    """What is wrong with a setting; or, without a place, with the settings together."""
    said = fault.removeprefix("Value error, ")
    return f"WHATMATTERS_{'_'.join(map(str, place)).upper()}: {said}." if place else f"{said}."


@cli.command()
def serve(
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8000,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    demo: Annotated[bool, typer.Option("--demo", help="Load and serve the demo people.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=64)] = 1,
) -> None:
    """Serve the record; without a database URL, on the embedded PostgreSQL in the data folder."""
    _check_port(host, port)
    settings = opened(data_dir, database_url, demo=demo)
    if "WHATMATTERS_BASE_URL" not in os.environ:
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  (only compared)
        settings = settings.model_copy(update={"base_url": f"http://{shown}:{port}"})
    migrated(settings)
    if settings.demo:
        _load_demo(settings)
        _told.print(tour(settings), markup=False, soft_wrap=True)
    os.environ.update(_environment(settings))
    if workers > 1:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_empty_folder(settings.data_dir / "metrics"))
    configure_logs(settings.log_level, settings.log_format)
    # The server finishes what is under way, then lets the signal through to whoever had it before.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        http="app.endpoints.http_head:HeadProtocol",
        host=host,
        port=port,
        workers=workers,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=20,
        timeout_worker_healthcheck=30,
        server_header=False,
        date_header=True,
    )


@cli.command()
def migrate(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Bring the database's tables up to this version."""
    migrated(opened(data_dir, database_url))
    _told.print("The database is up to date.")


@cli.command()
def load(
    files: Annotated[list[Path], typer.Argument(help="Bundles (.json) or NDJSON (.ndjson).")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    organisation: Annotated[
        str, typer.Option(help="The Organization on whose behalf it is loaded.")
    ] = "care-board",
    report: Annotated[
        Path | None, typer.Option(help="Where to write what was refused, and why, as NDJSON.")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Do not resume; begin again.")] = False,
) -> None:
    """Load resources; stopped half-way, the same command goes on where it was."""
    for file in files:
        if not file.is_file():
            raise Malformed(f"There is no file {file}. Nothing was loaded.")
    settings = opened(data_dir, database_url)
    migrated(settings)
    loaded = _with_progress(
        "Loading",
        lambda advance: uvloop.run(
            load_files(
                settings, files, organisation, advance=advance, resume=not restart, report=report
            )
        ),
    )
    _told.print(loaded.sentence(), markup=False)
    if loaded.refused:
        raise typer.Exit(2)


cli.command()(validate)
cli.command()(package)
cli.command()(generate)


@cli.command()
def token(
    client: Annotated[
        str,
        typer.Argument(
            help="gp-surgery, …, person:<NHS number>, supporter:<their id>, invited:<name>."
        ),
    ],
    scope: Annotated[str | None, typer.Option(help="Only these of the client's scopes.")] = None,
    purpose: Annotated[str | None, typer.Option(help="What for, such as TREAT.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Print a bearer token for a demo client, and nothing else."""
    # No database is started for this: a token needs the demonstration's key alone.
    settings = opened(data_dir, None, start=False)
    if not (settings.data_dir / "demo-issuer.json").exists():
        raise NotFound(
            f"There is no demo in {settings.data_dir}. "
            "Start it with `make demo`, or type this in the folder where you did."
        )
    minted = demo.mint(
        settings.data_dir,
        client,
        scope,
        time.time(),
        person_id_by_nhs_number=demo_people.by_nhs_number,
        person_id_by_supporter=demo_people.by_supporter,
        purpose=purpose,
    )
    typer.echo(minted)


@cli.command()
def worker(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, and end.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Do what time makes due, such as ending supporters; beside the service, or with --once."""
    settings = opened(data_dir, database_url)
    migrated(settings)
    configure_logs(settings.log_level, settings.log_format)
    done = uvloop.run(upkeep(settings, once=once))
    if done is not None:
        _told.print(done.sentence())


@cli.command()
def reindex(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Write the search index anew from the stored resources."""
    settings = opened(data_dir, database_url)
    migrated(settings)
    count = _with_progress("Indexing", lambda advance: uvloop.run(reindex_all(settings, advance)))
    _told.print(f"{count} resources were indexed.")


relationships = typer.Typer(help="Who may see what, as the entries say.", no_args_is_help=True)
cli.add_typer(relationships, name="relationships")


@relationships.command("rebuild")
def rebuild_relationships(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Make who may see what anew from the entries, and say how much was not as they say."""
    settings = opened(data_dir, database_url)
    migrated(settings)
    found: list[Rebuilt] = []

    async def work(advance: Callable[[int, int], None]) -> int:
        found.append(await rebuild(settings, advance))
        return 0

    _with_progress("Comparing", lambda advance: uvloop.run(work(advance)))
    _told.print(sentence(found[0]))


@cli.command()
def doctor(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Check settings, durability and migrations, and say what to do."""
    settings = opened(data_dir, database_url, start=False)
    findings = asyncio.run(examine(settings, ROOT))
    for finding in findings:
        _told.print(f"{'ok ' if finding.fine else 'NOT'}  {finding.text}", markup=False)
    if not all(finding.fine for finding in findings):
        raise typer.Exit(1)


@cli.command()
def stop(data_dir: DataDir = None) -> None:
    """Stop the embedded PostgreSQL of the data folder."""
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    stopped = embedded.stop(settings.data_dir)
    _told.print("The database was stopped." if stopped else "The database was not running.")


def _check_port(host: str, port: int) -> None:
    """Take the port for a moment, before anything is started or loaded. Raises Unavailable."""
    try:
        [(family, kind, _, _, place), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as problem:
        raise Unavailable(
            f"Port {port} of {host} cannot be used: {problem.strerror}. If this service runs there "
            f"already, stop it (Ctrl-C), or choose another port, such as --port {port + 1}."
        ) from problem


def _environment(settings: Settings) -> dict[str, str]:
    """What the workers are started with."""
    return {
        "WHATMATTERS_DATABASE_URL": settings.database_url or "",
        "WHATMATTERS_DATA_DIR": str(settings.data_dir),
        "WHATMATTERS_BASE_URL": settings.base_url,
        "WHATMATTERS_DEMO": "true" if settings.demo else "false",
    }


def _empty_folder(folder: Path) -> Path:
    """For the workers' figures of this run; those of the last are thrown away."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()
    return folder


def _load_demo(settings: Settings) -> None:
    """Load the demo people once; what was changed since is kept."""
    demo.ensure_issuer(settings.data_dir)
    files = [EXAMPLES / "organisations.json", *sorted((EXAMPLES / "people").glob("*.json"))]
    loaded = _with_progress(
        "Loading the demo people",
        lambda advance: uvloop.run(
            load_files(settings, files, "care-board", advance=advance, unless_there=True)
        ),
    )
    if loaded.refused:
        _told.print(loaded.sentence(), style="red", markup=False)
        return
    _with_progress(
        "Telling what happened to them",
        lambda advance: uvloop.run(tell_stories(settings, advance)),
    )


def _with_progress(text: str, work: Callable[[Callable[[int, int], None]], Loaded | int]) -> Loaded:
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=_told
    ) as progress:
        task = progress.add_task(text, total=None)

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        return work(advance)  # type: ignore[return-value]
