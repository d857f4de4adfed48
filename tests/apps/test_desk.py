"""The desk: what was typed comes back whole, sealed on the disk, and only under its own name."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from apps.door.desk import DAYS, Desk
from trialkit.ledger.keys import Box


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk", Box(b"k" * 32))


def test_what_is_put_down_comes_back_and_goes_when_it_is_dropped(desk: Desk) -> None:
    desk.keep("draft", "ana|record/01-0001/V1.1/VS.1", {"typed": {"SYSBP": "128"}})
    assert desk.kept("draft", "ana|record/01-0001/V1.1/VS.1") == {"typed": {"SYSBP": "128"}}
    desk.drop("draft", "ana|record/01-0001/V1.1/VS.1")
    assert desk.kept("draft", "ana|record/01-0001/V1.1/VS.1") is None


def test_nothing_typed_can_be_read_on_the_disk_nor_with_another_key(desk: Desk) -> None:
    desk.keep("draft", "ana", {"typed": {"AETERM": "Grandmother Margaret called"}})
    [file] = desk.folder.iterdir()
    assert b"Margaret" not in file.read_bytes()
    assert b"ana" not in file.name.encode()
    assert Desk(desk.folder, Box(b"x" * 32)).kept("draft", "ana") is None


def test_a_note_laid_under_another_name_does_not_open(desk: Desk) -> None:
    desk.keep("draft", "ana", {"typed": {"A": "1"}})
    desk.keep("draft", "ben", {"typed": {"A": "2"}})
    files = {name: desk._file("draft", name) for name in ("ana", "ben")}
    files["ben"].write_bytes(files["ana"].read_bytes())
    assert desk.kept("draft", "ben") is None


def test_what_is_too_old_is_not_given_back_and_is_cleared(desk: Desk) -> None:
    desk.keep("draft", "ana", {"typed": {}})
    [file] = desk.folder.iterdir()
    old = time.time() - (DAYS + 1) * 86_400
    os.utime(file, (old, old))
    assert desk.kept("draft", "ana") is None
    assert desk.clear() == 1
