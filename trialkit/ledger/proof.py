"""The writer of `proof.jsonl`: what an export needs so that anyone can verify it offline with `verify_export.py`.

Canonical JSON lines: head, entries, checkpoints, files, end. The same arguments give the same bytes.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, TypeAlias

from trialkit.errors import WrongFile
from trialkit.ledger import canonical
from trialkit.ledger.commitment import Disclosed
from trialkit.ledger.entry import Change, Visibility
from trialkit.ledger.header import parse

NAME = "proof.jsonl"
EXPORT = "export.create"
Kind: TypeAlias = Literal["study", "subject"]
StoreKind: TypeAlias = Literal["training", "production"]
STATES = ("told", "withheld", "redacted")


class Told(NamedTuple):
    """An entry as an export tells it. `salts` and `lines` have None where withheld or redacted, or are None for all.

    `redacted`: numbers of the changes that were erased; `path`: the inclusion path, in subject exports.
    """

    header: bytes
    digests: bytes
    salts: Sequence[bytes | None] | None
    lines: Sequence[bytes | None] | None
    redacted: Sequence[int] = ()
    path: Sequence[bytes] = ()


class ExportedFile(NamedTuple):
    """A deliverable: name relative to the export's folder with forward slashes, hex SHA-256, size in bytes."""

    name: str
    sha256: str
    bytes: int


def tell(header: bytes, digests: bytes, disclosed: Iterable[Disclosed], path: Sequence[bytes] = ()) -> Told:
    """An entry from its disclosed changes, in order; for one that the reader may not see give `commitment.WITHHELD`.

    What was erased stays "erased" for every reader: the verifier refuses a redaction that is called withheld.
    """
    shown = list(disclosed)
    gone = [n for n, one in enumerate(shown) if one.why == "erased"]
    return Told(header, digests, [one.salt for one in shown], [one.line for one in shown], gone, path)


def exported_files(folder: Path) -> list[ExportedFile]:
    """The deliverables in a folder, in order of name; `proof.jsonl` is not one. Raises WrongFile for a link."""
    found = []
    for path in folder.rglob("*"):
        if path.is_symlink():
            raise WrongFile(f"{path.name} is a link", "an export holds its files itself")
        if path.is_file() and path != folder / NAME:
            with path.open("rb") as file:
                digest, size = sha256(), 0
                while block := file.read(1 << 20):
                    digest.update(block)
                    size += len(block)
            found.append(ExportedFile(path.relative_to(folder).as_posix(), digest.hexdigest(), size))
    return sorted(found)


def export_changes(
    store_kind: StoreKind, kind: Kind, files: Iterable[ExportedFile], subject: str = "", seen: Visibility = "open",
    withheld: int | None = None,
) -> tuple[Change, ...]:  # fmt: skip
    """The changes of the `export.create` entry, which the export's last checkpoint must cover.

    `withheld` counts what the proof withholds of the entries before the export's moment; which they are stands in the
    manifest, a file like any other here: who passes the export on cannot take more out of it unseen. `seen` is the
    class of what the files hold: from the hash of a file that is known but for a few words, these can be found by
    trying.
    """
    said = {"kind": kind, "store": store_kind} | ({"subject": subject} if kind == "subject" else {})
    bound = (Change(f"file[{file.name}]", None, file.sha256, seen) for file in files)
    count = () if withheld is None else (Change("withheld", None, str(withheld), seen),)
    return (*(Change(item, None, new) for item, new in said.items()), *count, *bound)


class Tally:
    """Which changes an export tells, withholds and has as redacted: of each form, and of each other kind of stream."""

    def __init__(self, entries: Iterable[Told] = ()) -> None:
        self._counts: dict[str, Counter[str]] = {}
        self._which: dict[str, Any] = {}
        for one in entries:
            self.add(one)

    def add(self, one: Told) -> None:
        """Take one more entry, in order."""
        said = parse(one.header)
        kind, _, rest = said.stream.partition("/")
        of = f"record/{rest.split('/')[-1].rpartition('.')[0]}" if kind == "record" else kind
        lines = [None] * said.changes if one.lines is None else one.lines
        states = "".join("w" if line is None else "t" for line in lines)
        for n in one.redacted:
            states = f"{states[:n]}r{states[n + 1 :]}"
        self._counts.setdefault(of, Counter()).update(states)
        self._which.setdefault(of, sha256()).update(f"{said.seq} {states}\n".encode())

    @property
    def withheld(self) -> int:
        """How many changes are withheld; what was redacted is not."""
        return sum(count["w"] for count in self._counts.values())

    @property
    def said(self) -> dict[str, dict[str, int | str]]:
        """The part `told` of the manifest: how many of each, and a hash over the state of every change in order."""
        return {
            of: {**{state: count[state[0]] for state in STATES}, "sha256": self._which[of].hexdigest()}
            for of, count in sorted(self._counts.items())
        }


def write_proof(
    out: BinaryIO,
    *,
    origin: str,
    size: int,
    store_kind: StoreKind,
    kind: Kind,
    entries: Iterable[Told],
    checkpoints: Iterable[str],
    files: Iterable[ExportedFile],
    subject: str = "",
) -> None:
    """Write the proof of an export whose last checkpoint covers `size` entries.

    study: every entry in order and all checkpoints up to that size. subject: the entries of `subject`, the
    `export.create` entry, each with its inclusion path in the tree of that size, and the last checkpoint alone.
    """
    running, count = sha256(), 0

    def put(line: Mapping[str, object]) -> None:
        nonlocal count
        data = canonical.dumps(line) + b"\n"
        running.update(data)
        out.write(data)
        count += 1

    head: dict[str, object] = {"t": "head", "v": 1, "origin": origin, "size": size, "kind": kind, "store": store_kind}
    put(head | ({"subject": subject} if kind == "subject" else {}))
    for entry in entries:
        put(_entry(entry, kind))
    for note in checkpoints:
        put({"t": "checkpoint", "n": note})
    for file in sorted(files):
        put({"t": "file", "name": file.name, "sha256": file.sha256, "bytes": file.bytes})
    out.write(canonical.dumps({"t": "end", "lines": count, "sha256": running.hexdigest()}) + b"\n")


def _entry(entry: Told, kind: Kind) -> dict[str, object]:
    changes = len(entry.digests) // 32
    salts = [None] * changes if entry.salts is None else entry.salts
    lines = [None] * changes if entry.lines is None else entry.lines
    said: dict[str, object] = {
        "t": "entry",
        "h": entry.header.decode(),
        "d": _base64(entry.digests),
        "s": [None if salt is None else _base64(salt) for salt in salts],
        "c": [None if line is None else line.decode() for line in lines],
    }
    if entry.redacted:
        said["r"] = list(entry.redacted)
    if kind == "subject":
        said["p"] = [_base64(part) for part in entry.path]
    return said


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
