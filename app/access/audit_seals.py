"""The seals of the audit, as files in a folder outside the database.

`seal-00000007.jws` is a signed statement of where every chain ended at one moment, naming the seal
before it; `seal-00000007.heads` lists the chains that had moved since that one, and
`heads.jsonl` all of them. The last is only for speed: it can be made again from the others.

Spec: https://www.rfc-editor.org/rfc/rfc7515
"""

import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from app.access.audit_key import Keys
from app.access.merkle import MerkleTree
from app.errors import Malformed
from app.store.audit_chain import Head

LISTING = "heads.jsonl"

_ALGORITHM = "Ed25519"
_TYPE = "whatmatters-audit-seal"
_NAME = re.compile(r"seal-(\d{8,})\.jws")
_ENCODER = msgspec.json.Encoder()

Line = TypeVar("Line", bound=msgspec.Struct)


class Seal(msgspec.Struct, frozen=True):
    """What is signed. n: from 1. previous: SHA-256 of the file of the seal before. root: Merkle
    root over all heads, by the bytes of (person, shard). moved, heads: how many are in the file
    beside it, and its SHA-256. entries: of all chains together. Hashes are hexadecimal."""

    n: int
    previous: str | None
    made: datetime
    chains: int
    entries: int
    root: str
    moved: int
    heads: str


class Moved(msgspec.Struct, frozen=True, array_like=True):
    """A head that has moved since the seal before. sealed: where it was then, 0 for a new chain."""

    person_id: str
    shard: int
    seq: int
    link: str
    sealed: int

    @property
    def head(self) -> Head:
        """Where the chain ends."""
        return Head(self.person_id, self.shard, self.seq, self.link)


def seal_file(folder: Path, n: int) -> Path:
    """Where a seal is."""
    return folder / f"seal-{n:08}.jws"


def heads_file(folder: Path, n: int) -> Path:
    """Where the heads are that had moved."""
    return folder / f"seal-{n:08}.heads"


def seals_in(folder: Path) -> list[int]:
    """The numbers of the seals that are there, in order."""
    found = (_NAME.fullmatch(path.name) for path in folder.glob("seal-*.jws"))
    return sorted(int(match[1]) for match in found if match)


def order(head: Head) -> tuple[bytes, int]:
    """By what heads are sorted."""
    return head.person_id.encode(), head.shard


def line(one: msgspec.Struct) -> bytes:
    """A line of a file of heads."""
    return _ENCODER.encode(one) + b"\n"


def lines(path: Path, kind: type[Line]) -> Iterator[Line]:
    """The lines of a file of heads, as they are needed. Raises Malformed."""
    decoder = msgspec.json.Decoder(kind)
    try:
        with path.open("rb") as file:
            for text in file:
                yield decoder.decode(text)
    except OSError as problem:
        raise Malformed(f"{path} cannot be read: {problem.strerror}.") from None
    except msgspec.MsgspecError:
        raise Malformed(f"{path} is not a file of heads.") from None


def leaf(head: Head) -> bytes:
    """A head as a leaf of the Merkle tree."""
    return _ENCODER.encode(head)


def root_of(heads: Iterable[Head]) -> str:
    """The Merkle root over them."""
    tree = MerkleTree()
    for head in heads:
        tree.add(leaf(head))
    return tree.root.hex()


def digest(path: Path) -> str:
    """The SHA-256 of a file. Raises Malformed when it cannot be read."""
    total = sha256()
    try:
        with path.open("rb") as file:
            while part := file.read(1 << 20):
                total.update(part)
    except OSError as problem:
        raise Malformed(f"{path} cannot be read: {problem.strerror}.") from None
    return total.hexdigest()


def signed(seal: Seal, key: OKPKey) -> bytes:
    """The seal as it is kept."""
    header = {"alg": _ALGORITHM, "kid": key.thumbprint(), "typ": _TYPE}
    return jws.serialize_compact(
        header, _ENCODER.encode(seal), key, algorithms=[_ALGORITHM]
    ).encode()


def read_seal(folder: Path, n: int, keys: Keys) -> Seal:
    """A seal whose signature holds. Raises Malformed, with what is wrong."""
    path = seal_file(folder, n)
    try:
        text = path.read_bytes().strip()
        key = keys.get(str(jws.extract_compact(text).headers().get("kid")))
        if key is None:
            raise Malformed(f"{path.name} is signed with a key that was not given.")
        payload = jws.deserialize_compact(text, key, algorithms=[_ALGORITHM]).payload
        seal = msgspec.json.decode(payload, type=Seal)
    except OSError as problem:
        raise Malformed(f"{path} cannot be read: {problem.strerror}.") from None
    except (JoseError, ValueError):
        raise Malformed(f"The signature of {path.name} does not hold: it was changed.") from None
    if seal.n != n:
        raise Malformed(f"{path.name} is the seal of another number.")
    return seal


def write_durably(path: Path, content: bytes) -> None:
    """A new file that is there after a crash. Raises FileExistsError when it is there already."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    keep_name(path)


def keep_name(path: Path) -> None:
    """Make the name of a file last that was written to the end."""
    for place in (path, path.parent):
        opened = os.open(place, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def listing(folder: Path, seal: Seal, into: Path) -> Path:
    """A file of all heads at a seal: the one in the folder, or one made again in `into`. Raises
    Malformed when neither is what was sealed."""
    usual = folder / LISTING
    try:
        if root_of(lines(usual, Head)) == seal.root:
            return usual
    except Malformed:
        pass  # it is made again
    made = _made_again(folder, seal.n, into)
    if root_of(lines(made, Head)) != seal.root:
        raise Malformed(f"The heads up to seal {seal.n} are not those that were sealed.")
    return made


def _made_again(folder: Path, newest: int, into: Path) -> Path:
    made = into / f"{LISTING}.again"
    made.write_bytes(b"")
    with TemporaryDirectory(dir=into) as aside:
        draft = Path(aside) / LISTING
        for n in range(1, newest + 1):
            with draft.open("wb") as file:
                moved = (one.head for one in lines(heads_file(folder, n), Moved))
                file.writelines(line(head) for head in _laid_over(lines(made, Head), moved))
            draft.replace(made)
    return made


def _laid_over(old: Iterator[Head], new: Iterator[Head]) -> Iterator[Head]:
    """Both in order; where a chain is in both, as it is in `new`."""
    one, other = next(old, None), next(new, None)
    while one is not None or other is not None:
        if other is None or (one is not None and order(one) < order(other)):
            assert one is not None  # noqa: S101  (for the type checker)
            yield one
            one = next(old, None)
            continue
        if one is not None and order(one) == order(other):
            one = next(old, None)
        yield other
        other = next(new, None)
