"""The tree is that of RFC 9162, proven against another implementation and against its own definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pymerkle import InmemoryTree

from trialkit.errors import NotContinuous
from trialkit.ledger import tree, verify_export
from trialkit.ledger.tree import Frontier

DATA = [b"entry %d" % n for n in range(300)]
LEAVES = [sha256(b"\x00" + data).digest() for data in DATA]


def defined(leaves: list[bytes]) -> bytes:
    """MTH exactly as RFC 9162 2.1.1 writes it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + defined(leaves[:half]) + defined(leaves[half:])).digest()


def test_the_root_equals_pymerkle_and_the_definition_at_every_size() -> None:
    other = InmemoryTree(algorithm="sha256")
    edge = Frontier()
    peaks: list[bytes] = []
    assert edge.root() == defined([])
    for size, data in enumerate(DATA, start=1):
        other.append_entry(data)
        edge.append(LEAVES[size - 1])
        verify_export.grow(peaks, size - 1, LEAVES[size - 1])
        assert edge.root() == other.get_root() == defined(LEAVES[:size]) == verify_export.fold(peaks)
        assert edge.root() == Frontier(size, list(edge.peaks)).root()


def test_inclusion_paths_equal_those_of_pymerkle() -> None:
    other = InmemoryTree(algorithm="sha256")
    for data in DATA[:70]:
        other.append_entry(data)
    for size in range(1, 71):
        ours = tree.inclusions(range(size), size, LEAVES[:size])
        for index in range(size):
            # pymerkle counts from 1 and puts the leaf itself first
            theirs = other.prove_inclusion(index + 1, size).path
            assert [LEAVES[index], *ours[index]] == [bytes(part) for part in theirs]


@given(some.integers(1, 300), some.data())
def test_inclusion_holds_and_nothing_like_it_does(size: int, data: some.DataObject) -> None:
    index = data.draw(some.integers(0, size - 1))
    root = tree.root(LEAVES[:size])
    path = tree.inclusion(index, size, LEAVES[:size])
    assert tree.verify_inclusion(index, size, LEAVES[index], path, root)
    assert verify_export.climb(index, size, LEAVES[index], path) == root
    wrong = bytes(32)
    tries = [
        (index, size, wrong, path, root),
        (index, size, LEAVES[index], path, wrong),
        (index, size, LEAVES[index], [*path, wrong], root),
        (size, size, LEAVES[index], path, root),
        (-1, size, LEAVES[index], path, root),
    ]
    tries += [(other, size, LEAVES[index], path, root) for other in (index - 1, index + 1)]
    for at in range(len(path)):
        tries.append((index, size, LEAVES[index], [*path[:at], wrong, *path[at + 1 :]], root))
        tries.append((index, size, LEAVES[index], [*path[:at], *path[at + 1 :]], root))
    for arguments in tries:
        assert not tree.verify_inclusion(*arguments), arguments


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 64, 65])
def test_consistency_holds_from_every_smaller_tree_and_nothing_like_it_does(size: int) -> None:
    new = tree.root(LEAVES[:size])
    for old in range(size + 1):
        was = tree.root(LEAVES[:old])
        path = tree.consistency(old, size, LEAVES[:size])
        assert tree.verify_consistency(old, size, was, new, path)
        assert not tree.verify_consistency(old, size, bytes(32), new, path)
        assert not tree.verify_consistency(old, size, was, bytes(32), path) or old == 0
        assert not tree.verify_consistency(old, size, was, new, [*path, bytes(32)])
        assert not tree.verify_consistency(size + 1, size, was, new, path)
        for at in range(len(path)):
            assert not tree.verify_consistency(old, size, was, new, [*path[:at], bytes(32), *path[at + 1 :]])
            assert not tree.verify_consistency(old, size, was, new, [*path[:at], *path[at + 1 :]])


def test_proofs_are_made_in_one_pass_over_leaves_in_order() -> None:
    read: list[int] = []

    def source(first: int, last: int) -> Iterable[bytes]:
        def one_by_one() -> Iterator[bytes]:
            for n in range(first, last):
                read.append(n)
                yield LEAVES[n]

        return one_by_one()

    paths = tree.inclusions([3, 250, 17], 300, source)
    assert read == list(range(300))
    assert all(tree.verify_inclusion(n, 300, LEAVES[n], path, tree.root(LEAVES)) for n, path in paths.items())
    read.clear()
    assert tree.consistency(123, 300, source) == tree.consistency(123, 300, LEAVES)
    assert read == list(range(300))


def test_a_leaf_that_is_not_there_has_no_proof() -> None:
    for wrong in (-1, 5):
        with pytest.raises(NotContinuous):
            tree.inclusion(wrong, 5, LEAVES[:5])
    with pytest.raises(NotContinuous, match="fewer leaves"):
        tree.inclusion(2, 6, LEAVES[:5])
    with pytest.raises(NotContinuous, match="no prefix"):
        tree.consistency(6, 5, LEAVES[:5])
    with pytest.raises(NotContinuous, match="no frontier"):
        Frontier(5, LEAVES[:1])


def test_a_frontier_grows_on_its_own_copy() -> None:
    edge = Frontier()
    edge.extend(LEAVES[:7])
    before, copy = edge.root(), edge.copy()
    copy.append(LEAVES[7])
    assert (edge.size, edge.root()) == (7, before)
    assert copy.root() == tree.root(LEAVES[:8])
