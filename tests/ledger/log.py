"""A whole log in memory, for the tests of the ledger: what the store does, without a database."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from tests.cast import ANA, DEE
from trialkit.ledger import proof, tree
from trialkit.ledger.commitment import WITHHELD, Disclosed, commit, disclose
from trialkit.ledger.entry import Actor, Change, Draft, Place
from trialkit.ledger.header import header, moment, parse, stamp
from trialkit.ledger.keys import KeyFolder
from trialkit.ledger.leaf import leaf, tag
from trialkit.ledger.proof import ExportedFile, Kind, Told
from trialkit.ledger.seals import Seals
from trialkit.ledger.signer import ROTATE, Signer, Stored, rotation_changes

ORIGIN = "trial.example/ket-trd-301"
VITALS = (Change("SYSBP", None, "128"), Change("PULSE", None, {"m": "not done"}), Change("MEDS", None, ["A", "B"]))
START = moment("2026-11-22T02:34:49.123456Z")


class Log:
    """Entries, disclosures and checkpoints of one store; `chance` is seeded, time goes on by a second an entry."""

    def __init__(self, folder: Path, seed: int = 1, origin: str = ORIGIN, passphrase: str = "horse") -> None:
        self.chance = random.Random(seed)
        self.keys = KeyFolder.create(folder, passphrase, origin, random=self.chance.randbytes, work=16)
        self.signer = Signer(self.keys)
        self.wrapped: dict[str, bytes] = {}
        self.seals = Seals(self.keys, self.wrapped.get, self.chance.randbytes)
        self.first_vkey = self.keys.vkey
        self.stored: list[Stored] = []
        self.rows: list[tuple[bytes, bytes]] = []
        self.notes: list[str] = []
        self.streams: dict[str, int] = {}
        self.subjects: dict[str, int] = {}

    @property
    def leaves(self) -> list[bytes]:
        return [leaf(head, digests) for _, head, digests, _ in self.stored]

    def add(
        self,
        act: str,
        stream: str,
        changes: Iterable[Change] = VITALS,
        *,
        subject: str = "",
        by: Actor = ANA,
        **facts: Any,
    ) -> int:
        seq = len(self.stored)
        draft = Draft(act, by, stream, tuple(changes), Place("N", subject, "V1" if subject else ""), **facts)
        self.streams[stream] = self.streams.get(stream, 0) + 1
        if subject:
            self.subjects[subject] = self.subjects.get(subject, 0) + 1
            self.wrapped.setdefault(subject, self.seals.new_subject_key(subject))
        at, skew = stamp(START + timedelta(seconds=seq), None)
        salts, lines, digests = commit(draft.changes, seq, self.seals.seal, self.chance.randbytes, subject)
        head = header(
            draft,
            seq=seq,
            at=at,
            skew=skew,
            stream_no=self.streams[stream],
            subject_no=self.subjects.get(subject, 0),
            software="0.1.0",
        )
        self.stored.append((seq, head, digests, tag(self.keys.app_key, leaf(head, digests))))
        self.rows.append((salts, lines))
        return seq

    def save(self, subject: str, changes: Iterable[Change] = VITALS) -> int:
        return self.add("form.save", f"record/{subject}/V1.1/VS.1", changes, subject=subject)

    def sign(self) -> str:
        note = self.signer.sign(lambda first: self.stored[first:], lambda: len(self.stored))
        if note not in self.notes:
            self.notes.append(note)
        return note

    def rotate(self) -> str:
        old, new = self.keys.vkey, self.keys.rotate()
        self.add(ROTATE, "store", rotation_changes(old, new), by=DEE)
        self.sign()
        return new

    def erase(self, seq: int, n: int) -> None:
        """Take salt and bytes of one change away, as `disclosure.redact` permits."""
        salts, lines = self.rows[seq]
        parts = lines.split(b"\n")
        parts[n] = b""
        self.rows[seq] = salts[: 16 * n] + bytes(16) + salts[16 * n + 16 :], b"\n".join(parts)

    def disclosed(self, seq: int) -> list[Disclosed]:
        count = len(self.stored[seq][2]) // 32
        return list(disclose(seq, count, *self.rows[seq], self.seals.unseal))

    def export(
        self,
        folder: Path,
        files: Mapping[str, bytes],
        *,
        kind: Kind = "study",
        subject: str = "",
        sees: Callable[[int, int], bool] = lambda seq, n: True,
        binds: Literal["told", "withheld", "nothing"] = "told",
    ) -> Path:
        """What the export room does: files, `export.create`, checkpoint, proof. `sees` says which changes are told.

        The first versions bound `nothing` of what the proof tells, later ones the number of changes `withheld`.
        """
        size = len(self.stored)
        own = [n for n, (_, head, *_) in enumerate(self.stored) if not subject or parse(head).place.subject == subject]
        tally = proof.Tally(self.told(seq, sees, ()) for seq in own)
        if binds == "told":
            manifest = json.loads(files["manifest.json"]) | {"as_of": size, "told": tally.said}
            files = {**files, "manifest.json": json.dumps(manifest).encode()}
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        listed = proof.exported_files(folder)
        count = None if binds == "nothing" else tally.withheld
        last = self.add(
            "export.create", f"export/{size}", proof.export_changes("training", kind, listed, subject, withheld=count),
            origin={"as_of": str(size)},
        )  # fmt: skip
        self.sign()
        (folder / proof.NAME).write_bytes(self.proof(listed, kind, subject, sees, last))
        return folder

    def proof(
        self, listed: list[ExportedFile], kind: Kind, subject: str, sees: Callable[[int, int], bool], last: int
    ) -> bytes:
        size = len(self.stored)
        heads = [parse(head) for _, head, _, _ in self.stored]
        shown = [s for s in range(size) if kind == "study" or heads[s].place.subject == subject or s == last]
        paths = tree.inclusions(shown, size, self.leaves) if kind == "subject" else {}
        out = io.BytesIO()
        proof.write_proof(
            out,
            origin=self.keys.origin,
            size=size,
            store_kind="training",
            kind=kind,
            subject=subject,
            entries=[self.told(seq, sees, paths.get(seq, ())) for seq in shown],
            checkpoints=self.notes if kind == "study" else self.notes[-1:],
            files=listed,
        )
        return out.getvalue()

    def told(self, seq: int, sees: Callable[[int, int], bool], path: Iterable[bytes]) -> Told:
        _, head, digests, _ = self.stored[seq]
        shown = [one if one.why or sees(seq, n) else WITHHELD for n, one in enumerate(self.disclosed(seq))]
        return proof.tell(head, digests, shown, list(path))


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / proof.NAME).read_bytes().splitlines()]


def seal_again(folder: Path, lines: Iterable[dict[str, Any] | bytes]) -> None:
    """Write the proof as a forger would: with an end line that fits what stands above it."""
    body = [
        line
        if isinstance(line, bytes)
        else json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        for line in lines
    ]
    body = [line for line in body if not line.startswith(b'{"lines":')]
    above = b"".join(line + b"\n" for line in body)
    end = {"lines": len(body), "sha256": hashlib.sha256(above).hexdigest(), "t": "end"}
    (folder / proof.NAME).write_bytes(above + json.dumps(end, sort_keys=True, separators=(",", ":")).encode() + b"\n")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
