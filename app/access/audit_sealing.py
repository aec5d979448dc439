"""Making a seal: looking at where every chain ends, comparing it with the seal before, and signing.

A chain that is shorter than it was, or has another past, is not sealed over: that is refused.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from joserfc.jwk import OKPKey

from app.access.audit_key import key_at, make_key
from app.access.audit_seals import (
    LISTING,
    Moved,
    Seal,
    digest,
    heads_file,
    keep_name,
    leaf,
    line,
    lines,
    listing,
    order,
    read_seal,
    seal_file,
    seals_in,
    signed,
    write_durably,
)
from app.access.merkle import MerkleTree
from app.errors import Conflict, Malformed, Unavailable
from app.store import audit_chain
from app.store.audit_chain import Head
from app.store.database import Database, Session

_TOGETHER = 500
_VERIFY = "No seal was made. Type: whatmatters audit verify"


def sealing_key(path: Path, folder: Path) -> OKPKey:
    """The key that signs. It is made when it is missing, and nothing was sealed so far."""
    if path.exists():
        return key_at(path)
    if seals_in(folder):
        raise Malformed(
            f"The key {path} is missing, and the seals in {folder} were signed with it. Put it "
            "back, or keep those seals elsewhere and begin in an empty folder."
        )
    key = make_key(path)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    public = folder / f"key-{key.thumbprint()}.jwk"
    write_durably(public, json.dumps(key.as_dict(private=False)).encode())
    return key


async def seal(database: Database, folder: Path, key: OKPKey, now: datetime) -> Seal | None:
    """Make the next seal; None when no chain has moved since the last.

    Raises Unavailable when another process is sealing, and Conflict when the folder lacks seals
    that were made, or a chain is not what was sealed.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    session = database.session()
    async with session.snapshot():
        if not await audit_chain.take_sealing_turn(session):
            raise Unavailable("Another process is sealing just now.")
        previous = await _previous(session, folder, key)
        with TemporaryDirectory(dir=folder, prefix=".sealing-") as aside:
            made = await _Sealing(session, folder, Path(aside), previous).run(key, now)
        if made is not None:
            digest_made = bytes.fromhex(digest(seal_file(folder, made.n)))
            await audit_chain.note_seal(session, made.n, now, digest_made)
        return made


async def _previous(session: Session, folder: Path, key: OKPKey) -> Seal | None:
    """The newest seal, which must be the one that the database knows, or a newer one that it could
    not note any more."""
    known = await audit_chain.newest_seal(session)
    there = seals_in(folder)
    newest = there[-1] if there else 0
    if known is not None and (known[0] > newest or known[0] not in there):
        raise Conflict(f"{folder} lacks seals up to {known[0]}, which were made. Put them back.")
    if known is not None and digest(seal_file(folder, known[0])) != known[1].hex():
        raise Conflict(f"Seal {known[0]} in {folder} is not the one that was made here.")
    return read_seal(folder, newest, {key.thumbprint(): key}) if newest else None


@dataclass
class _Sealing:
    """One seal in the making. aside: a folder for what is not finished."""

    session: Session
    folder: Path
    aside: Path
    previous: Seal | None
    tree: MerkleTree = field(default_factory=MerkleTree)
    entries: int = 0
    moved: int = 0

    async def run(self, key: OKPKey, now: datetime) -> Seal | None:
        """Write all files; the seal itself is the last that counts."""
        n = self.previous.n + 1 if self.previous else 1
        all_heads, moved = self.aside / LISTING, self.aside / "moved"
        for path in (all_heads, moved):
            path.touch(mode=0o600)
        with all_heads.open("wb") as every, moved.open("wb") as some:
            await self._write(every, some)
        if self.previous is not None and not self.moved:
            return None
        moved.replace(heads_file(self.folder, n))
        keep_name(heads_file(self.folder, n))
        made = Seal(
            n,
            digest(seal_file(self.folder, n - 1)) if n > 1 else None,
            now,
            self.tree.size,
            self.entries,
            self.tree.root.hex(),
            self.moved,
            digest(heads_file(self.folder, n)),
        )
        write_durably(seal_file(self.folder, n), signed(made, key))
        all_heads.replace(self.folder / LISTING)
        return made

    async def _write(self, every: BinaryIO, some: BinaryIO) -> None:
        waiting: list[tuple[Head, Head | None]] = []
        async for head, old in self._with_old():
            self.tree.add(leaf(head))
            self.entries += head.seq
            every.write(line(head))
            if old == head:
                continue
            self.moved += 1
            moved = Moved(head.person_id, head.shard, head.seq, head.link, old.seq if old else 0)
            some.write(line(moved))
            waiting.append((head, old))
            if len(waiting) == _TOGETHER:
                await self._check(waiting)
                waiting.clear()
        if waiting:
            await self._check(waiting)
        for file in (every, some):
            file.flush()
            os.fsync(file.fileno())

    async def _with_old(self) -> AsyncIterator[tuple[Head, Head | None]]:
        """Every head, and where it was at the seal before."""
        # In a thread: it reads all heads once, and requests are answered meanwhile.
        olds = await asyncio.to_thread(self._old_heads)
        old = next(olds, None)
        async for head in audit_chain.heads(self.session):
            if old is not None and order(old) < order(head):
                raise _changed(old, "is gone")
            if old is None or order(old) != order(head):
                yield head, None
                continue
            if head.seq < old.seq:
                raise _changed(old, "has become shorter")
            if head.seq == old.seq and head.link != old.link:
                raise _changed(old, "has another past")
            yield head, old
            old = next(olds, None)
        if old is not None:
            raise _changed(old, "is gone")

    def _old_heads(self) -> Iterator[Head]:
        if self.previous is None:
            return iter(())
        return lines(listing(self.folder, self.previous, self.aside), Head)

    async def _check(self, moved: list[tuple[Head, Head | None]]) -> None:
        """The live chains end where they are noted to end, and go on from where they were."""
        heads = [one for pair in moved for one in pair if one is not None]
        places = [(one.person_id, one.shard, one.seq) for one in heads]
        found = await audit_chain.links(self.session, places)
        link_by_head = {one: link for one, (link, _) in zip(heads, found, strict=True)}
        for head, old in moved:
            if old is not None and link_by_head[old] != old.link:
                raise _changed(old, "has another past")
            if link_by_head[head] != head.link:
                text = f"The audit of {head.person_id} does not end where it is noted to end."
                raise Conflict(f"{text} {_VERIFY}")


def _changed(old: Head, what: str) -> Conflict:
    return Conflict(
        f"The audit of {old.person_id} {what}: it was sealed up to entry {old.seq}. {_VERIFY}"
    )
