"""What happens to an export on its way is found, and its place named (21 CFR 11.10(c); ICH E6(R3) 4.2.2).

TRIALKIT_ALTERATIONS=100000 tries that many random bytes; every one must be found.
"""

from __future__ import annotations

import base64
import copy
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.ledger.log import b64, lines_of, seal_again
from tests.ledger.test_verify_export import FILES, small
from trialkit.ledger import proof
from trialkit.ledger.checkpoint import parse, sign
from trialkit.ledger.commitment import commitment
from trialkit.ledger.keys import LogKey
from trialkit.ledger.verify_export import Report, verify

COUNT = int(os.environ.get("TRIALKIT_ALTERATIONS", "20000"))
Lines: TypeAlias = list[dict[str, Any]]


def test_one_byte_altered_anywhere_is_found(tmp_path: Path) -> None:
    log, out = small(tmp_path)
    chance = random.Random(20261122)
    originals = {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    paths, weights = list(originals), [len(data) + 200 for data in originals.values()]
    for _ in range(COUNT):
        path = chance.choices(paths, weights)[0]
        data = bytearray(originals[path])
        at = chance.randrange(len(data))
        data[at] ^= chance.randrange(1, 256)
        path.write_bytes(data)
        assert verify(out, log.keys.vkey).exit == 1, f"{path.name}, byte {at}: {bytes(data[at - 20 : at + 20])!r}"
        path.write_bytes(originals[path])
    assert verify(out, log.keys.vkey).passed, "and unaltered it passes"


def test_one_byte_altered_is_found_also_when_the_forger_mends_the_last_line(tmp_path: Path) -> None:
    log, out = small(tmp_path)
    subject = log.export(tmp_path / "one", FILES, kind="subject", subject="01-0001")
    chance = random.Random(7)
    for folder in (out, subject):
        body = (folder / proof.NAME).read_bytes().splitlines()[:-1]
        for _ in range(COUNT // 10):
            lines = list(body)
            number = chance.randrange(len(lines))
            line = bytearray(lines[number])
            line[chance.randrange(len(line))] ^= chance.randrange(1, 256)
            lines[number] = bytes(line)
            seal_again(folder, lines)
            assert verify(folder, log.keys.vkey).exit == 1, bytes(line)
        seal_again(folder, body)
        assert verify(folder, log.keys.vkey).passed


def edit_header(lines: Lines, row: int, **fields: object) -> None:
    head = json.loads(lines[row]["h"]) | fields
    lines[row]["h"] = json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def drop_entry(lines: Lines) -> None:
    del lines[2]


def drop_last_entries(lines: Lines) -> None:
    del lines[4:7]


def repeat_entry(lines: Lines) -> None:
    lines.insert(2, lines[2])


def swap_entries(lines: Lines) -> None:
    lines[2], lines[3] = lines[3], lines[2]


def move_entry(lines: Lines) -> None:
    lines.insert(5, lines.pop(2))


def drop_checkpoint(lines: Lines) -> None:
    del lines[8]


def old_checkpoint_last(lines: Lines) -> None:
    lines[8] = copy.deepcopy(lines[7])


def swap_payloads(lines: Lines) -> None:
    two, three = lines[2], lines[3]
    two["s"][0], three["s"][0] = three["s"][0], two["s"][0]
    two["c"][0], three["c"][0] = three["c"][0], two["c"][0]


def swap_changes_and_digests(lines: Lines) -> None:
    entry = lines[2]
    digests = base64.b64decode(entry["d"])
    entry["d"] = b64(digests[32:64] + digests[:32] + digests[64:])
    for part in ("s", "c"):
        entry[part][0], entry[part][1] = entry[part][1], entry[part][0]


def change_a_value(lines: Lines) -> None:
    lines[2]["c"][0] = lines[2]["c"][0].replace("128", "118")


def change_a_value_and_its_digest(lines: Lines) -> None:
    change_a_value(lines)
    entry = lines[2]
    fresh = commitment(base64.b64decode(entry["s"][0]), entry["c"][0].encode())
    entry["d"] = b64(fresh + base64.b64decode(entry["d"])[32:])


def redact_without_an_entry(lines: Lines) -> None:
    lines[2]["s"][0] = lines[2]["c"][0] = None
    lines[2]["r"] = [0]


def call_the_withheld_redacted(lines: Lines) -> None:
    lines[3]["r"] = [1]


def call_the_redacted_withheld(lines: Lines) -> None:
    del lines[4]["r"]


def leave_a_hole_in_a_stream(lines: Lines) -> None:
    edit_header(lines, 3, stream_no=3)


def leave_a_hole_in_a_subject(lines: Lines) -> None:
    edit_header(lines, 3, subject_no=3)


def turn_the_clock_back(lines: Lines) -> None:
    edit_header(lines, 3, at="2026-11-22T02:34:40.000000Z")


def change_the_actor(lines: Lines) -> None:
    edit_header(lines, 2, actor={"id": "ito", "name": "Dr Kenji Ito", "org": "Clinic North", "role": "investigator"})


def change_the_time_within_its_bounds(lines: Lines) -> None:
    edit_header(lines, 3, at="2026-11-22T02:34:51.200000Z")


def unknown_field_in_a_header(lines: Lines) -> None:
    edit_header(lines, 2, note="x")


def transplant_a_signature(lines: Lines) -> None:
    first, last = lines[7]["n"], lines[8]["n"]
    lines[8]["n"] = last.split("\n\n")[0] + "\n\n" + first.split("\n\n")[1]


def sign_with_another_key(lines: Lines) -> None:
    head = parse(lines[8]["n"])
    lines[8]["n"] = sign(head.text, [LogKey(b"k" * 32, head.origin)])


def drop_a_file_line(lines: Lines) -> None:
    del lines[9]


def say_production(lines: Lines) -> None:
    lines[0]["store"] = "production"


def name_another_log(lines: Lines) -> None:
    lines[0]["origin"] = "trial.example/other"


def leave_a_space(lines: Lines) -> None:
    lines[2]["h"] = lines[2]["h"].replace(":", ": ", 1)


ATTACKS: dict[Callable[[Lines], None], str] = {
    drop_entry: "line 3",
    drop_last_entries: "line 6",
    repeat_entry: "line 4",
    swap_entries: "line 3",
    move_entry: "line 3",
    drop_checkpoint: "line 8",
    old_checkpoint_last: "line 9",
    swap_payloads: "line 3, entry 1, change 0",
    swap_changes_and_digests: "line 8",
    change_a_value: "line 3, entry 1, change 0",
    change_a_value_and_its_digest: "line 8",
    redact_without_an_entry: "line 3, entry 1, change 0",
    call_the_withheld_redacted: "line 4, entry 2, change 1",
    call_the_redacted_withheld: "line 5, entry 3, change 1",
    leave_a_hole_in_a_stream: "line 4",
    leave_a_hole_in_a_subject: "line 4",
    turn_the_clock_back: "line 4",
    change_the_actor: "line 8",
    change_the_time_within_its_bounds: "line 8",
    unknown_field_in_a_header: "line 3, header",
    transplant_a_signature: "line 9",
    sign_with_another_key: "line 9",
    drop_a_file_line: "csv/VS.csv",
    say_production: "proof.jsonl",
    name_another_log: "line 9",
    leave_a_space: "line 3, header",
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_a_forger_who_mends_the_last_line_is_found_and_the_place_named(
    attack: Callable[[Lines], None], tmp_path: Path
) -> None:
    log, out = small(tmp_path)
    lines = lines_of(out)
    seal_again(out, lines)
    assert verify(out, log.keys.vkey).passed, "the control: the same tool changes nothing by itself"
    attack(lines)
    seal_again(out, lines)
    report = verify(out, log.keys.vkey)
    assert report.exit == 1
    assert report.where.removeprefix("proof.jsonl ").startswith(ATTACKS[attack]), str(report)


def after(folder: Path, change: Callable[[Path], object]) -> Report:
    log, out = small(folder)
    change(out)
    return verify(out, log.keys.vkey)


def test_files_altered_added_missing_or_linked_are_found(tmp_path: Path) -> None:
    places = {
        "edited": ("csv/VS.csv", lambda out: (out / "csv/VS.csv").write_bytes(b"USUBJID,SYSBP\n01,118\n")),
        "longer": ("manifest.json", lambda out: (out / "manifest.json").write_bytes(b'{"study":"KET"}\n')),
        "added": ("extra.txt", lambda out: (out / "extra.txt").write_bytes(b"")),
        "hidden": ("csv/.hidden", lambda out: (out / "csv/.hidden").write_bytes(b"x")),
        "folder": ("more", lambda out: (out / "more").mkdir()),
        "missing": ("csv/VS.csv", lambda out: (out / "csv/VS.csv").unlink()),
        "link": ("link", lambda out: (out / "link").symlink_to(out / "manifest.json")),
        "proof": ("proof.jsonl", lambda out: (out / proof.NAME).unlink()),
    }
    for name, (where, change) in places.items():
        report = after(tmp_path / name, change)
        assert (report.exit, report.where) == (1, where), name


def test_a_proof_that_is_not_in_its_one_form_is_found(tmp_path: Path) -> None:
    def rewrite(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
        return lambda out: (out / proof.NAME).write_bytes(change((out / proof.NAME).read_bytes()))

    changes: dict[str, Callable[[bytes], bytes]] = {
        "trailing byte": lambda data: data + b"\n",
        "carriage returns": lambda data: data.replace(b"\n", b"\r\n"),
        "no last newline": lambda data: data[:-1],
        "cut": lambda data: data[: len(data) // 2],
        "cut at a line": lambda data: b"".join(data.splitlines(keepends=True)[:-1]),
        "empty": lambda data: b"",
        "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
        "not text": lambda data: b"\xff\xfe" + data,
        "deep": lambda data: b"[" * 100_000 + b"\n",
        "huge number": lambda data: b'{"size":' + b"9" * 6_000 + b"}\n",
        "float": lambda data: data.replace(b'"v":1}', b'"v":1.0}', 1),
        "true for one": lambda data: data.replace(b'"v":1}', b'"v":true}', 1),
        "list": lambda data: b"[]\n" + data,
        "lone surrogate": lambda data: data.replace(b"training", b"\\ud800", 1),
    }
    for name, change in changes.items():
        report = after(tmp_path / name, rewrite(change))
        assert report.exit == 1, name
        assert report.where.startswith("proof.jsonl line"), str(report)


def test_a_file_swapped_together_with_its_line_is_found_because_the_entry_names_its_hash(tmp_path: Path) -> None:
    log, out = small(tmp_path)
    (out / "manifest.json").write_bytes(b"{}")
    listed = {file.name: file for file in proof.exported_files(out)}
    lines = lines_of(out)
    for line in lines:
        if line["t"] == "file":
            line |= {"sha256": listed[line["name"]].sha256, "bytes": listed[line["name"]].bytes}
    seal_again(out, lines)
    report = verify(out, log.keys.vkey)
    assert (report.exit, report.where) == (1, "proof.jsonl"), str(report)


def test_a_names_path_may_not_leave_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    for name in ("../secret", "/etc/hostname", "a//b", "./a", "a\\b", "c:x", "proof.jsonl", ""):
        log, out = small(tmp_path / str(abs(hash(name))))
        lines = lines_of(out)
        lines.insert(9, {"t": "file", "name": name, "sha256": "0" * 64, "bytes": 1})
        seal_again(out, lines)
        report = verify(out, log.keys.vkey)
        assert (report.exit, report.where) == (1, "proof.jsonl line 10"), name


def test_a_subject_export_with_a_hole_or_anothers_entry_is_found(tmp_path: Path) -> None:
    log, _ = small(tmp_path)
    out = log.export(tmp_path / "one", FILES, kind="subject", subject="01-0001")
    whole = lines_of(out)
    without_first = [line for number, line in enumerate(whole) if number != 1]
    seal_again(out, without_first)
    assert "1 was due" in verify(out, log.keys.vkey).what
    for path in (whole[2]["p"], whole[1]["p"][:-1], [*whole[1]["p"], b64(bytes(32))]):
        lines = copy.deepcopy(whole)
        lines[1]["p"] = path
        seal_again(out, lines)
        assert verify(out, log.keys.vkey).where == "proof.jsonl line 2, entry 1"
    other = log.export(tmp_path / "two", FILES, kind="subject", subject="01-0002")
    mixed = lines_of(other)
    mixed[0]["subject"] = "01-0001"
    seal_again(other, mixed)
    assert "not one of subject 01-0001" in verify(other, log.keys.vkey).what
