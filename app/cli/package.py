"""`whatmatters package`: the shipped definitions as one file that other FHIR tools load."""

from pathlib import Path
from typing import Annotated

import typer

from app.fhir.library import examples, shipped
from app.fhir.package import archive


def package(
    out: Annotated[Path, typer.Option(help="Where to write it.")] = Path("dist/package.tgz"),
) -> None:
    """Pack the profiles, codes and examples for other FHIR tools; offline."""
    made = archive(shipped(), examples())
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(made)
    except OSError as problem:
        typer.echo(f"{out} cannot be written: {problem.strerror}.", err=True)
        raise typer.Exit(1) from problem
    typer.echo(str(out))
