"""`whatmatters words`: is what we write to people plain and kind? Offline; it never says no."""

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.what_matters.plain_language import Checked, Remark, check
from app.what_matters.plain_words import WordList, shipped_words, words_from

STDIN = "-"
BAD_USAGE = 2

words = typer.Typer(help="Check what is written to people for plain words.", no_args_is_help=True)


class Form(StrEnum):
    """How the remarks are told."""

    TEXT = "text"
    JSON = "json"


@words.command("check")
def words_check(
    files: Annotated[list[str], typer.Argument(help="Text files, or - for stdin.")],
    local: Annotated[
        Path | None, typer.Option("--words", help="A list of your own words, as JSON.")
    ] = None,
    format: Annotated[Form, typer.Option(help="How to tell it.")] = Form.TEXT,
) -> None:
    """Remark on jargon, unexplained abbreviations, words that hurt, long sentences, reading age."""
    listed = shipped_words()
    if local is not None:
        listed = listed.with_local(_list_in(local))
    checked = {name: check(_read(name), listed) for name in files}
    typer.echo(_as_json(checked) if format is Form.JSON else _as_text(checked))


def _as_text(checked: dict[str, Checked]) -> str:
    told = [
        f"{name}:{one.line}:{one.column}: {one.kind}: {_quoted(one)}{one.say}"
        for name, found in checked.items()
        for one in found.remarks
    ]
    for name, found in checked.items():
        age = found.readability.reading_age
        how = "too short to tell" if age is None else f"about {age:.0f}"
        remarks = len(found.remarks)
        told.append(
            f"{name}: {remarks} remark{'' if remarks == 1 else 's'}; reading age: {how}. "
            "These are hints: people who read it know best."
        )
    return "\n".join(told)


def _as_json(checked: dict[str, Checked]) -> str:
    told = [{"file": name, **asdict(found)} for name, found in checked.items()]
    return json.dumps(told, ensure_ascii=False, indent=2)


def _quoted(remark: Remark) -> str:
    """The words themselves; of a sentence its beginning."""
    begin = " ".join(remark.found.split())
    if not begin:
        return ""
    return f"“{begin if len(begin) <= 40 else begin[:40].rstrip() + '…'}”. "


def _list_in(path: Path) -> WordList:
    try:
        return words_from(path.read_bytes())
    except OSError as problem:
        raise _left(f"{path} cannot be read: {problem.strerror}.") from problem


def _read(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as problem:
        raise _left(f"{name} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise _left(f"{name} is not a text in UTF-8.") from problem


def _left(reason: str) -> typer.Exit:
    """Say why on the other stream, and end as after a wrong option."""
    typer.echo(reason, err=True)
    return typer.Exit(BAD_USAGE)
