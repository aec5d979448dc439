"""`whatmatters audit`: sealing the chains of the audit, and verifying them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.access.audit_key import Keys, public_keys
from app.access.audit_sealing import seal, sealing_key
from app.access.audit_seals import Seal, seal_file
from app.access.audit_verify import Advance, Verified, verify
from app.cli.opening import DatabaseUrl, DataDir, migrated, opened
from app.main import open_database
from app.settings import Settings

TAMPERED, UNSEALED = 2, 3
_MOST_TOLD = 20

audit = typer.Typer(help="Seal the chains of the audit, and verify them.", no_args_is_help=True)
_told = Console(stderr=True, highlight=False)


@audit.command("seal")
def audit_seal(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Sign where every chain of the audit ends, into a file outside the database."""
    settings = opened(data_dir, database_url)
    migrated(settings)
    folder = settings.audit_seals_folder
    made = asyncio.run(_seal(settings))
    if made is None:
        _told.print("Nothing was recorded since the last seal, so no other was made.")
        return
    path = seal_file(folder, made.n)
    text = f"Seal {made.n} holds {made.entries} entries of {made.chains} chains: {path}"
    _told.print(text, markup=False, soft_wrap=True)
    typer.echo(path.read_text())


@audit.command("verify")
def audit_verify(
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    seals: Annotated[Path | None, typer.Option(help="The folder of the seals.")] = None,
    key: Annotated[
        list[Path] | None, typer.Option(help="A public key that signed some of them.")
    ] = None,
) -> None:
    """Check every entry of the audit, and the seals; 2 when it was tampered with, 3 without
    seals."""
    settings = opened(data_dir, database_url)
    if seals is not None:
        settings = settings.model_copy(update={"audit_seals": seals})
    own = settings.audit_key_file
    keys = public_keys([*([own] if own.exists() else []), *(key or ())])
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=_told) as progress:
        task = progress.add_task("Verifying", total=None)

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        verified = uvloop.run(_verify(settings, keys, advance))
    code = tell(verified, settings.audit_seals_folder)
    if code:
        raise typer.Exit(code)


async def _seal(settings: Settings) -> Seal | None:
    folder = settings.audit_seals_folder
    key = sealing_key(settings.audit_key_file, folder)
    database = await open_database(settings)
    try:
        return await seal(database, folder, key, datetime.now(UTC))
    finally:
        await database.close()


async def _verify(settings: Settings, keys: Keys, advance: Advance) -> Verified:
    database = await open_database(settings)
    try:
        return await verify(database, settings.audit_seals_folder, keys, advance)
    finally:
        await database.close()


def tell(verified: Verified, folder: Path) -> int:
    """Say what came of it; the exit code."""
    for text in verified.seal_faults[:_MOST_TOLD]:
        _told.print(f"NOT  {text}", style="red", markup=False, soft_wrap=True)
    for fault in verified.faults[:_MOST_TOLD]:
        _told.print(f"NOT  {fault.sentence}", style="red", markup=False, soft_wrap=True)
    more = len(verified.faults) + verified.more - _MOST_TOLD
    if more > 0:
        _told.print(f"     and {more} other chains.")
    _told.print(_summary(verified), markup=False, soft_wrap=True)
    if not verified.is_sealed:
        _told.print(_unsealed(verified, folder), markup=False, soft_wrap=True)
    if not verified.is_sound:
        return TAMPERED
    return 0 if verified.is_sealed else UNSEALED


def _summary(verified: Verified) -> str:
    against = f"{verified.entries} entries were checked, against {verified.seals} seals."
    if verified.erased:
        against += f" The content of {verified.erased} was erased, and their chains tell of it."
    if verified.is_sound:
        if verified.sealed_at:
            against += f" The last was made at {verified.sealed_at:%Y-%m-%d %H:%M} UTC."
        return f"ok   {against}"
    return (
        f"NOT  {against} The audit was tampered with; the first bad entry of each chain is above."
    )


def _unsealed(verified: Verified, folder: Path) -> str:
    if verified.missing:
        names = ", ".join(map(str, verified.missing[:_MOST_TOLD]))
        return f"NOT  {folder} lacks seals that were made: {names}. Put them back."
    return (
        f"NOT  There are no seals in {folder}. Without one, entries cut off the end of a chain can "
        "leave no trace. Type: whatmatters audit seal"
    )
