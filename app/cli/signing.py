"""`whatmatters keys`: the keys by which this service signs the tokens it gives."""

import time
from typing import Annotated

import typer
from rich.console import Console

from app.access.signing_keys import SIGNS_AFTER_SECONDS, SigningKeys, rotate
from app.cli.opening import DataDir, opened

keys = typer.Typer(help="Look after the keys that sign our own tokens.", no_args_is_help=True)
_told = Console(stderr=True, highlight=False)


@keys.command("list")
def list_all(data_dir: DataDir = None) -> None:
    """Show the ids of the keys that count; a star is before the one that signs now."""
    found = SigningKeys(opened(data_dir, None, start=False).token_keys_path)
    signing = found.signing(time.time()).kid
    for key_id in found:
        typer.echo(f"{'*' if key_id == signing else ' '} {key_id}")


@keys.command("rotate")
def rotate_keys(
    data_dir: DataDir = None,
    now: Annotated[bool, typer.Option("--now", help="Let the new key sign at once.")] = False,
) -> None:
    """Add a new key. It signs in ten minutes; the old one counts until its tokens are gone."""
    path = opened(data_dir, None, start=False).token_keys_path
    SigningKeys(path)
    key_id = rotate(path, time.time(), 0 if now else SIGNS_AFTER_SECONDS)
    when = "now" if now else f"in {SIGNS_AFTER_SECONDS // 60} minutes"
    _told.print(
        f"{key_id} signs {when}. Where several machines serve this record, take {path} to each of "
        "them before that.",
        markup=False,
        soft_wrap=True,
    )
