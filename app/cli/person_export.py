"""`whatmatters person export`: everything about one person, in files that they can be given."""

import os
import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from msgspec.json import encode, format

from app.access.acts import Act
from app.access.audit import without_values
from app.access.decision import permit_of_person
from app.cli.person_at_hand import administrator, person_of
from app.errors import Malformed
from app.interactions.visit import Ask, Record, Touched, audit_rows
from app.main import make_record, open_database
from app.settings import Settings
from app.store import person_export as rows
from app.store.database import Session
from app.store.permit import Permit

MANIFEST = "manifest.json"
_DELETIONS, _RIGHTS, _AUDIT = "deletions.ndjson", "rights.ndjson", "AuditEvent.ndjson"
_NOTICES, _EMERGENCIES, _MERGES = "notices.ndjson", "emergencies.ndjson", "merges.ndjson"
_ACCOUNTS, _SESSIONS = "accounts.ndjson", "sessions.ndjson"
_INVITATIONS, _REVIEWS = "invitations.ndjson", "supporter-reviews.ndjson"
_AT_ONCE = 20  # versions in memory together; each may be of megabytes


class _File:
    """One file under way, with its lines counted and its bytes hashed as they are written."""

    def __init__(self, path: Path) -> None:
        self.path, self.lines, self._digest = path, 0, sha256()
        self._file: BinaryIO = os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        )

    def write(self, line: bytes) -> None:
        """line: JSON without a line break."""
        whole = line + b"\n"
        self._file.write(whole)
        self._digest.update(whole)
        self.lines += 1

    def close(self) -> dict[str, object]:
        """Durable; what the manifest says of it."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return {
            "file": self.path.name,
            "count": self.lines,
            "sha256": self._digest.hexdigest(),
        }


async def export_person(
    settings: Settings, given: str, out: Path, clerk: Path, organisation: str
) -> tuple[int, int]:
    """Write the files, and beside them the clerk's list of what is kept from the person. How many
    lines the files hold, and how many rows are on the list.

    given: the id of a Patient, or an NHS number. Raises NotFound for nobody, Malformed for a folder
    that holds something.
    """
    database = await open_database(settings)
    try:
        session = database.session()
        person = await person_of(session, given)
        _make_room(out, clerk)
        record = make_record(settings, database)
        await _audit(record, person, organisation)
        permit = permit_of_person(person)
        async with session.snapshot():
            files = await _write(session, permit, person, out)
            kept = await _withheld(session, permit, person)
        _write_whole(out / MANIFEST, _manifest(person, record.now(), files))
        _write_whole(clerk, {"person": f"Patient/{person}", "kept_from_the_person": kept})
    finally:
        await database.close()
    return sum(int(str(one["count"])) for one in files), sum(map(len, kept.values()))


def _make_room(out: Path, clerk: Path) -> None:
    if clerk.exists() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise Malformed(f"{out} or {clerk} holds something. Name a folder that is not there yet.")
    if clerk.resolve().is_relative_to(out.resolve()):
        raise Malformed("The clerk's list is not for the person: put it outside of the folder.")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)


async def _audit(record: Record, person: str, organisation: str) -> None:
    """The person's own log tells of the export, before a line of it is written."""
    ask = Ask(Act.EXPORT_PERSON, "Patient", person, request_id=secrets.token_hex(8))
    touched = (Touched(person, "Patient", person),)
    made = audit_rows(record, administrator(organisation), ask, record.now(), touched, 200)
    await record.store.unit().audit(made)


async def _write(
    session: Session, permit: Permit, person: str, out: Path
) -> list[dict[str, object]]:
    """One file for each type, which hold its versions, and the rest, from one snapshot."""
    files: list[dict[str, object]] = []
    deletions = _File(out / _DELETIONS)
    current: _File | None = None
    async for row in session.stream(*rows.versions(permit, person), at_once=_AT_ONCE):
        if row["method"] == "DELETE":
            deletions.write(encode(_deletion(row)))
            continue
        if current is None or current.path.stem != row["type"]:
            files += [current.close()] if current else []
            current = _File(out / f"{row['type']}.ndjson")
        current.write(row["body"])
    files += [current.close()] if current else []
    files.append(deletions.close())
    files.append(await _whole_file(out / _RIGHTS, _rights(session, permit, person)))
    files.append(await _whole_file(out / _AUDIT, _events(session, permit, person)))
    files.append(await _whole_file(out / _NOTICES, _plain(session, rows.notices(person))))
    files.append(await _whole_file(out / _EMERGENCIES, _plain(session, rows.emergencies(person))))
    files.append(await _whole_file(out / _ACCOUNTS, _plain(session, rows.accounts(person))))
    files.append(await _whole_file(out / _SESSIONS, _plain(session, rows.sessions(person))))
    files.append(await _whole_file(out / _MERGES, _plain(session, rows.merges(person))))
    files.append(await _whole_file(out / _INVITATIONS, _plain(session, rows.invitations(person))))
    reviews = _plain(session, rows.supporter_reviews(person))
    files.append(await _whole_file(out / _REVIEWS, reviews))
    return files


def _deletion(row: Any) -> dict[str, object]:
    return {name: row[name] for name in ("type", "id", "version", "updated", "author")}


async def _rights(session: Session, permit: Permit, person: str) -> AsyncIterator[bytes]:
    async for row in session.stream(*rows.rights(permit, person)):
        yield encode(dict(rows.plain_right(row)))


async def _events(session: Session, permit: Permit, person: str) -> AsyncIterator[bytes]:
    async for row in session.stream(*rows.audit_events(permit, person)):
        yield without_values(rows.event_of(row))


async def _plain(session: Session, sql: rows.Sql) -> AsyncIterator[bytes]:
    async for row in session.stream(*sql):
        yield encode(dict(row.items()))


async def _whole_file(path: Path, lines: AsyncIterator[bytes]) -> dict[str, object]:
    file = _File(path)
    async for line in lines:
        file.write(line)
    return file.close()


async def _withheld(session: Session, permit: Permit, person: str) -> dict[str, list[str]]:
    """What is kept from the person, by table, and by ids alone."""
    kept: dict[str, list[str]] = {"resource_versions": [], "rights": [], "audit_events": []}
    async for row in session.stream(*rows.versions_withheld(permit, person)):
        kept["resource_versions"].append(f"{row['type']}/{row['id']}/_history/{row['version']}")
    async for row in session.stream(*rows.rights_withheld(permit, person)):
        kept["rights"].append(f"{row['type']}/{row['id']}#{row['n']}")
    async for row in session.stream(*rows.audit_events_withheld(permit, person)):
        kept["audit_events"].append(f"AuditEvent/{row['id']}" if row["id"] else "erased")
    for name in ("notices", "freezes", "quarantines", "merges", "supporter_accounts"):
        kept[name] = []
    async for row in session.stream(*rows.protection_withheld(person)):
        kept[row["name"]].append(row["id"])
    return kept


def _manifest(person: str, made: datetime, files: list[dict[str, object]]) -> dict[str, object]:
    return {"person": f"Patient/{person}", "made": made, "files": files}


def _write_whole(path: Path, told: Mapping[str, object]) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(format(encode(told), indent=2) + b"\n")
