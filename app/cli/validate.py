"""`whatmatters validate`: are these resources right? Offline; no database is needed or started."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.validation import STDIN, Judged, files_in, is_error, judge, read
from app.cli.validation_report import Format, report
from app.fhir.library import BASE, by_url

BAD_USAGE = 2


def validate(
    paths: Annotated[
        list[str], typer.Argument(help="JSON or NDJSON files, folders of them, or - for stdin.")
    ],
    profile: Annotated[
        list[str] | None,
        typer.Option(help="A profile each must meet, by its id or URL, beside those it claims."),
    ] = None,
    format: Annotated[Format, typer.Option(help="How to tell it.")] = Format.TEXT,
    no_warnings: Annotated[bool, typer.Option("--no-warnings", help="Tell errors alone.")] = False,
) -> None:
    """Check resources against R4 and the profiles shipped here, without sending them anywhere."""
    profiles = tuple(_profile(one) for one in profile or ())
    names = [str(file) for path in paths for file in _files(path)]
    judged: list[Judged] = []
    for name in names:
        judged += judge(name, _read(name), profiles)
    if no_warnings:
        for one in judged:
            one.found = [found for found in one.found if is_error(found.issue)]
    typer.echo(report(judged, format, len(names)), nl=False)
    if not all(one.is_sound for one in judged):
        raise typer.Exit(1)


def _profile(asked: str) -> str:
    """The URL of a profile shipped here, by its URL or its id."""
    url = asked if ":" in asked else f"{BASE}/StructureDefinition/{asked}"
    if by_url(url) is None:
        _leave("There is no profile of this name here. See fhir_profiles/StructureDefinition.")
    return url


def _files(path: str) -> list[Path | str]:
    if path == STDIN:
        return [path]
    found = files_in(Path(path))
    if not found:
        _leave(f"There is no JSON or NDJSON file in {path}.")
    return [*found]


def _read(name: str) -> bytes:
    try:
        return read(name)
    except OSError as problem:
        _leave(f"{name} cannot be read: {problem.strerror}.")
        raise


def _leave(reason: str) -> None:
    """Say why on the other stream, and end as after a wrong option."""
    typer.echo(reason, err=True)
    raise typer.Exit(BAD_USAGE)
