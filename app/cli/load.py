"""Loading files of resources through the front door: transactions inside the loader's permit,
audited like any other.

Bundles keep their order and references. NDJSON lines travel in transactions of 200; where one is
refused, its lines go one by one, so that only the bad ones are left out, each with the reason.
"""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from app.access.acts import Act
from app.access.caller import Caller, Role
from app.access.scopes import parse
from app.errors import Malformed, Refusal, Unavailable
from app.fhir.json_guard import parse as parse_json
from app.fhir.resource_types import RESOURCE_TYPES, Json
from app.interactions.batch import batch_or_transaction
from app.interactions.perform import perform
from app.interactions.visit import Ask, Record
from app.main import make_record, open_database, spare_what_stays
from app.settings import Settings

CHUNK = 200
STREAMS = 6
MOST_REASONS = 1_000
_REASONS_TOLD = 20
_ENTRY = "Bundle.entry[0]"  # what a line is, when it goes by itself
ROUND = CHUNK * STREAMS * 4


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a file. place: its first byte. where: for people to find it."""

    place: int
    where: str
    text: bytes

    @property
    def size(self) -> int:
        return len(self.text)


@dataclass(slots=True)
class Loaded:
    """What came of a load. reasons: (file and line, sentence) of each that was refused, the first
    thousand."""

    stored: int = 0
    refused: int = 0
    skipped: int = 0
    reasons: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, where: str, refusal: Refusal, count: int = 1) -> None:
        """Note a refusal."""
        self.refused += count
        for issue in refusal.issues[:5]:
            place = f"{where} {issue.expression}" if issue.expression else where
            if len(self.reasons) < MOST_REASONS:
                self.reasons.append((place, issue.text))

    def add(self, other: "Loaded") -> None:
        """Add what came of another file."""
        self.stored += other.stored
        self.refused += other.refused
        self.skipped += other.skipped
        self.reasons += other.reasons[: MOST_REASONS - len(self.reasons)]

    def sentence(self) -> str:
        """What to tell: counts, and the first reasons."""
        told = [f"{self.stored} resources were stored."]
        if self.skipped:
            told.append(f"{self.skipped} were stored by an earlier run.")
        if self.refused:
            told.append(f"{self.refused} were refused:")
            told += [f"  {where}: {text}" for where, text in self.reasons[:_REASONS_TOLD]]
        if len(self.reasons) > _REASONS_TOLD:
            told.append(
                f"  and more; --report writes {MOST_REASONS} reasons at the most to a file."
            )
        return "\n".join(told)


def loader(organisation: str) -> Caller:
    """Who a load is done by, in the audit: this command, for one organisation."""
    return Caller(
        issuer="whatmatters load",
        client_id="load",
        subject="load",
        token_id="load",  # noqa: S106  (there is no token: whoever runs this command has the database)
        expires_at=2**40,
        scopes=parse("system/*.cruds"),
        role=Role.ADMIN,
        organization=organisation,
    )


async def load_files(
    settings: Settings,
    files: Sequence[Path],
    organisation: str,
    *,
    advance: Callable[[int, int], None],
    resume: bool = True,
    report: Path | None = None,
    unless_there: bool = False,
) -> Loaded:
    """Load each file in order. advance: told (done, total). unless_there: skip files whose first
    resource exists."""
    database = await open_database(settings)
    record = make_record(settings, database)
    caller, loaded = loader(organisation), Loaded()
    spare_what_stays()
    try:
        for number, path in enumerate(files):
            if path.suffix == ".ndjson":
                await _load_lines(settings, record, caller, path, loaded, advance, resume)
            else:
                await _load_bundle(record, caller, path, loaded, unless_there)
                advance(number + 1, len(files))
    finally:
        await database.close()
    if report is not None:
        lines = [json.dumps({"where": where, "why": why}) for where, why in loaded.reasons]
        report.write_text("".join(line + "\n" for line in lines))
    return loaded


async def _load_bundle(
    record: Record, caller: Caller, path: Path, loaded: Loaded, unless_there: bool
) -> None:
    count = 0
    try:
        tree = parse_json(path.read_bytes())
        if tree.get("resourceType") != "Bundle" or tree.get("type") != "transaction":
            raise Malformed("A file like this holds a Bundle of the type transaction.")
        count = len(tree.get("entry", ()))
        if unless_there and await _is_there(record, caller, tree):
            loaded.skipped += count
            return
        await batch_or_transaction(record, caller, _ask(Act.TRANSACTION, tree=tree))
    except Refusal as refusal:
        loaded.refuse(path.name, refusal, max(count, 1))
    else:
        loaded.stored += count


async def _is_there(record: Record, caller: Caller, tree: Json) -> bool:
    """Whether the first resource of a Bundle was ever stored, deleted since or not."""
    first = tree["entry"][0]["resource"]
    ask = _ask(Act.HISTORY_INSTANCE, type=first["resourceType"], id=first["id"], query="_count=1")
    try:
        await perform(record, caller, ask)
    except Refusal:
        return False
    return True


async def _load_lines(
    settings: Settings,
    record: Record,
    caller: Caller,
    path: Path,
    loaded: Loaded,
    advance: Callable[[int, int], None],
    resume: bool,
) -> None:
    """Round by round; after each, how far it got is noted, and what was refused, so that the next
    run goes on there and tells of both."""
    total = path.stat().st_size
    note = _Progress(settings.data_dir / "loads", path)
    done, mine = note.read() if resume else (0, Loaded())
    with path.open("rb") as file:
        file.seek(done)
        for lines in _rounds(file, path, done):
            await _load_round(record, caller, lines, mine)
            done += sum(line.size for line in lines)
            note.write(done, mine)
            advance(done, total)
    note.clear()
    loaded.add(mine)


def _rounds(file: Any, path: Path, start: int) -> Iterator[list[_Line]]:
    place = start
    lines: list[_Line] = []
    for text in file:
        lines.append(_Line(place, f"{path.name} at byte {place}", text))
        place += len(text)
        if len(lines) == ROUND:
            yield lines
            lines = []
    if lines:
        yield lines


async def _load_round(
    record: Record, caller: Caller, lines: Sequence[_Line], loaded: Loaded
) -> None:
    """Entries of one person go in order, those of different people side by side. What is refused
    is tried once more by itself when all the others are there."""
    streams: list[list[tuple[_Line, Json]]] = [[] for _ in range(STREAMS)]
    directory: list[tuple[_Line, Json]] = []
    refused: list[tuple[_Line, Refusal]] = []
    for line in lines:
        if not line.text.strip():
            continue
        try:
            entry = _entry(line)
        except Refusal as refusal:
            refused.append((line, refusal))
            continue
        person = _person(entry["resource"])
        stream = directory if person is None else streams[hash(person) % STREAMS]
        stream.append((line, entry))
    left = await _load_stream(record, caller, directory, loaded)
    for rest in await asyncio.gather(
        *(_load_stream(record, caller, stream, loaded) for stream in streams)
    ):
        left += rest
    for line, entry in left:
        try:
            await _together(record, caller, [entry])
            loaded.stored += 1
        except Unavailable:
            raise
        except Refusal as refusal:
            refused.append((line, _of_line(refusal, entry["resource"]["resourceType"])))
    for line, why in sorted(refused, key=lambda one: one[0].place):
        loaded.refuse(line.where, why)


def _of_line(refusal: Refusal, type: str) -> Refusal:
    """The same refusal of the resource in a line, which knows of no Bundle."""
    issues = [
        replace(issue, expression=place.replace(f"{_ENTRY}.resource", type, 1))
        if (place := issue.expression or "").startswith(f"{_ENTRY}.resource")
        else replace(issue, expression=None)
        for issue in refusal.issues
    ]
    return Refusal(issues=issues)


async def _load_stream(
    record: Record, caller: Caller, entries: Sequence[tuple[_Line, Json]], loaded: Loaded
) -> list[tuple[_Line, Json]]:
    """Store in transactions; those of a transaction that was refused go one by one, and what is
    refused then is given back."""
    left: list[tuple[_Line, Json]] = []
    for start in range(0, len(entries), CHUNK):
        chunk = entries[start : start + CHUNK]
        try:
            await _together(record, caller, [entry for _, entry in chunk])
            loaded.stored += len(chunk)
        except Unavailable:
            raise
        except Refusal:
            for line, entry in chunk:
                try:
                    await _together(record, caller, [entry])
                    loaded.stored += 1
                except Unavailable:
                    raise
                except Refusal:
                    left.append((line, entry))
    return left


def _person(resource: Json) -> str | None:
    """Whose entry it is, as far as it says; None for the directory and for what does not say."""
    if resource["resourceType"] == "Patient":
        return f"Patient/{resource.get('id')}"
    for element in RESOURCE_TYPES[resource["resourceType"]].person:
        value = resource.get(element)
        reference = value.get("reference") if isinstance(value, dict) else None
        if isinstance(reference, str):
            return reference
    return None


async def _together(record: Record, caller: Caller, entries: list[Json]) -> None:
    if entries:
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        await batch_or_transaction(record, caller, _ask(Act.TRANSACTION, tree=bundle))


def _entry(line: _Line) -> Json:
    """A line as a PUT. Without an id it is given one that the next run would give it, too."""
    resource = parse_json(line.text)
    type = resource.get("resourceType")
    if type not in RESOURCE_TYPES:
        raise Malformed("This is not a resource of a type served here.")
    if "id" not in resource:
        digest = hashlib.sha256(line.where.encode() + line.text).hexdigest()
        resource = {**resource, "id": f"load-{digest[:40]}"}
    return {"resource": resource, "request": {"method": "PUT", "url": f"{type}/{resource['id']}"}}


def _ask(act: Act, **rest: Any) -> Ask:
    method = "POST" if act is Act.TRANSACTION else "GET"
    return Ask(act, method=method, request_id=f"load-{secrets.token_hex(8)}", **rest)


class _Progress:
    """How far one file was loaded, kept beside the database until it is done."""

    def __init__(self, folder: Path, path: Path) -> None:
        stat = path.stat()
        name = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}"
        self._path = folder / hashlib.sha256(name.encode()).hexdigest()[:32]

    def read(self) -> tuple[int, Loaded]:
        """Bytes done, and what came of them; 0 and nothing at first."""
        try:
            done, earlier = msgspec.json.decode(self._path.read_bytes(), type=tuple[int, Loaded])
        except (FileNotFoundError, msgspec.DecodeError):
            return 0, Loaded()
        skipped = earlier.skipped + earlier.stored
        return done, replace(earlier, stored=0, skipped=skipped)

    def write(self, done: int, loaded: Loaded) -> None:
        """Note the bytes done; the note is either the last one or this, whenever this is killed."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        aside = self._path.with_suffix(".new")
        aside.write_bytes(msgspec.json.encode((done, loaded)))
        aside.replace(self._path)

    def clear(self) -> None:
        """The file is done."""
        self._path.unlink(missing_ok=True)
