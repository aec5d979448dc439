"""Verifying the audit: the chains by themselves, and against the seals that were taken out.

The chains show what does not fit together. The seals show what fits together and is not what was
there: an end that was cut off, or a past written anew.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from app.access.audit_key import Keys
from app.access.audit_seals import (
    Moved,
    Seal,
    digest,
    heads_file,
    lines,
    listing,
    read_seal,
    seal_file,
    seals_in,
)
from app.access.audit_walk import Fault, walk
from app.errors import Malformed, Unavailable
from app.store import audit_chain
from app.store.database import Database, Session

Advance: TypeAlias = Callable[[int, int], None]

MOST_FAULTS = 1_000
_TOGETHER = 500


@dataclass(slots=True)
class Verified:
    """What came of it.

    faults: the first bad entry of each chain that has one, the first thousand chains; `more`
    counts the others. erased: entries whose content an erasure took. seal_faults: what is wrong
    with the seals themselves. missing: the numbers of seals that were made and are not in the
    folder. sealed_at: when the newest was made.
    """

    entries: int = 0
    erased: int = 0
    seals: int = 0
    sealed_at: datetime | None = None
    missing: list[int] = field(default_factory=list)
    seal_faults: list[str] = field(default_factory=list)
    more: int = 0
    _fault_by_chain: dict[tuple[str, int], Fault] = field(default_factory=dict)

    @property
    def faults(self) -> list[Fault]:
        """By chain."""
        return sorted(self._fault_by_chain.values(), key=lambda fault: fault.chain)

    @property
    def is_sound(self) -> bool:
        """Whether nothing was tampered with, as far as chains and seals show."""
        return not self._fault_by_chain and not self.seal_faults

    @property
    def is_sealed(self) -> bool:
        """Whether all seals are there, and there is one."""
        return self.seals > 0 and not self.missing

    def found(self, fault: Fault) -> None:
        """Keep it, unless an earlier one of its chain is known."""
        known = self._fault_by_chain.get(fault.chain)
        if known is None and len(self._fault_by_chain) >= MOST_FAULTS:
            self.more += 1
        elif known is None or fault.seq < known.seq:
            self._fault_by_chain[fault.chain] = fault


async def verify(database: Database, folder: Path, keys: Keys, advance: Advance) -> Verified:
    """Check every chain and every seal, beside a running service.

    folder: of the seals. keys: that may have signed them. advance: told of entries done, of all.
    """
    verified = Verified()
    session = database.session()
    if not await audit_chain.has_chains(session):
        raise Unavailable("The tables are of another version. Run: whatmatters migrate")
    # In this order: a seal that is made meanwhile is noted after its files, and looks at less than
    # the snapshot does.
    noted = await audit_chain.newest_seal(session)
    there = seals_in(folder)
    async with session.snapshot():
        total = await audit_chain.count_events(session)
        async for walked in walk(session):
            if walked.fault is not None:
                verified.found(walked.fault)
                continue
            verified.entries += 1
            verified.erased += walked.is_erased
            if verified.entries % _TOGETHER == 0:
                advance(verified.entries, total)
        advance(verified.entries, max(total, verified.entries))
        _check_folder(folder, noted, there, verified)
        last: Seal | None = None
        for n in there:
            last = await _check_seal(session, folder, n, keys, verified)
        if last is not None:
            verified.sealed_at = last.made
            _check_root(folder, last, verified)
    return verified


def _check_folder(
    folder: Path, noted: tuple[int, bytes] | None, there: Sequence[int], verified: Verified
) -> None:
    """Whether all seals are there that were made, and the newest is the one that was noted."""
    n, noted_digest = noted or (0, b"")
    newest = max([n, *there])
    verified.missing = sorted(set(range(1, newest + 1)).difference(there))
    if n in there and digest(seal_file(folder, n)) != noted_digest.hex():
        verified.seal_faults.append(f"Seal {n} is not the one that was made here.")


async def _check_seal(
    session: Session, folder: Path, n: int, keys: Keys, verified: Verified
) -> Seal | None:
    """Its signature, the one before it, its heads, and each of them in the live chain."""
    verified.seals += 1
    try:
        seal = read_seal(folder, n, keys)
        before = seal_file(folder, n - 1)
        if (n == 1) != (seal.previous is None) or (
            before.exists() and digest(before) != seal.previous
        ):
            raise Malformed(f"Seal {n} does not follow from the one before it.")
        if digest(heads_file(folder, n)) != seal.heads:
            raise Malformed(f"{heads_file(folder, n).name} is not what was sealed.")
        async for fault in _against_chains(session, lines(heads_file(folder, n), Moved), n):
            verified.found(fault)
    except Malformed as refusal:
        verified.seal_faults.append(refusal.issues[0].text)
        return None
    return seal


async def _against_chains(session: Session, moved: Iterator[Moved], n: int) -> AsyncIterator[Fault]:
    for some in _in_parts(moved):
        places = [(one.person_id, one.shard, one.seq) for one in some]
        for one, (link, last) in zip(some, await audit_chain.links(session, places), strict=True):
            if link == one.link:
                continue
            if last < one.seq:
                text = f"is missing, with all after it; seal {n} holds {one.seq}."
                yield Fault(one.person_id, one.shard, last + 1, text)
            else:
                text = f"from here to {one.seq} is not what seal {n} holds: it was written anew."
                yield Fault(one.person_id, one.shard, one.sealed + 1, text)


def _in_parts(moved: Iterator[Moved]) -> Iterator[list[Moved]]:
    part: list[Moved] = []
    for one in moved:
        part.append(one)
        if len(part) == _TOGETHER:
            yield part
            part = []
    if part:
        yield part


def _check_root(folder: Path, newest: Seal, verified: Verified) -> None:
    """The newest root is that over all heads that the seals name together."""
    if verified.missing:
        return  # then they cannot be put together
    with TemporaryDirectory() as aside:
        try:
            listing(folder, newest, Path(aside))
        except Malformed as refusal:
            verified.seal_faults.append(refusal.issues[0].text)
