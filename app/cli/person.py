"""`whatmatters person`: what a person may ask of those who look after the record."""

from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from app.cli.opening import DatabaseUrl, DataDir, migrated, opened
from app.cli.person_erase import LEDGER, erase_again, erase_person
from app.cli.person_export import export_person
from app.cli.person_untie import untie_person
from app.errors import Malformed

person = typer.Typer(help="Give a person everything about them, or erase it.", no_args_is_help=True)
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


@person.command("erase")
def erase(
    who: Annotated[
        str | None, typer.Argument(help="The id of their Patient, or an NHS number.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why. It is kept, so it names nobody.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the id again.")] = False,
    even_if_referred: Annotated[
        bool, typer.Option("--even-if-referred", help="Although other entries refer to it.")
    ] = False,
    ledger: Annotated[
        Path | None, typer.Option(help=f"The ledger of erasures. Default: {LEDGER} of the data.")
    ] = None,
    again: Annotated[
        Path | None, typer.Option(help="After a restore: erase again what this ledger holds.")
    ] = None,
    organisation: Organisation = "care-board",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Erase a person's whole record for good, its versions and its log's content too."""
    if (who is None) == (again is None):
        raise Malformed("Say whom to erase, or give --again with a ledger; one of the two.")
    settings = opened(data_dir, database_url)
    migrated(settings)
    if again is not None:
        done, lines = uvloop.run(erase_again(settings, again))
        _told.print(f"{done} records were erased again; the ledger holds {lines} erasures.")
        return
    erased = uvloop.run(
        erase_person(
            settings,
            who or "",
            reason,
            organisation,
            ledger or settings.data_dir / LEDGER,
            even_if_referred=even_if_referred,
            is_sure=lambda key: yes or _types_it_again(key),
        )
    )
    if erased is None:
        raise Malformed("That is not the id of this record. Nothing was erased.")
    told, referring = erased
    _told.print(
        f"Erased: {told.rows['resource_versions']} versions, and the content of "
        f"{told.rows['audit_events']} entries of the log. What backups and the database's own "
        "files still hold is in docs/operations.md.",
        markup=False,
        soft_wrap=True,
    )
    for one in referring:
        _told.print(f"Leads nowhere now: a reference in {one}", markup=False, soft_wrap=True)


@person.command("untie")
def untie(
    who: Who,
    organisation: Organisation = "care-board",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Let a record go of the account they signed in with, so that they can sign in with another."""
    settings = opened(data_dir, database_url)
    migrated(settings)
    issuers = uvloop.run(untie_person(settings, who, organisation))
    _told.print(
        f"Untied, at {', '.join(issuers)}. Their browsers are signed out. Be sure who they are "
        "before they sign in again: the next account with their NHS number is tied.",
        markup=False,
        soft_wrap=True,
    )


def _types_it_again(key: str) -> bool:
    text = "This cannot be undone. Type the id of the Patient again"
    return bool(typer.prompt(text, err=True).strip() == key)
