"""`whatmatters conformance client`: a sandbox that an integrator's client is pointed at."""

import asyncio
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated

import typer

from app.conformance.client_sandbox import Sandbox, instructions, serve, server_of
from app.conformance.client_scenarios import SCENARIOS, Scenario
from app.conformance.reports import text, write

BAD_USAGE = 2


def client(
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8100,
    host: str = "127.0.0.1",
    only: Annotated[
        list[str] | None, typer.Option(help="Only these scenarios, by their names.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Folder for the reports.")] = None,
    until_done: Annotated[
        bool, typer.Option("--until-done", help="End by itself once every scenario was played.")
    ] = False,
) -> None:
    """Play the scenarios to a client, and say what it did right and wrong.

    In memory, with one made-up person. Exit 0 only if the client did all that it must.
    """
    scenarios = _chosen(only or [])
    sandbox = Sandbox(scenarios)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _bound(host, port) as door:
        port = door.getsockname()[1]
        typer.echo(instructions(scenarios, f"http://{host}:{port}"))
        server = server_of(sandbox)
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(sandbox, server, door, until_done=until_done))
    account = sandbox.account()
    typer.echo(text(account, _width()), nl=False)
    if report is not None:
        for path in write(account, report):
            typer.echo(f"Written: {path}", err=True)
    if not sandbox.is_green:
        raise typer.Exit(1)


def _width() -> int:
    """How wide a terminal is; 0 where what is told goes elsewhere, so that no line is broken."""
    return get_terminal_size().columns if sys.stdout.isatty() else 0


def _chosen(names: list[str]) -> list[Scenario]:
    known = [one.name for one in SCENARIOS]
    for name in names:
        if name not in known:
            typer.echo(f"There is no scenario {name}. There are {', '.join(known)}.", err=True)
            raise typer.Exit(BAD_USAGE)
    return [one for one in SCENARIOS if not names or one.name in names]


def _bound(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as problem:
        text = f"Port {port} of {host} cannot be used: {problem.strerror}."
        typer.echo(f"{text} Choose another, such as --port {port + 1}.", err=True)
        raise typer.Exit(BAD_USAGE) from None
