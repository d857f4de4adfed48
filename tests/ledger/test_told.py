"""Which changes an export tells is bound when it is made: who passes it on takes none out and swaps none unseen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pytest

from tests.ledger.log import Log, lines_of, seal_again
from tests.ledger.test_verify_export import FILES
from trialkit.ledger.entry import Change
from trialkit.ledger.verify_export import Report, verify

Entry: TypeAlias = dict[str, Any]
Binds: TypeAlias = Literal["told", "withheld", "nothing"]
HIDDEN = {(2, 0), (3, 1)}


def trial(folder: Path) -> Log:
    """Two subjects, the first of whom withdrew consent and is erased; two masked changes."""
    log = Log(folder / "keys")
    log.add("store.create", "store", [Change("kind", None, "training")])
    log.save("01-0001", [Change("SYSBP", None, "128"), Change("NAME", None, "Maria", "identifier")])
    log.save("01-0001", [Change("ARM", None, "A", "unblinded"), Change("SYSBP", "128", "132")])
    log.save("01-0002", [Change("SYSBP", None, "131"), Change("ARM", None, "B", "unblinded")])
    log.add("subject.erase", "subject/01-0001", [Change("why", None, "withdrew")], subject="01-0001")
    log.erase(1, 1)
    return log


def export(folder: Path, binds: Binds = "told", kind: Literal["study", "subject"] = "study") -> tuple[Log, Path]:
    log = trial(folder)
    subject = "01-0001" if kind == "subject" else ""
    out = folder / "out"
    log.export(out, FILES, kind=kind, subject=subject, sees=lambda seq, n: (seq, n) not in HIDDEN, binds=binds)
    return log, out


def forged(folder: Path, attack: Callable[[dict[int, Entry]], None], binds: Binds = "told", **more: Any) -> Report:
    """The verdict on an export that somebody altered on its way, and sealed again as well as they can."""
    log, out = export(folder, binds, **more)
    assert verify(out, log.keys.vkey).passed, "the control"
    lines = lines_of(out)
    attack({json.loads(line["h"])["seq"]: line for line in lines if line["t"] == "entry"})
    seal_again(out, lines)
    return verify(out, log.keys.vkey)


def blank_a_told_change(entries: dict[int, Entry]) -> None:
    entries[2]["c"][1] = entries[2]["s"][1] = None


def call_a_told_change_erased(entries: dict[int, Entry]) -> None:
    entries[2]["c"][1] = entries[2]["s"][1] = None
    entries[2]["r"] = [1]


def call_a_withheld_change_erased(entries: dict[int, Entry]) -> None:
    entries[2]["r"] = [0]


def tell_a_withheld_one_of_another_copy_and_blank_a_told_one(entries: dict[int, Entry], whole: Path) -> None:
    """Who has two exports mixes them: what the one tells is told, something else is taken out instead."""
    other = next(line for line in lines_of(whole) if line["t"] == "entry" and json.loads(line["h"])["seq"] == 3)
    entries[3]["c"][1], entries[3]["s"][1] = other["c"][1], other["s"][1]
    blank_a_told_change(entries)


@pytest.mark.parametrize("kind", ["study", "subject"])
def test_a_change_that_was_told_and_is_blanked_is_named_by_its_form(
    tmp_path: Path, kind: Literal["study", "subject"]
) -> None:
    report = forged(tmp_path, blank_a_told_change, kind=kind)
    told = 3 if kind == "study" else 2
    withheld = 2 if kind == "study" else 1
    assert (report.exit, report.where) == (1, "proof.jsonl")
    assert report.what == (
        f"record/VS: {told - 1} told, {withheld + 1} withheld, 1 redacted changes, "
        f"but {told} told, {withheld} withheld, 1 redacted when this was exported: it was altered since"
    )


def test_a_told_change_of_an_erased_subject_is_not_called_erased_unnoticed(tmp_path: Path) -> None:
    report = forged(tmp_path, call_a_told_change_erased)
    assert "record/VS: 2 told, 2 withheld, 2 redacted changes, but 3 told, 2 withheld, 1 redacted" in report.what
    assert forged(tmp_path / "old", call_a_told_change_erased, "withheld").passed, "the number alone did not tell"


def test_a_withheld_change_of_an_erased_subject_is_not_called_erased_unnoticed(tmp_path: Path) -> None:
    report = forged(tmp_path, call_a_withheld_change_erased)
    assert "record/VS: 3 told, 1 withheld, 2 redacted changes, but 3 told, 2 withheld, 1 redacted" in report.what


def test_a_told_and_a_withheld_change_are_not_swapped_unnoticed(tmp_path: Path) -> None:
    for binds in ("told", "withheld"):
        folder = tmp_path / binds
        whole = trial(folder / "same").export(folder / "whole", FILES)
        report = forged(
            folder, lambda found, whole=whole: tell_a_withheld_one_of_another_copy_and_blank_a_told_one(found, whole),
            binds,
        )  # fmt: skip
        if binds == "withheld":
            assert report.passed, "the number alone did not tell"
        else:
            assert report.what == (
                "record/VS: 3 told, 2 withheld, 1 redacted changes as exported, but not the same ones: "
                "they were exchanged since"
            )


def test_a_manifest_without_the_part_told_is_not_the_one_that_was_exported(tmp_path: Path) -> None:
    log, out = export(tmp_path)
    for altered in (
        FILES["manifest.json"],
        b"{",
        b"[" * 100_000,
        b"\xff",
        b'{"as_of":[],"told":[]}',
        b'{"told":{"x":1}}',
    ):
        (out / "manifest.json").write_bytes(altered)
        report = verify(out, log.keys.vkey)
        assert not report.passed
        assert (report.where, report.what[:35]) == ("manifest.json", "the file is not the one exported (p"), str(report)


def test_an_export_of_before_still_verifies_and_says_that_it_binds_less(tmp_path: Path) -> None:
    said = {
        "nothing": "it does not bind how many changes it withholds",
        "withheld": "it does not bind which changes it withholds, only how many",
    }
    binds: Binds
    for binds in ("nothing", "withheld"):
        log, out = export(tmp_path / binds, binds)
        report = verify(out, log.keys.vkey)
        assert report.passed, str(report)
        assert said[binds] in str(report)
    log, out = export(tmp_path / "told")
    assert "does not bind" not in str(verify(out, log.keys.vkey))


@pytest.mark.parametrize("kind", ["study", "subject"])
def test_the_number_that_an_export_of_before_bound_still_counts(
    tmp_path: Path, kind: Literal["study", "subject"]
) -> None:
    report = forged(tmp_path, blank_a_told_change, "withheld", kind=kind)
    had = 2 if kind == "study" else 1
    assert f"{had + 1} changes are withheld, but {had} were when this was exported" in report.what


def test_the_part_told_says_nothing_that_the_lines_of_the_proof_do_not(tmp_path: Path) -> None:
    """A blinded holder reads no arm from it: whatever was randomised, the same part (decision 0022)."""
    _, out = export(tmp_path)
    said = json.loads((out / "manifest.json").read_bytes())
    counts: dict[str, list[int]] = {}
    for line in lines_of(out):
        if line["t"] == "entry" and (header := json.loads(line["h"]))["seq"] < said["as_of"]:
            kind = header["stream"].partition("/")[0]
            of = "record/VS" if kind == "record" else kind
            found = counts.setdefault(of, [0, 0, 0])
            gone = line.get("r", [])
            for n, text in enumerate(line["c"]):
                found[2 if n in gone else 1 if text is None else 0] += 1
    assert counts == {of: [one["told"], one["withheld"], one["redacted"]] for of, one in said["told"].items()}
