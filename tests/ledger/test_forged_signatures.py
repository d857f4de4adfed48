"""Whose signature it is decides; a name alone says nothing (21 CFR 11.10(c))."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.ledger.log import Log, b64, lines_of, seal_again
from tests.ledger.test_verify_export import FILES, small
from trialkit.ledger.checkpoint import Checkpoint, parse, sign
from trialkit.ledger.entry import Change
from trialkit.ledger.keys import LogKey
from trialkit.ledger.verify_export import verify


def test_a_new_key_that_the_old_one_did_not_sign_for_is_refused(tmp_path: Path) -> None:
    log = Log(tmp_path / "keys")
    log.save("01-0001")
    old = log.keys.vkey
    log.rotate()
    out = log.export(tmp_path / "out", FILES)
    assert verify(out, old).passed
    lines = lines_of(out)
    both = next(line for line in lines if line["t"] == "checkpoint" and line["n"].count("\N{EM DASH}") == 2)
    text, signatures = both["n"].split("\n\n")
    both["n"] = text + "\n\n" + signatures.split("\n")[1] + "\n"
    seal_again(out, lines)
    report = verify(out, old)
    assert "not signed by the key" in report.what


def test_a_whole_log_rewritten_under_the_same_name_is_refused(tmp_path: Path) -> None:
    log, _ = small(tmp_path)
    forged = Log(tmp_path / "forged", seed=5)
    forged.save("01-0001", [Change("SYSBP", None, "100")])
    out = forged.export(tmp_path / "forged-out", FILES)
    assert verify(out, forged.keys.vkey).passed
    assert verify(out, log.keys.vkey).exit == 1


def test_an_unknown_signature_is_ignored_and_a_false_one_in_a_known_name_is_not(tmp_path: Path) -> None:
    log, out = small(tmp_path)
    lines = lines_of(out)
    head = Checkpoint(log.keys.origin, len(log.stored), parse(log.notes[-1]).root)
    witness = sign(head.text, [LogKey(b"w" * 32, "witness.example")]).split("\n\n")[1]
    note = lines[8]["n"]
    lines[8]["n"] = note + witness
    seal_again(out, lines)
    assert verify(out, log.keys.vkey).passed
    raw = base64.b64decode(note.split(" ")[-1])
    lines[8]["n"] = note + f"\N{EM DASH} {head.origin} {b64(raw[:-1] + bytes([raw[-1] ^ 1]))}\n"
    seal_again(out, lines)
    assert verify(out, log.keys.vkey).exit == 1
