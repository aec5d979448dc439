"""`whatmatters person`: what a person may ask of those who look after the record."""

from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from app.cli.opening import DatabaseUrl, DataDir, migrated, opened
from app.cli.person_export import export_person

person = typer.Typer(help="Give a person everything about them.", no_args_is_help=True)
_told = Console(stderr=True, highlight=False)

Who = Annotated[str, typer.Argument(help="The id of their Patient, or an NHS number.")]
Organisation = Annotated[
    str, typer.Option(help="The Organization on whose behalf it is done, in the audit.")
]


@person.command("export")
def export(
    who: Who,
    out: Annotated[Path, typer.Option(help="A folder to make, for the person.")],
    clerk: Annotated[
        Path | None, typer.Option(help="Where to list what is kept from them. Default: beside it.")
    ] = None,
    organisation: Organisation = "care-board",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write everything about a person into a folder that they can be given."""
    settings = opened(data_dir, database_url)
    migrated(settings)
    folder = out.absolute()
    listed = clerk or folder.with_name(f"{folder.name}-kept-from-the-person.json")
    lines, kept = uvloop.run(export_person(settings, who, folder, listed, organisation))
    _told.print(
        f"{lines} lines are in {folder}; its manifest.json counts them. {kept} are kept from the "
        f"person, and listed for you alone in {listed}.",
        markup=False,
        soft_wrap=True,
    )
