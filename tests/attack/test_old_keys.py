"""Keys and store of different moments: an old key folder never signs a second history over what was signed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.fixtures_store import PASSPHRASE, Made
from tests.store.drafts import save
from trialkit.errors import NotContinuous
from trialkit.ledger.keys import KeyFolder
from trialkit.store.database import open_store


def copied(made: Made, to: Path) -> Path:
    shutil.copytree(made.keys.path, to)
    return to


def put_back(made: Made, copy: Path) -> None:
    shutil.rmtree(made.keys.path)
    shutil.copytree(copy, made.keys.path)


def test_a_key_folder_restored_from_a_backup_does_not_open_a_newer_store(made: Made, tmp_path: Path) -> None:
    made.store.append([save({"PULSE": "61"})])
    made.store.checkpoint()
    old = copied(made, tmp_path / "backup")
    made.store.append([save({"PULSE": "62"}, old={"PULSE": "61"})])
    made.store.checkpoint()
    made.open()  # control: with the keys of now it opens
    with pytest.raises(NotContinuous, match="this signer") as refused:
        open_store(made.url, KeyFolder.open(old, PASSPHRASE), clock=made.clock)
    assert "old copy" in refused.value.hint


def test_a_key_folder_put_back_under_an_open_store_signs_nothing(made: Made, tmp_path: Path) -> None:
    made.store.append([save({"PULSE": "61"})])
    made.store.checkpoint()
    old = copied(made, tmp_path / "backup")
    made.store.append([save({"PULSE": "62"}, old={"PULSE": "61"})])
    made.store.checkpoint()
    notes = made.store.checkpoints()
    put_back(made, old)
    made.store.append([save({"PULSE": "63"}, old={"PULSE": "62"})])
    state = (made.keys.path / "signer.json").read_bytes()
    with pytest.raises(NotContinuous, match="this signer"):
        made.store.checkpoint()
    assert made.store.checkpoints() == notes
    assert (made.keys.path / "signer.json").read_bytes() == state


def test_a_checkpoint_of_the_same_size_and_another_note_is_another_history(made: Made) -> None:
    made.store.append([save({"PULSE": "61"})])
    note = made.store.checkpoint()
    size = made.store.size
    other = note.replace("\n\n", "\n\n— another.example AAAAAAAA\n", 1)
    with made.store.engine.writing() as session:
        number = session.all("SELECT max(number) FROM checkpoint")[0][0] + 1
        session.run("INSERT INTO checkpoint (number, size, note) VALUES (?, ?, ?)", number, size, other)
    with pytest.raises(NotContinuous, match="never made"):
        made.open()


def test_a_note_signed_but_not_kept_by_a_crash_is_no_other_history(made: Made) -> None:
    mark = (made.keys.path / "delivered").read_bytes()
    made.store.append([save({"PULSE": "61"})])
    made.store.checkpoint()
    (made.keys.path / "delivered").write_bytes(mark)  # as if the process had ended before it was put there
    store = made.open()
    store.append([save({"PULSE": "62"}, old={"PULSE": "61"})])
    store.checkpoint()
    assert store.verify().entries == store.size
