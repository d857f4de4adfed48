"""The signer signs continuations of what it signed, and nothing else (21 CFR 11.10(c), (e))."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cast import ANA
from tests.ledger.log import Log
from trialkit.errors import NotContinuous, StoreRefused
from trialkit.ledger import checkpoint, durable, tree
from trialkit.ledger.checkpoint import Checkpoint
from trialkit.ledger.entry import Draft
from trialkit.ledger.header import header
from trialkit.ledger.keys import KeyFolder
from trialkit.ledger.leaf import leaf, tag
from trialkit.ledger.signer import RESTART, Signer, Stored, next_link, restart_changes


def log_of(folder: Path, entries: int) -> Log:
    log = Log(folder)
    for _ in range(entries):
        log.save("01")
    return log


def test_it_signs_the_tree_as_it_grows_and_hands_the_same_note_out_again(tmp_path: Path) -> None:
    log = log_of(tmp_path / "keys", 3)
    first = log.sign()
    assert checkpoint.verify(first, [log.keys.vkey])[0] == Checkpoint(log.keys.origin, 3, tree.root(log.leaves))
    assert log.signer.sign([], 3) == first, "nothing new: the same note, for a store that lost it in a crash"
    assert log.signer.last_note == first
    log.save("02")
    second = Signer(KeyFolder.open(log.keys.path, "horse")).sign(log.stored[3:], 4)
    assert checkpoint.parse(second).root == tree.root(log.leaves)
    state = log.signer.state
    assert (state.size, state.count) == (4, 2)
    assert state.chain == next_link(next_link(bytes(32), first), second)


def test_entries_already_signed_are_passed_over(tmp_path: Path) -> None:
    log = log_of(tmp_path / "keys", 3)
    log.sign()
    log.save("01")
    assert checkpoint.parse(log.signer.sign(log.stored, 4)).root == tree.root(log.leaves)


def test_entries_beyond_the_size_asked_for_wait_for_the_next_checkpoint(tmp_path: Path) -> None:
    log = log_of(tmp_path / "keys", 5)
    assert checkpoint.parse(log.signer.sign(log.stored, 3)).root == tree.root(log.leaves[:3])
    assert checkpoint.parse(log.signer.sign(log.stored[3:], 5)).root == tree.root(log.leaves)


def test_an_old_copy_of_the_store_or_a_cut_tail_is_refused(tmp_path: Path) -> None:
    log = log_of(tmp_path / "keys", 5)
    log.sign()
    with pytest.raises(NotContinuous, match=r"holds 4 entries, but 5 were signed") as refused:
        log.signer.sign(log.stored[:4], 4)
    assert refused.value.facts == {"signed": 5, "found": 4}


def forged(log: Log) -> Stored:
    """An entry as a database administrator would make it: everything right but the tag."""
    head = header(
        Draft("form.save", ANA, "store"),
        seq=2,
        at="2026-11-22T03:00:00.000000Z",
        stream_no=1,
        subject_no=0,
        software="0.1.0",
    )
    return 2, head, b"", tag(b"a guess", leaf(head, b""))


def tagged(log: Log, seq: int, head: bytes, digests: bytes) -> Stored:
    return seq, head, digests, tag(log.keys.app_key, leaf(head, digests))


ATTACKS: dict[str, tuple[Callable[[Log], list[Stored]], str]] = {
    "gap": (lambda log: [log.stored[0], log.stored[2]], "entry 1 is missing"),
    "tail": (lambda log: log.stored[:2], "entry 2 is missing"),
    "order": (lambda log: [log.stored[1], log.stored[0], log.stored[2]], "entry 0 is missing"),
    "renumbered": (lambda log: [log.stored[0], (1, *log.stored[2][1:]), log.stored[2]], "says it is entry 2"),
    "forged": (lambda log: [*log.stored[:2], forged(log)], "entry 2 has no right tag"),
    "no tag": (lambda log: [*log.stored[:2], (*log.stored[2][:3], b"")], "entry 2 has no right tag"),
    "header": (
        lambda log: [*log.stored[:2], (2, log.stored[2][1].replace(b"Ana", b"Eva"), *log.stored[2][2:])],
        "entry 2 has no right tag",
    ),
    "digests": (
        lambda log: [*log.stored[:2], (*log.stored[2][:2], bytes(96), log.stored[2][3])],
        "entry 2 has no right tag",
    ),
    "not canonical": (
        lambda log: [*log.stored[:2], tagged(log, 2, log.stored[2][1].replace(b":", b": ", 1), log.stored[2][2])],
        "header of entry 2 is not a header",
    ),
    "fewer digests": (
        lambda log: [*log.stored[:2], tagged(log, 2, log.stored[2][1], log.stored[2][2][:64])],
        "with 3 changes",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_it_never_signs_over_what_this_software_did_not_write(name: str, tmp_path: Path) -> None:
    log = log_of(tmp_path / "keys", 3)
    attack, sentence = ATTACKS[name]
    with pytest.raises(NotContinuous, match=sentence):
        log.signer.sign(attack(log), 3)
    assert log.signer.size == 0
    assert log.sign(), "the control: the entries as they were are signed"


def test_a_crash_after_the_state_is_kept_repeats_the_same_note(tmp_path: Path) -> None:
    log = log_of(tmp_path / "keys", 2)
    before = (log.keys.path / "signer.json").read_bytes()
    first = log.sign()
    assert log.sign() == first
    (log.keys.path / "signer.json").write_bytes(before)
    assert log.sign() == first, "and a crash before it makes the same one again: Ed25519 is deterministic"


def test_a_crash_between_the_two_files_of_a_rotation_is_mended(tmp_path: Path) -> None:
    log = log_of(tmp_path / "keys", 2)
    vkeys = log.keys.path / "vkeys"
    log.keys.rotate()
    before = vkeys.read_bytes()
    new = log.rotate()
    vkeys.write_bytes(before)
    assert log.keys.vkey != new
    log.save("01")
    note = log.sign()
    assert log.keys.vkey == new
    assert checkpoint.verify(note, [new])[1] == (new,)


def test_a_rotation_whose_key_is_not_there_is_refused(tmp_path: Path) -> None:
    log = log_of(tmp_path / "keys", 1)
    log.add("key.rotate", "store", [])
    with pytest.raises(NotContinuous, match="not in the folder"):
        log.sign()


def test_a_missing_or_altered_state_is_refused_rather_than_started_anew(tmp_path: Path) -> None:
    log = log_of(tmp_path / "keys", 3)
    log.sign()
    path = log.keys.path / "signer.json"
    good = path.read_bytes()
    said = json.loads(good)
    damages = [
        b"",
        b"{}",
        good[:-10],
        good.replace(b'"size":3', b'"size":1'),
        json.dumps(said | {"note": "", "size": 0, "frontier": ["x"]}, sort_keys=True, separators=(",", ":")).encode(),
        json.dumps(said | {"frontier": said["frontier"][::-1]}, sort_keys=True, separators=(",", ":")).encode(),
        json.dumps(said | {"origin": "other"}, sort_keys=True, separators=(",", ":")).encode(),
    ]
    for damage in damages:
        path.write_bytes(damage)
        with pytest.raises(NotContinuous, match="state"):
            log.sign()
    path.unlink()
    with pytest.raises(NotContinuous, match="missing or damaged"):
        log.sign()
    path.write_bytes(good)
    assert log.sign() == log.notes[-1]


def test_a_declared_loss_starts_a_new_log_that_names_the_old_ones_last_checkpoint(tmp_path: Path) -> None:
    log = log_of(tmp_path / "keys", 4)
    log.sign()
    backup = list(log.stored[:2])
    log.stored, log.rows = backup, log.rows[:2]
    with pytest.raises(NotContinuous, match="2 entries, but 4"):
        log.sign()
    loss = log.signer.declare_loss()
    assert loss.note == log.notes[-1]
    with pytest.raises(NotContinuous, match=r"starts with the entry that declares the loss"):
        log.sign()
    log.add(RESTART, "store", restart_changes(loss))
    note = log.sign()
    assert checkpoint.verify(note, [loss.old_vkey, loss.new_vkey])[1] == (loss.old_vkey, loss.new_vkey)
    assert checkpoint.parse(note) == Checkpoint("trial.example/ket-trd-301/2", 3, tree.root(log.leaves))
    assert log.signer.state.before == loss.note
    assert len(list(log.keys.path.glob("signer-*.json"))) == 1
    assert log.signer.declare_loss().new_vkey.startswith("trial.example/ket-trd-301/3+")


def test_a_loss_declared_after_rotations_is_signed_by_every_key_that_was(tmp_path: Path) -> None:
    log = log_of(tmp_path / "keys", 1)
    keys = [log.keys.vkey, log.rotate(), log.rotate()]
    log.keys.rotate()
    loss = log.signer.declare_loss()
    log.add(RESTART, "store", restart_changes(loss))
    assert checkpoint.verify(log.sign(), [*keys, loss.new_vkey])[1] == (*keys, loss.new_vkey)


def test_a_copied_key_folder_with_a_stale_state_is_told_from_the_store_by_nothing_but_the_store(tmp_path: Path) -> None:
    log = log_of(tmp_path / "keys", 2)
    log.sign()
    shutil.copytree(log.keys.path, tmp_path / "copy")
    log.save("01")
    later = log.sign()
    copy = Signer(KeyFolder.open(tmp_path / "copy", "horse"))
    assert copy.sign(log.stored, 3) == later, "a continuation of the same entries gives the same note"


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "state"
    durable.write(path, b"one")
    durable.write(path, b"two")
    assert path.read_bytes() == b"two"
    assert [file.name for file in tmp_path.iterdir()] == ["state"]
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreRefused, match="acknowledged is saved"):
        durable.write(tmp_path / "folder", b"x")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "state"]
