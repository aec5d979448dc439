"""Walking the chains of audit events from end to end, and naming the first bad entry of each.

What is told of an entry is whose it is, its place, and what is wrong; never what it holds.
"""

from collections.abc import AsyncIterator

from msgspec import Struct

from app.store.audit_chain import (
    ERASED,
    ChainedEvent,
    chained_events,
    empty_chains,
    leaf_of,
    link_of,
    start_of,
)
from app.store.database import Session


class Fault(Struct, frozen=True):
    """One bad entry, the first of its chain. seq: its place, from 1. text: what is wrong."""

    person_id: str
    shard: int
    seq: int
    text: str

    @property
    def chain(self) -> tuple[str, int]:
        """Which chain it is in."""
        return self.person_id, self.shard

    @property
    def sentence(self) -> str:
        """The whole, for a person to read."""
        shard = f", chain {self.shard}" if self.shard else ""
        return f"{self.person_id}{shard}, entry {self.seq}: {self.text}"


class Walked(Struct, frozen=True):
    """What a walk met: one event, or the first bad one of a chain, told once the chain is done."""

    fault: Fault | None = None
    is_erased: bool = False


class _Chain:
    """One chain, entry by entry."""

    def __init__(self, first: ChainedEvent) -> None:
        self._person_id, self._shard = first.person_id, first.shard
        self._head = first.head_seq, first.head_link
        self._seq = 0
        self._link = start_of(first.person_id, first.shard)
        self._fault: Fault | None = None
        self._erased: int | None = None
        self._is_kept = False

    @property
    def key(self) -> tuple[str, int]:
        return self._person_id, self._shard

    def take(self, event: ChainedEvent) -> None:
        """The next entry."""
        is_as_recorded = event.leaf is not None and leaf_of(event) == event.leaf
        if self._fault is None:
            self._check(event, is_as_recorded)
        if event.is_erased:
            self._erased = self._erased or event.seq or self._seq
        elif is_as_recorded:
            # An erasure takes all before it; nobody can take one entry alone and call it that.
            if not self._is_kept and ERASED in event.words:
                self._erased = None
            self._is_kept = True

    def _check(self, event: ChainedEvent, is_as_recorded: bool) -> None:
        expected = self._seq + 1
        if event.seq is None:
            return self._found(expected, "an entry that is in no place of the chain was added.")
        if event.seq > expected:
            return self._found(expected, "is missing.")
        if event.seq < expected:
            return self._found(event.seq, "there are two of them, so the chain was forked.")
        if not is_as_recorded and not event.is_erased:
            return self._found(expected, "is not what was recorded; it was changed.")
        if event.leaf is None or event.link != link_of(self._link, expected, event.leaf):
            return self._found(
                expected,
                "does not follow from the one before it: it was changed, added or moved here.",
            )
        self._seq, self._link = expected, event.link
        return None

    def _found(self, seq: int, text: str) -> None:
        self._fault = Fault(self._person_id, self._shard, seq, text)

    def end(self) -> Fault | None:
        """The first bad entry, once all were taken."""
        if self._fault is None:
            self._check_head()
        unexplained = self._erased
        if unexplained and (self._fault is None or unexplained < self._fault.seq):
            self._found(unexplained, "its content is gone, and no erasure tells of it.")
        return self._fault

    def _check_head(self) -> None:
        seq, link = self._head
        if seq is None:
            self._found(self._seq, "is the last one, and the note of where the chain ends is gone.")
        elif seq > self._seq:
            self._found(self._seq + 1, f"is missing, with all after it; there were {seq}.")
        elif seq < self._seq:
            self._found(seq + 1, "was added behind the end of the chain.")
        elif link != self._link:
            self._found(seq, "is not the one at which the chain is noted to end.")


async def walk(session: Session) -> AsyncIterator[Walked]:
    """Read every event once; the faults come chain by chain. session: inside a snapshot."""
    chain: _Chain | None = None
    async for event in chained_events(session):
        if chain is None or chain.key != (event.person_id, event.shard):
            if chain is not None and (fault := chain.end()):
                yield Walked(fault)
            chain = _Chain(event)
        chain.take(event)
        yield _ERASED if event.is_erased else _KEPT
    if chain is not None and (fault := chain.end()):
        yield Walked(fault)
    async for person_id, shard in empty_chains(session):
        yield Walked(Fault(person_id, shard, 1, "is missing, with all after it."))


_KEPT, _ERASED = Walked(), Walked(is_erased=True)
