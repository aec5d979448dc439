"""Judging files of resources, offline: what is read, what is said of it, and where it stands.

JSON files hold one resource, or a Bundle of them; NDJSON files hold one on each line. Each resource
of a Bundle is judged by itself. What decides is what decides on a write.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from app.cli.source_place import Place, Places, place_at, place_of
from app.errors import Issue, Malformed
from app.fhir.json_guard import parse
from app.fhir.resource_types import Json
from app.what_matters.judgement import issues_of

LINES = (".ndjson", ".jsonl")
STDIN = "-"

_IN_ENTRY = re.compile(r"Bundle\.entry\[\d+\]\.resource\b")
_BYTE = re.compile(r"see byte (\d+)")


@dataclass(frozen=True, slots=True)
class Found:
    """One thing said of one place in a file."""

    place: Place
    issue: Issue


@dataclass(slots=True)
class Judged:
    """One resource, and all that is said of it. name: `Goal/7`, or what is known of it."""

    file: str
    name: str
    place: Place
    found: list[Found] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing in it is an error."""
        return not any(is_error(one.issue) for one in self.found)


def is_error(issue: Issue) -> bool:
    """Whether it is a reason to refuse."""
    return issue.severity in ("error", "fatal")


def files_in(path: Path) -> list[Path]:
    """The files to judge: the one named, or all JSON and NDJSON below a folder, in order."""
    if not path.is_dir():
        return [path]
    return sorted(
        one for one in path.rglob("*") if one.suffix in (".json", *LINES) and one.is_file()
    )


def judge(name: str, raw: bytes, profiles: Sequence[str]) -> Iterator[Judged]:
    """Everything that is said of one file. profiles: asked for in addition to those claimed."""
    for first_line, text in _texts(name, raw):
        yield from _judge_text(name, text, first_line, profiles)


def read(name: str) -> bytes:
    """The bytes of a file, or of standard input for `-`. Raises OSError."""
    return sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()


def _texts(name: str, raw: bytes) -> Iterator[tuple[int, bytes]]:
    """The JSON texts, each with the line that it begins on."""
    if not (name.endswith(LINES) or (name == STDIN and _is_lines(raw))):
        yield 1, raw
        return
    for number, line in enumerate(raw.split(b"\n"), 1):
        if line.strip():
            yield number, line


def _is_lines(raw: bytes) -> bool:
    """Standard input has no name to tell by: lines, when the first is whole and more follow."""
    first, _, rest = raw.strip().partition(b"\n")
    if not rest.strip():
        return False
    try:
        msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _judge_text(
    file: str, raw: bytes, first_line: int, profiles: Sequence[str]
) -> Iterator[Judged]:
    start = Place(first_line, 1)
    try:
        tree = parse(raw)
    except Malformed as refusal:
        found = [Found(_place_told(raw, one, first_line), one) for one in refusal.issues]
        yield Judged(file, "unreadable", start, found)
        return
    places = Places(raw.decode(), first_line)
    for name, step, issues in _resources(tree, profiles):
        found = [Found(places.of(one.expression), one) for one in issues]
        place = places.of(step) if step else start
        yield Judged(file, name, place, found)


def _place_told(raw: bytes, issue: Issue, first_line: int) -> Place:
    """A text that could not be read tells its fault by a byte, or by an element."""
    told = _BYTE.search(issue.text)
    if told:
        return place_at(raw, int(told[1]), first_line=first_line)
    if issue.expression:
        return place_of(raw.decode(errors="replace"), issue.expression, first_line=first_line)
    return Place(first_line, 1)


def _resources(tree: Json, profiles: Sequence[str]) -> Iterator[tuple[str, str, Iterable[Issue]]]:
    """Each resource of a text: its name, its step from the root, and what is said of it."""
    if tree.get("resourceType") != "Bundle":
        yield _name(tree), "", issues_of(tree, profiles=profiles, with_advice=True)
        return
    own = [one for one in issues_of(tree) if not _IN_ENTRY.match(one.expression or "")]
    yield _name(tree), "", own
    entries = tree.get("entry")
    for n, entry in enumerate(entries if isinstance(entries, list) else ()):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            step = f"Bundle.entry[{n}].resource"
            in_transaction = tree.get("type") in ("transaction", "batch")
            issues = issues_of(
                resource, profiles=profiles, in_transaction=in_transaction, with_advice=True
            )
            yield _name(resource), step, [_inside(step, one) for one in issues]


def _inside(step: str, issue: Issue) -> Issue:
    _, dot, rest = (issue.expression or "").partition(".")
    return replace(issue, expression=f"{step}{dot}{rest}")


def _name(tree: Json) -> str:
    kind, id = (_word(tree.get(one)) for one in ("resourceType", "id"))
    return f"{kind}/{id}" if kind and id else kind or "a resource"


def _word(value: Any) -> str:
    """A type or an id, if it can be one; nothing else of a person's entry is repeated."""
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9.-]{1,64}", value) else ""
