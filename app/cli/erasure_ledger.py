"""The ledger of erasures: a file outside the database, so that a backup that is restored can be
erased from again. It knows a record by the hash of its key alone."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import decode, encode

from app.errors import Malformed


class Erasure(Struct, frozen=True):
    """One line. record: the SHA-256 of the record's key. rows: how many went, by table."""

    record: str
    erased: datetime
    by: str
    organisation: str
    reason: str
    rows: Mapping[str, int]


def note(ledger: Path, erasure: Erasure) -> None:
    """Add a line, durably."""
    ledger.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
        file.write(encode(erasure) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read(ledger: Path) -> Sequence[Erasure]:
    """All lines, in their order. Raises Malformed for what is not a ledger."""
    if not ledger.is_file():
        raise Malformed(f"There is no file {ledger}. Nothing was erased.")
    erasures = []
    for n, line in enumerate(ledger.read_bytes().splitlines(), 1):
        try:
            erasures.append(decode(line, type=Erasure))
        except (DecodeError, ValidationError) as error:
            raise Malformed(
                f"Line {n} of {ledger} is not one of a ledger of erasures. Nothing was erased."
            ) from error
    return erasures
