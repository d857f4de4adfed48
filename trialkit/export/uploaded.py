"""An export that somebody brings back as one zip: unpacked where nothing else lies, within limits, and verified.

Nothing of it is trusted: its sizes are counted as they come out, its names stay in a folder that is gone afterwards.
"""

from __future__ import annotations

import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from trialkit.access.identity import Identity
from trialkit.conduct.trial import Trial
from trialkit.errors import WrongFile
from trialkit.export.bundle import MANIFEST
from trialkit.ledger.entry import Place
from trialkit.ledger.proof import EXPORT, NAME
from trialkit.ledger.verify_export import Report, plain_name, verify

MOST_PACKED = 100_000_000
"""Bytes of a zip, at most."""
MOST = 2_000_000_000
"""Bytes that come out of it, at most."""
MOST_FILES = 50_000
MOST_IN_A_LINE = 64_000_000
_TIMES = 100  # what comes out of a zip of text is some ten times its size
_SMALL = 20_000_000
_ENTRY, _BLOCK = 1_000, 1 << 20
_TAIL = 66_000  # the end of a zip: its last record and a comment of 65,535 bytes

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the verifier found, and, of an export that passed, what its manifest says of it."""

    report: Report
    said: dict[str, Any]


def verify_packed(trial: Trial, who: Identity, packed: IO[bytes], progress: Progress | None = None) -> Verdict:
    """Verify the export in a zip against the keys of this trial's ledger, the present one and earlier ones.

    Raises Refused for whoever may not export, WrongFile for what is no zip of an export or is too large.
    """
    trial.authorise(who, EXPORT, Place(site=min(who.sites) if who.sites else ""))
    with tempfile.TemporaryDirectory(prefix="trialkit-") as room:
        folder = Path(room) / "export"
        _unpack(packed, folder, progress or (lambda what, done, total: None))
        if progress is not None:
            progress("checking", 1, 1)
        report = _judged(folder, [one.vkey for one in reversed(trial.store.keys.held) if one.since is not None])
        return Verdict(report, orjson.loads((folder / MANIFEST).read_bytes()) if report.passed else {})


def _judged(folder: Path, keys: list[str]) -> Report:
    """The report of the key that fits; where none does, the one that names another fault than the key."""
    reports = []
    for key in keys:
        reports.append(verify(folder, key))
        if reports[-1].passed:
            return reports[-1]
    return next((one for one in reports if not one.what.startswith("not signed by the key")), reports[0])


def _unpack(packed: IO[bytes], folder: Path, progress: Progress) -> None:
    size = packed.seek(0, 2)
    if size > MOST_PACKED:
        raise WrongFile(
            f"This file of {size / 1e6:,.0f} MB is too large: unpack it and verify it with trialkit verify FOLDER."
        )
    _directory(packed, size)
    try:
        with zipfile.ZipFile(packed) as opened:
            files = _named([one for one in opened.infolist() if not one.is_dir()])
            most, total = min(MOST, max(_SMALL, _TIMES * size)), sum(one.file_size for one in files.values())
            done = 0
            for name, one in files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(one) as source, path.open("xb") as out:
                    line = 0
                    while block := source.read(_BLOCK):
                        done += len(block)
                        line = len(block) - end - 1 if (end := block.rfind(b"\n")) >= 0 else line + len(block)
                        if done > most or (name == NAME and line > MOST_IN_A_LINE):
                            raise WrongFile("More comes out of this zip than out of any export: it was not looked at.")
                        out.write(block)
                        progress("unpacking", done, max(total, done))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError) as error:
        raise WrongFile("This zip is damaged, or locked with a password: download the export once more.") from error


def _directory(packed: IO[bytes], size: int) -> None:
    """Refuse what is no zip, and a list of contents that would fill the memory before it is read."""
    packed.seek(max(0, size - _TAIL))
    tail = packed.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise WrongFile("This is no zip file: choose the one that was downloaded.")
    count, listed = struct.unpack_from("<HL", tail, at + 10)
    if count >= MOST_FILES or listed > MOST_FILES * _ENTRY or tail[max(0, at - 20) :].startswith(b"PK\x06\x07"):
        raise WrongFile("This zip holds more files than any export: it was not looked at.")
    packed.seek(0)


def _named(files: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The files by their names in the export: the folder that holds them all, if one does, is left out."""
    names = [one.orig_filename for one in files]
    tops = {name.partition("/")[0] for name in names}
    proofs = {NAME, f"{next(iter(tops), '')}/{NAME}"} if len(tops) == 1 else {NAME}
    found = [name for name in names if name in proofs]
    if not found:
        raise WrongFile(f"This zip holds no export: there is no {NAME} in it.")
    cut = len(found[0]) - len(NAME)
    inside = [name[cut:] for name in names]
    odd = next((name for name in inside if name != NAME and not (plain_name(name) and name.isprintable())), None)
    if odd is not None or len(set(inside)) != len(inside):
        raise WrongFile("A name in this zip leads out of its folder or stands there twice: it was not looked at.")
    return dict(zip(inside, files, strict=True))
