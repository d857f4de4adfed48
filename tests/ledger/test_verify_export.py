"""An export is believed because one file of the standard library can check it (21 CFR 11.10(b), (c), (e))."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ledger.log import VITALS, Log
from trialkit.errors import WrongFile
from trialkit.ledger import proof, verify_export
from trialkit.ledger.entry import Change
from trialkit.ledger.signer import RESTART, ROTATE, restart_changes, rotation_changes
from trialkit.ledger.verify_export import verify

FILES = {"manifest.json": b'{"study":"KET"}', "csv/VS.csv": b"USUBJID,SYSBP\n01,128\n"}


def small(folder: Path) -> tuple[Log, Path]:
    """A log with protected values, a redaction and two checkpoints, exported without what Sol may not see."""
    log = Log(folder / "keys")
    log.add("store.create", "store", [Change("kind", None, "training")])
    log.save("01-0001")
    log.save("01-0001", [Change("SYSBP", "128", "132"), Change("NAME", None, "Maria", "identifier")])
    log.sign()
    log.save("01-0002", [Change("ARM", None, "ketamine", "unblinded"), Change("COMMENT", None, "Mrs Maria Keller")])
    log.add(
        "disclosure.redact",
        "record/01-0002/V1.1/VS.1",
        [Change("why", None, "a name")],
        subject="01-0002",
        target=(3, (1,)),
    )
    log.erase(3, 1)
    protected = {(2, 1), (3, 0)}
    out = log.export(folder / "out", FILES, sees=lambda seq, n: (seq, n) not in protected)
    return log, out


def test_an_export_with_changes_withheld_and_redacted_verifies_and_says_how_many(tmp_path: Path) -> None:
    log, out = small(tmp_path)
    report = verify(out, log.keys.vkey)
    assert report.passed, str(report)
    assert (report.entries, report.withheld, report.redacted, report.files, report.checkpoints) == (6, 2, 1, 2, 2)
    assert report.disclosed == 1 + 3 + 1 + 1 + 5
    assert "proves completeness" in str(report)
    assert "TRAINING" in str(report)
    assert "Keller" not in (out / proof.NAME).read_text()


def test_the_same_store_and_moment_give_the_same_proof(tmp_path: Path) -> None:
    first, second = small(tmp_path / "a")[1], small(tmp_path / "b")[1]
    assert (first / proof.NAME).read_bytes() == (second / proof.NAME).read_bytes()


def test_a_person_who_may_see_the_protected_values_gets_them_in_a_proof_that_verifies(tmp_path: Path) -> None:
    log, _ = small(tmp_path)
    out = log.export(tmp_path / "full", FILES)
    report = verify(out, log.keys.vkey)
    assert (report.passed, report.withheld, report.redacted) == (True, 0, 1), str(report)
    assert "Maria" in (out / proof.NAME).read_text()


def test_a_subject_export_proves_presence_and_says_that_it_is_not_completeness(tmp_path: Path) -> None:
    log, _ = small(tmp_path)
    out = log.export(tmp_path / "one", FILES, kind="subject", subject="01-0001")
    report = verify(out, log.keys.vkey)
    assert report.passed, str(report)
    assert (report.entries, report.size, report.checkpoints) == (3, 7, 1)
    assert "PRESENCE, not completeness" in str(report)
    old = tmp_path / "old.txt"
    old.write_text(log.notes[0])
    assert verify(out, log.keys.vkey, old).exit == 2


def test_a_shredded_subject_leaves_a_log_that_verifies(tmp_path: Path) -> None:
    log = Log(tmp_path / "keys")
    log.save("01-0001", [Change("NAME", None, "Maria", "identifier"), *VITALS])
    log.add("subject.erase", "subject/01-0001", [Change("why", None, "her wish")], subject="01-0001")
    log.wrapped.clear()
    log.erase(0, 0)
    out = log.export(tmp_path / "out", FILES)
    report = verify(out, log.keys.vkey)
    assert (report.passed, report.redacted, report.withheld) == (True, 1, 0), str(report)


def test_an_old_checkpoint_shows_that_the_log_went_on_from_it(tmp_path: Path) -> None:
    log, out = small(tmp_path)
    old = tmp_path / "old.txt"
    old.write_text(log.notes[0])
    assert verify(out, log.keys.vkey, since=old).passed
    other = Log(tmp_path / "other", seed=1)
    other.save("01-0001", [Change("SYSBP", None, "99")])
    old.write_text(other.sign())
    report = verify(out, log.keys.vkey, since=old)
    assert (report.exit, report.where) == (1, "--since"), "the same key signed another history"


def test_five_rotations_lead_from_any_key_of_the_chain_to_the_last(tmp_path: Path) -> None:
    log = Log(tmp_path / "keys")
    keys = [log.keys.vkey]
    for _ in range(5):
        log.save("01-0001")
        keys.append(log.rotate())
        log.save("01-0001")
        log.sign()
    out = log.export(tmp_path / "out", FILES)
    assert len(set(keys)) == 6
    for key in keys:
        report = verify(out, key)
        assert report.passed, str(report)
        assert report.keys == [keys[-1]]
        assert len(report.notices) == 5
    stranger = Log(tmp_path / "stranger", seed=2).keys.vkey
    assert verify(out, stranger).exit == 1


def test_a_log_restarted_after_a_declared_loss_says_so(tmp_path: Path) -> None:
    log = Log(tmp_path / "keys")
    for _ in range(3):
        log.save("01-0001")
        log.sign()
    lost = log.notes.pop()
    del log.stored[2:], log.rows[2:]
    log.streams["record/01-0001/V1.1/VS.1"] = log.subjects["01-0001"] = 2
    loss = log.signer.declare_loss()
    assert loss.note == lost
    log.add(RESTART, "store", restart_changes(loss))
    out = log.export(tmp_path / "out", FILES)
    for key in (loss.old_vkey, loss.new_vkey):
        report = verify(out, key)
        assert report.passed, str(report)
        assert "DECLARED LOSS" in str(report)
    old = tmp_path / "old.txt"
    old.write_text(lost)
    assert verify(out, loss.old_vkey, since=old).exit == 1, "whoever holds the lost checkpoint sees that it is lost"


def test_wrong_arguments_are_told_from_a_wrong_export(tmp_path: Path) -> None:
    log, out = small(tmp_path)
    damaged = log.keys.vkey.replace("+", "+0", 1)
    assert verify(out, damaged).exit == 2
    assert verify(tmp_path / "nowhere", log.keys.vkey).exit == 2
    assert verify(out, log.keys.vkey, since=tmp_path / "none.txt").exit == 2
    (tmp_path / "empty").mkdir()
    assert verify(tmp_path / "empty", log.keys.vkey).exit == 1


def test_the_one_file_runs_alone_with_nothing_installed(tmp_path: Path) -> None:
    log, out = small(tmp_path)
    alone = tmp_path / "alone.py"
    alone.write_bytes(Path(verify_export.__file__).read_bytes())
    command = [sys.executable, "-I", "-S", "-W", "error", str(alone), str(out), "--key", log.keys.vkey]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("PASS  study export")
    (out / "manifest.json").write_bytes(b"{}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(":")[0]) == (1, "FAIL  manifest.json")


def test_what_a_terminal_would_obey_is_shown_as_its_code(tmp_path: Path) -> None:
    report = verify_export.Report(exit=1, where="x\x1b[2J", what="a\nPASS")
    assert str(report) == "FAIL  x\\x1b[2J: a\\nPASS"
    good = verify_export.Report(kind="study", origin="a\nb", notices=["c\rd"])
    assert "a\\nb" in str(good)
    assert "c\\rd" in str(good)


def test_an_export_with_a_link_in_it_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    with pytest.raises(WrongFile, match="is a link"):
        proof.exported_files(tmp_path)


def test_a_rotation_that_was_interrupted_and_repeated_before_its_checkpoint_verifies(tmp_path: Path) -> None:
    log = Log(tmp_path / "keys")
    log.save("01-0001")
    log.sign()
    old, new = log.keys.vkey, log.keys.rotate()
    log.add(ROTATE, "store", rotation_changes(old, new))
    log.rotate()
    report = verify(log.export(tmp_path / "out", FILES), log.keys.vkey)
    assert report.passed, str(report)


def test_a_second_key_named_before_the_checkpoint_of_the_first_is_refused(tmp_path: Path) -> None:
    log, other = Log(tmp_path / "keys"), Log(tmp_path / "other", seed=2)
    log.save("01-0001")
    log.sign()
    log.add(ROTATE, "store", rotation_changes(log.keys.vkey, log.keys.rotate()))
    log.add(ROTATE, "store", rotation_changes(log.first_vkey, other.keys.vkey))
    log.sign()
    report = verify(log.export(tmp_path / "out", FILES), log.keys.vkey)
    assert report.exit == 1
    assert "does not follow" in report.what


@pytest.mark.parametrize("name", ["a\0", "\ud800", "no such file"])
def test_a_name_that_no_file_can_have_is_no_checkpoint_and_no_traceback(tmp_path: Path, name: str) -> None:
    log, out = small(tmp_path)
    report = verify(out, log.keys.vkey, name)
    assert report.exit == 2
    assert "is not a checkpoint" in report.what


def test_the_key_may_be_a_file_that_holds_it_and_a_file_without_one_is_not_printed(tmp_path: Path) -> None:
    log, out = small(tmp_path)
    (tmp_path / "log.pub").write_text(log.keys.vkey + "\n")
    assert verify(out, str(tmp_path / "log.pub")).passed
    (tmp_path / "novel").write_text("Call me Ishmael. " * 99)
    report = verify(out, str(tmp_path / "novel"))
    assert report.exit == 2
    assert "holds no verifier key" in report.what
    assert "Ishmael" not in report.what
