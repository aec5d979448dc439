"""`whatmatters person erase`: one person's whole record taken away for good, and noted that it was.

Over HTTP there is no way to do this: a stolen token must not be enough to destroy a record.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from app.access.acts import Act
from app.access.audit import Deed, outcome_of, row
from app.access.caller import Caller
from app.cli.erasure_ledger import Erasure, note, read
from app.cli.person_at_hand import administrator, person_of
from app.errors import Conflict, Issue, Malformed
from app.interactions.visit import Record
from app.main import make_record, open_database
from app.settings import Settings
from app.store.audit_chain import erase_audit
from app.store.database import Session
from app.store.erasure import (
    erase_rows,
    hash_of,
    hold_writes,
    is_erased_since,
    keys_by_hash,
    referrers_from_elsewhere,
)
from app.store.merges import is_merged
from app.store.resources import AuditRow, write_audit

LEDGER = "erasures.ndjson"
_MOST_NAMED = 100
_LONGEST_REASON = 500
_MERGED = (
    "Nothing was erased: this record and another are put together as one person's. Take them apart "
    "first, by Patient/$unmerge; then erase this one."
)


async def erase_person(
    settings: Settings,
    given: str,
    reason: str,
    organisation: str,
    ledger: Path,
    *,
    even_if_referred: bool,
    is_sure: Callable[[str], bool],
) -> tuple[Erasure, list[str]] | None:
    """Erase one record; what was noted, and what still refers to it. None where whoever was asked
    is not sure.

    is_sure: given the key of the record. Raises NotFound for nobody, Conflict with the list where
    other entries refer to this record.
    """
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise Malformed(f"Give a reason, of {_LONGEST_REASON} letters at most. It names nobody.")
    database = await open_database(settings)
    try:
        session = database.session()
        person = await person_of(session, given)
        async with session.snapshot():
            referring = await referrers_from_elsewhere(session, person)
        if referring and not even_if_referred:
            raise _referred_to(referring)
        if not is_sure(person):
            return None
        record = make_record(settings, database)
        return await _erase(record, session, person, reason, organisation, ledger), referring
    finally:
        await database.close()


async def erase_again(settings: Settings, ledger: Path) -> tuple[int, int]:
    """Erase what a ledger says was erased and a restored backup brought back; how many records, of
    how many lines. A record whose log tells of the erasure is left as it is."""
    erasures = read(ledger)
    database = await open_database(settings)
    done = 0
    try:
        session = database.session()
        record = make_record(settings, database)
        async with session.snapshot():
            keys = await keys_by_hash(session, [one.record for one in erasures])
        for one in erasures:
            person = keys.get(one.record)
            if person is None or await is_erased_since(session, person, one.erased):
                continue
            await _erase(record, session, person, one.reason, one.organisation, None)
            done += 1
    finally:
        await database.close()
    return done, len(erasures)


def _referred_to(referring: list[str]) -> Conflict:
    first = Issue(
        "conflict",
        f"Nothing was erased: {len(referring)} entries of other people or of the directory refer "
        "to this record. Change them first, or erase with --even-if-referred; then their "
        "references lead nowhere.",
    )
    named = [Issue("conflict", one) for one in referring[:_MOST_NAMED]]
    return Conflict(issues=[first, *named])


async def _erase(
    record: Record,
    session: Session,
    person: str,
    reason: str,
    organisation: str,
    ledger: Path | None,
) -> Erasure:
    """All in one transaction. The ledger is written before the commit: should that fail, the line
    asks for no more than what was asked for already."""
    who, now = administrator(organisation), record.now()
    async with session.transaction():
        await hold_writes(session)
        if ledger is not None and await is_merged(session, person):
            raise Conflict(_MERGED)
        counts = await erase_rows(session, person)
        notice = _audit_row(record, who, person, None, now)
        counts["audit_events"] = await erase_audit(session, person, notice)
        erasure = Erasure(hash_of(person), now, who.subject, organisation, reason, counts)
        await write_audit(session, [_audit_row(record, who, None, _sentence(erasure), now)])
        if ledger is not None:
            note(ledger, erasure)
    return erasure


def _sentence(erasure: Erasure) -> str:
    rows = ", ".join(f"{count} of {table}" for table, count in erasure.rows.items() if count)
    return (
        f"A record was erased; its key has the SHA-256 {erasure.record}. Rows: {rows or 'none'}. "
        f"Reason: {erasure.reason}"
    )


def _audit_row(
    record: Record, who: Caller, person: str | None, told: str | None, now: datetime
) -> AuditRow:
    """person: whose log it goes into, or None for the directory's."""
    deed = Deed(
        who,
        Act.ERASE_PERSON,
        "Patient" if person else None,
        person,
        None,
        person,
        outcome_of(200),
        told,
        None,
        secrets.token_hex(8),
        now,
        "",
    )
    id = f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(8)}"
    return row(deed, id, record.fhir_base)
