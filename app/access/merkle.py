"""The root of a Merkle tree over leaves as they come, keeping one hash for each level.

Spec: https://www.rfc-editor.org/rfc/rfc6962#section-2.1
"""

from hashlib import sha256


class MerkleTree:
    """Leaves are added in order. Leaf and node are hashed apart: none can pass for the other."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # of the complete trees so far, the largest first

    def add(self, leaf: bytes) -> None:
        """One more leaf."""
        node = sha256(b"\0" + leaf).digest()
        at = self.size
        while at % 2:  # a complete tree of this size is there already: together they make the next
            node = _node(self._peaks.pop(), node)
            at //= 2
        self._peaks.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        """Of what was added so far; of nothing, the hash of nothing."""
        if not self._peaks:
            return sha256().digest()
        *left, node = self._peaks
        for peak in reversed(left):
            node = _node(peak, node)
        return node


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()
