"""The Merkle tree over the leaves in entry order, as RFC 9162 section 2.1 defines it.

`Frontier` grows leaf by leaf and keeps one hash per set bit of its size; proofs are made in one pass over the leaves
in order, so that they can be read straight from a database, and in memory that grows with the proofs alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import TypeAlias

from trialkit.errors import NotContinuous

EMPTY = sha256(b"").digest()
"""The root of the tree without leaves (RFC 9162 2.1.1)."""

Leaves: TypeAlias = Sequence[bytes] | Callable[[int, int], Iterable[bytes]]
"""Leaf hashes as a list, or as a callable of (first, after the last)."""


def node(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a tree: its size and the roots of its full subtrees, largest first."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count() or any(len(peak) != 32 for peak in self.peaks):
            raise NotContinuous(f"{len(self.peaks)} peaks are no frontier of size {size}", "the kept state is damaged")

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash; constant time on average."""
        size, peaks, digest = self.size, self.peaks, sha256
        while size & 1:
            leaf = digest(b"\x01" + peaks.pop() + leaf).digest()
            size >>= 1
        peaks.append(leaf)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """The Merkle tree hash of everything appended so far."""
        if not self.peaks:
            return EMPTY
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node(peak, root)
        return root

    def copy(self) -> Frontier:
        """The same edge, to grow on its own."""
        return Frontier(self.size, self.peaks)


def root(leaves: Iterable[bytes]) -> bytes:
    """The Merkle tree hash of leaf hashes."""
    edge = Frontier()
    edge.extend(leaves)
    return edge.root()


def inclusion(index: int, size: int, leaves: Leaves) -> list[bytes]:
    """The inclusion path of one leaf in the tree of that size (RFC 9162 2.1.3.1)."""
    return inclusions([index], size, leaves)[index]


def inclusions(indexes: Collection[int], size: int, leaves: Leaves) -> dict[int, list[bytes]]:
    """The inclusion paths of several leaves in the tree of that size, in one pass over the leaves.

    Raises NotContinuous when an index is not in the tree or leaves are missing.
    """
    wanted = sorted(set(indexes))
    if wanted and not 0 <= wanted[0] <= wanted[-1] < size:
        raise NotContinuous(f"entry {wanted[-1]} is not in a tree of size {size}", "make a checkpoint that covers it")
    paths: dict[int, list[bytes]] = {index: [] for index in wanted}
    _walk(0, size, wanted, _in_order(leaves, size), paths)
    return paths


def consistency(old: int, size: int, leaves: Leaves) -> list[bytes]:
    """The proof that the tree of size `old` is a prefix of the tree of that size (RFC 9162 2.1.4.1)."""
    if not 0 <= old <= size:
        raise NotContinuous(f"a tree of size {old} is no prefix of one of size {size}", "the old tree is the smaller")
    if old in (0, size):
        return []
    return _subproof(old, size, True, _in_order(leaves, size))


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from that leaf at that index to the root (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for part in path:
        if last == 0 or len(part) != 32:
            return False
        if at & 1 or at == last:
            found = node(part, found)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            found = node(found, part)
        at >>= 1
        last >>= 1
    return last == 0 and found == root


def verify_consistency(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows the old tree to be a prefix of the new one (RFC 9162 2.1.4.2)."""
    if old == size:
        return not path and old_root == root
    if old == 0:
        return not path and old_root == EMPTY
    if not 0 < old < size or any(len(part) != 32 for part in path):
        return False
    parts = list(path)
    if old & (old - 1) == 0:
        parts.insert(0, old_root)
    if not parts:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at >>= 1
        last >>= 1
    was = now = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            was, now = node(part, was), node(part, now)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            now = node(now, part)
        at >>= 1
        last >>= 1
    return last == 0 and was == old_root and now == root


def _in_order(leaves: Leaves, size: int) -> Iterator[bytes]:
    return iter(leaves(0, size) if callable(leaves) else leaves)


def _split(size: int) -> int:
    """The largest power of two smaller than size."""
    return 1 << (size - 1).bit_length() - 1


def _hash(size: int, leaves: Iterator[bytes]) -> bytes:
    edge = Frontier()
    try:
        for _ in range(size):
            edge.append(next(leaves))
    except StopIteration:
        raise NotContinuous("there are fewer leaves than the tree has", "the ledger was cut") from None
    return edge.root()


def _walk(start: int, size: int, wanted: list[int], leaves: Iterator[bytes], paths: dict[int, list[bytes]]) -> bytes:
    if not wanted or size == 1:
        return _hash(size, leaves)
    half = _split(size)
    on_left = [index for index in wanted if index < start + half]
    on_right = wanted[len(on_left) :]
    left = _walk(start, half, on_left, leaves, paths)
    right = _walk(start + half, size - half, on_right, leaves, paths)
    for index in on_left:
        paths[index].append(right)
    for index in on_right:
        paths[index].append(left)
    return node(left, right)


def _subproof(old: int, size: int, whole: bool, leaves: Iterator[bytes]) -> list[bytes]:
    if old == size:
        found = _hash(size, leaves)
        return [] if whole else [found]
    half = _split(size)
    if old <= half:
        below = _subproof(old, half, whole, leaves)
        return [*below, _hash(size - half, leaves)]
    left = _hash(half, leaves)
    return [*_subproof(old - half, size - half, False, leaves), left]
