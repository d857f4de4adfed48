#!/usr/bin/env python3
"""Verify an export of trialkit with nothing but this file, Python 3.11 or newer, and the log's public key.

    python verify_export.py EXPORT --key NAME+ID+KEY [--since CHECKPOINT]

Everything is derived anew: canonical bytes, leaves, tree, signatures, commitments, and the hash of every file in the
folder. Nothing stored is trusted. Exit code 0: PASS, 1: FAIL, 2: the arguments cannot be used.
Take this file from where it is published, never from the export that it is to judge.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import functools
import hashlib
import io
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

PROOF = "proof.jsonl"
DASH = "\N{EM DASH}"


class Bad(Exception):
    """The export does not hold; `where` and `what` name the place and the fault."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where, self.what = where, what


class Unusable(Exception):
    """The arguments cannot be used."""


@dataclass
class Report:
    """What was found. `exit` is 0 PASS, 1 FAIL, 2 unusable; `where` and `what` name the first fault."""

    exit: int = 0
    where: str = ""
    what: str = ""
    origin: str = ""
    kind: str = ""
    store: str = ""
    subject: str = ""
    size: int = 0
    root: str = ""
    entries: int = 0
    disclosed: int = 0
    withheld: int = 0
    redacted: int = 0
    checkpoints: int = 0
    files: int = 0
    keys: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether everything agreed."""
        return self.exit == 0

    def __str__(self) -> str:
        if self.exit:
            fault = f"{self.where}: {self.what}" if self.where else self.what
            return clean(f"{'FAIL' if self.exit == 1 else 'UNUSABLE'}  {fault}")
        counts = f"{self.disclosed} disclosed, {self.withheld} withheld, {self.redacted} redacted; files {self.files}"
        lines = [
            f"PASS  {self.kind} export of the log {self.origin} ({self.store} store)",
            f"  entries {self.entries} of {self.size}; changes: {counts}",
            f"  checkpoints {self.checkpoints}; the last covers {self.size} entries, root {self.root}",
        ]
        lines += [f"  signed by {key}" for key in self.keys] + [f"  {notice}" for notice in self.notices]
        if self.kind == "subject":
            lines.append(f"  This proves PRESENCE, not completeness: every entry shown of subject {self.subject} is in")
            lines.append("  the log, in order, without a hole; later ones may be. A study export proves completeness.")
        else:
            lines.append(f"  This proves completeness: all {self.size} entries up to the last checkpoint are here.")
        if self.store == "training":
            lines.append("  TRAINING: these are not data of a trial.")
        return "\n".join(map(clean, lines))


def clean(line: str) -> str:
    """One line of output: what a terminal might obey, or might break the line, is shown as its code."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


# Ed25519 (RFC 8032), verification only. Points are (X, Y, Z, T); each fixed point has a table of 64 windows of 4 bits.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add(p: Point, q: Point) -> Point:
    """The sum of two points."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point(encoded: bytes) -> Point | None:
    """A point of its 32 bytes; None when they are none."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


@functools.lru_cache(maxsize=64)
def table(encoded: bytes, negative: bool) -> list[list[Point]] | None:
    """The multiples j * 16**i of a point (or of its negative), j below 16, i below 64."""
    base = point(encoded)
    if base is None:
        return None
    if negative:
        base = (P - base[0], base[1], 1, P - base[3])
    rows = []
    for _ in range(64):
        row = [NEUTRAL]
        for _ in range(15):
            row.append(add(row[-1], base))
        rows.append(row)
        base = add(row[-1], base)
    return rows


BASE = (4 * pow(5, -1, P) % P).to_bytes(32, "little")


@functools.lru_cache(maxsize=4096)
def signature_valid(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether this Ed25519 signature of the message is by this public key."""
    s = int.from_bytes(signature[32:], "little")
    ours, theirs = table(BASE, False), table(public, True)
    if len(signature) != 64 or len(public) != 32 or s >= L or ours is None or theirs is None:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    found = NEUTRAL
    for window in range(64):
        found = add(found, ours[window][s >> 4 * window & 15])
        found = add(found, theirs[window][h >> 4 * window & 15])
    inverse = pow(found[2], -1, P)
    x, y = found[0] * inverse % P, found[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# Strict reading: one value has one spelling, anything else is refused.
def no_float(text: str) -> NoReturn:
    """Refuse a number with a point."""
    raise ValueError(f"{text} is not allowed: decimals are text")


def whole(text: str) -> int:
    """A whole number that every reader keeps exactly."""
    if len(text) > 17 or abs(int(text)) >= 2**53:
        raise ValueError(f"{text[:20]} is too large")
    return int(text)


decode = json.JSONDecoder(parse_float=no_float, parse_int=whole, parse_constant=no_float).decode
encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical(text: str, where: str) -> dict[str, Any]:
    """The object of canonical JSON text."""
    try:
        value = decode(text)
        same = encode(value) == text
    except (ValueError, RecursionError) as error:
        raise Bad(where, f"not JSON as it should be: {error}") from None
    if not same or not isinstance(value, dict):
        raise Bad(where, "not in canonical form")
    return value


def raw64(text: object, where: str, length: int | None = None) -> bytes:
    """The bytes of canonical base64 text."""
    if not isinstance(text, str):
        raise Bad(where, "base64 text is missing")
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Bad(where, "not base64") from None
    if base64.b64encode(raw).decode() != text or length not in (None, len(raw)):
        raise Bad(where, "not base64 in its one form and length")
    return raw


@dataclass(frozen=True)
class Key:
    """A verifier key."""

    text: str
    name: str
    id: bytes
    public: bytes


def read_key(text: str) -> Key:
    """A key of its line `name+id+base64`. Raises Unusable."""
    name, _, rest = text.partition("+")
    hexed, _, encoded = rest.partition("+")
    try:
        raw = raw64(encoded, "key", 33)
    except Bad:
        raise Unusable(f"{shortened(text)} is not a verifier key (name+1a2b3c4d+AQ...)") from None
    number = hashlib.sha256(name.encode("utf-8", "replace") + b"\n" + raw).digest()[:4]
    if not name or raw[0] != 1 or number.hex() != hexed or point(raw[1:]) is None:
        raise Unusable(f"{shortened(text)} is damaged: its id is not that of its key")
    return Key(text, name, number, raw[1:])


def shortened(text: str) -> str:
    """What was given as a key, quoted, and cut where it is no single line of a key's length."""
    return repr(text) if len(text) <= 120 else f"{text[:40]!r}..."


def given_key(given: str) -> Key:
    """The key that was typed, or the one in the file of that name. Raises Unusable."""
    try:
        if not Path(given).is_file():
            return read_key(given.strip())
        with Path(given).open("rb") as file:
            held = file.read(1000).decode()
    except (OSError, ValueError):  # a name too long for a file, or a file that is no text
        held = given
    try:
        return read_key(held.strip())
    except Unusable:
        raise Unusable(f"{shortened(given)} holds no verifier key, a line name+1a2b3c4d+AQ...") from None


@dataclass(frozen=True)
class Note:
    """A checkpoint with its signatures, nothing verified yet."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def signed_by(self, key: Key) -> bool:
        """Whether the note carries this key's signature, and no false one in its name."""
        mine = [given for name, number, given in self.signatures if (name, number) == (key.name, key.id)]
        return bool(mine) and all(signature_valid(key.public, given, self.text.encode()) for given in mine)


def read_note(note: object, where: str) -> Note:
    """A checkpoint in a signed note (C2SP)."""
    parts = re.fullmatch(
        rf"(([^\n]+)\n(0|[1-9][0-9]{{0,15}})\n([^\n]{{44}})\n)\n((?:{DASH} [^ \n]+ [^ \n]+\n)+)", str(note)
    )
    if not isinstance(note, str) or parts is None:
        raise Bad(where, "not a checkpoint")
    signatures = []
    for line in parts[5][:-1].split("\n"):
        _, name, encoded = line.split(" ")
        raw = raw64(encoded, where)
        signatures.append((name, raw[:4], raw[4:]))
    return Note(parts[2], int(parts[3]), raw64(parts[4], where, 32), parts[1], tuple(signatures))


# The tree of RFC 9162: leaf SHA-256(0x00 || data), node SHA-256(0x01 || left || right).
def grow(peaks: list[bytes], size: int, leaf: bytes) -> None:
    """Add a leaf hash to the roots of the full subtrees of a tree of that size."""
    while size & 1:
        leaf = hashlib.sha256(b"\x01" + peaks.pop() + leaf).digest()
        size >>= 1
    peaks.append(leaf)


def fold(peaks: list[bytes]) -> bytes:
    """The root over the full subtrees."""
    if not peaks:
        return hashlib.sha256(b"").digest()
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = hashlib.sha256(b"\x01" + peak + root).digest()
    return root


def climb(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """The root to which an inclusion path leads; None when the path has not the length that it must have."""
    at, last = index, size - 1
    for part in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            leaf = hashlib.sha256(b"\x01" + part + leaf).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            leaf = hashlib.sha256(b"\x01" + leaf + part).digest()
        at, last = at >> 1, last >> 1
    return leaf if last == 0 else None


NUMBERS = ("seq", "changes", "stream_no", "subject_no")
NEEDED = {"v", "at", "actor", "act", "origin", "software", "stream", "study", *NUMBERS}
ALLOWED = NEEDED | {"place", "skew", "happened", "reason", "request", "target"}
PLACE = {"site": str, "subject": str, "event": str, "event_repeat": int, "form": str, "form_repeat": int}
TEXTS = ("at", "act", "software", "stream", "study", "skew", "happened", "reason", "request")
TIME = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{6}Z", re.ASCII)
STATES = ("told", "withheld", "redacted")
SHARED = ("export.create", "key.rotate", "log.restart")  # acts that a subject export may show beside the subject's own


@dataclass(frozen=True)
class Link:
    """An entry that names a new log key."""

    seq: int
    where: str
    act: str
    old: Key
    new: Key


class Proof:
    """One reading of one proof file."""

    def __init__(self, key: Key, since: Note | None) -> None:
        self.key, self.since, self.report = key, since, Report()
        self.leaves = bytearray()
        self.roots: list[tuple[str, bytes | None]] = []
        self.notes: list[tuple[str, Note]] = []
        self.files: dict[str, tuple[str, str, int]] = {}
        self.streams: dict[str, int] = {}
        self.subjects: dict[str, int] = {}
        self.last_at, self.last_seq = "", -1
        self.links: list[Link] = []
        self.exports: list[tuple[int, object, dict[str, object]]] = []  # moment, number withheld, all else it binds
        self.untold: dict[int, tuple[str, str, str]] = {}  # of an entry: where, subject, t(old) w(ithheld) r(edacted)
        self.pardons: dict[int, set[int]] = {}
        self.forgotten: set[str] = set()
        self.moment = 0  # the manifest tells of the entries before this one
        self.bound: dict[str, dict[str, object]] | None = None  # what it says of each form or kind of stream
        self.told: dict[str, tuple[Counter[str], Any]] = {}  # what is found of them: how many, and the hash of all

    def look(self, manifest: Path) -> None:
        """Take from the manifest what was told when it was made; `check_files` finds whether it is the one exported."""
        if manifest.is_symlink() or not manifest.is_file():
            return
        odd = (ValueError, RecursionError, LookupError, TypeError, AttributeError)  # no JSON, or not of this form
        with manifest.open("rb") as file, contextlib.suppress(*odd):
            said = decode(file.read(1 << 26).decode())
            self.bound = {of: dict(one) for of, one in said["told"].items()}
            self.moment = _number(said["as_of"])

    def read(self, path: Path) -> None:
        """Read the proof line by line, then settle what needs all of it."""
        running, stage, number = hashlib.sha256(), "", 0
        order = {"": ("head",), "head": ("entry",), "entry": ("entry", "checkpoint")}
        order |= {"checkpoint": ("checkpoint", "file"), "file": ("file", "end"), "end": ()}
        with path.open("rb") as lines:
            for number, raw in enumerate(lines, start=1):
                where = f"{PROOF} line {number}"
                if not raw.endswith(b"\n"):
                    raise Bad(where, "the last line is cut")
                try:
                    line = canonical(raw[:-1].decode(), where)
                except UnicodeDecodeError:
                    raise Bad(where, "not UTF-8") from None
                kind = line.get("t")
                if kind not in order[stage]:
                    raise Bad(where, f"a line of kind {str(kind)[:20]!r} cannot follow one of kind {stage!r}")
                if kind == "end" and line != {"t": "end", "lines": number - 1, "sha256": running.hexdigest()}:
                    raise Bad(where, "the lines above are not those that were written")
                if kind != "end":
                    getattr(self, f"_{kind}")(line, where)
                running.update(raw)
                stage = str(kind)
        if stage != "end":
            raise Bad(f"{PROOF} line {number}", "the proof is cut: it has no last line")
        self._settle_tree()
        self._settle_keys()
        self._settle_redactions()

    def _head(self, line: dict[str, Any], where: str) -> None:
        kind, store = line.get("kind"), line.get("store")
        keys = {"t", "v", "origin", "size", "kind", "store"} | ({"subject"} if kind == "subject" else set())
        if line.keys() != keys or _number(line["v"]) != 1:
            raise Bad(where, "not the head of a proof of version 1")
        texts = [line["origin"], store, line.get("subject", "")]
        if kind not in ("study", "subject") or type(line["size"]) is not int or not all(type(t) is str for t in texts):
            raise Bad(where, "the head does not say what it should")
        report = self.report
        report.origin, report.kind, report.store, report.size = line["origin"], str(kind), str(store), line["size"]
        report.subject = line.get("subject", "")
        if self.since and kind == "subject":
            raise Unusable("--since needs a study export: a subject export does not hold the whole tree")

    def _entry(self, line: dict[str, Any], where: str) -> None:
        subject_kind = self.report.kind == "subject"
        keys = {"t", "h", "d", "s", "c"} | ({"p"} if subject_kind else set())
        if line.keys() - {"r"} != keys or type(line["h"]) is not str or type(line.get("p", [])) is not list:
            raise Bad(where, "not an entry")
        digests = raw64(line["d"], where)
        header = canonical(line["h"], f"{where}, header")
        seq = self._header(header, where)
        where = f"{where}, entry {seq}"
        leaf = hashlib.sha256(b"\x00" + line["h"].encode() + digests).digest()
        salts, changes, count = line["s"], line["c"], header["changes"]
        if type(salts) is not list or type(changes) is not list or not len(salts) == len(changes) == count:
            raise Bad(where, f"not the {count} changes that the header announces")
        if len(digests) != 32 * count:
            raise Bad(where, f"not the digests of {count} changes")
        gone = line.get("r", [])
        if "r" in line and (type(gone) is not list or not gone or gone != sorted(set(map(_number, gone)))):
            raise Bad(where, "the list of redacted changes is not one")
        told: dict[str, tuple[object, object]] = {}
        for n, (salt, text) in enumerate(zip(salts, changes, strict=True)):
            if salt is None and text is None:
                continue
            at = f"{where}, change {n}"
            if type(text) is not str or n in gone:
                raise Bad(at, "neither disclosed nor withheld")
            bound = hashlib.sha256(b"\x02" + raw64(salt, at, 16) + text.encode()).digest()
            if bound != digests[32 * n : 32 * n + 32]:
                raise Bad(at, "its salt and content are not what the entry committed to")
            change = canonical(text, at)
            if change.keys() - {"c"} != {"i", "n", "o"} or type(change["i"]) is not str:
                raise Bad(at, "not a change")
            told[change["i"]] = (change["o"], change["n"])
            self.report.disclosed += 1
        if any(n < 0 or n >= count for n in gone):
            raise Bad(where, "a redacted change that the entry does not have")
        states = "".join("r" if n in gone else "w" if text is None else "t" for n, text in enumerate(changes))
        self.report.entries += 1
        self.report.redacted += states.count("r")
        self.report.withheld += states.count("w")
        if None in changes:
            self.untold[seq] = where, header.get("place", {}).get("subject", ""), states
        if subject_kind:
            self.roots.append((where, climb(seq, self.report.size, leaf, [raw64(p, where, 32) for p in line["p"]])))
        else:
            self.leaves += leaf
        if seq < self.moment:
            kind, _, rest = header["stream"].partition("/")
            of = f"record/{rest.split('/')[-1].rpartition('.')[0]}" if kind == "record" else kind
            count, which = self.told.setdefault(of, (Counter(), hashlib.sha256()))
            count.update(states)
            which.update(f"{seq} {states}\n".encode())
        self._acts(header, told, None not in changes, where)

    def _header(self, header: dict[str, Any], where: str) -> int:
        """Check one header against those before it; give its number."""
        at, place, subject_kind = f"{where}, header", header.get("place", {}), self.report.kind == "subject"
        if not NEEDED <= header.keys() <= ALLOWED or _number(header["v"]) != 1 or type(header["origin"]) is not dict:
            raise Bad(at, "not a header of version 1")
        numbers = [_number(header[name]) for name in NUMBERS]
        actor, seq = header["actor"], numbers[0]
        if min(numbers) < 0 or any(type(header.get(name, "")) is not str for name in TEXTS):
            raise Bad(at, "a field is not of its type")
        if type(actor) is not dict or actor.keys() != {"id", "name", "org", "role"}:
            raise Bad(at, "the actor is not complete")
        if type(place) is not dict or any(type(value) is not PLACE.get(key) for key, value in place.items()):
            raise Bad(at, "the place is not one")
        if seq != self.last_seq + 1 if not subject_kind else not self.last_seq < seq < self.report.size:
            raise Bad(where, f"entry {seq} follows entry {self.last_seq}: an entry is missing, repeated or moved")
        if not TIME.fullmatch(header["at"]) or header["at"] < self.last_at:
            raise Bad(where, f"the time of entry {seq} is before that of the entry before it")
        if "skew" in header and not re.fullmatch("[1-9][0-9]*", header["skew"]):
            raise Bad(at, "the skew of the clock is not in microseconds")
        self.last_at, self.last_seq = header["at"], seq
        subject, stream = place.get("subject", ""), header["stream"]
        own = not subject_kind or subject == self.report.subject
        if not own and header["act"] not in SHARED:
            raise Bad(where, f"entry {seq} is not one of subject {self.report.subject}")
        if own:
            expected = self.subjects.get(subject, 0) + 1 if subject else 0
            if header["subject_no"] != expected:
                raise Bad(where, f"entry {seq} is number {header['subject_no']} of its subject, {expected} was due")
            self.subjects[subject] = expected
        known = self.streams.get(stream, 0)
        dense = not subject_kind or stream.startswith(("record/", "subject/"))
        if header["stream_no"] != known + 1 if dense else header["stream_no"] <= known:
            raise Bad(where, f"entry {seq} is version {header['stream_no']} of {stream}, after version {known}")
        self.streams[stream] = header["stream_no"]
        return seq

    def _acts(self, header: dict[str, Any], told: dict[str, Any], whole_entry: bool, where: str) -> None:
        """What some acts mean for the verification of others."""
        act, target = header["act"], header.get("target")
        if act in ("key.rotate", "log.restart"):
            try:
                old, new = (read_key(str(key)) for key in told["vkey"])
            except (KeyError, Unusable):
                raise Bad(where, "the entry does not show which key follows which") from None
            self.links.append(Link(header["seq"], where, act, old, new))
        elif act == "export.create" and whole_entry:
            as_of = header["origin"].get("as_of", "")
            moment = int(as_of) if type(as_of) is str and re.fullmatch("[0-9]{1,15}", as_of) else 0
            said = {item: new for item, (_, new) in told.items()}
            self.exports.append((moment, said.pop("withheld", None), said))
        elif act == "subject.erase":
            self.forgotten.add(header.get("place", {}).get("subject", ""))
        if act in ("disclosure.redact", "subject.erase") and target is not None:
            if type(target) is not list or len(target) != 2 or type(target[1]) is not list:
                raise Bad(where, "the target of a redaction is not one")
            self.pardons.setdefault(_number(target[0]), set()).update(map(_number, target[1]))

    def _checkpoint(self, line: dict[str, Any], where: str) -> None:
        if line.keys() != {"t", "n"}:
            raise Bad(where, "not a checkpoint")
        note = read_note(line["n"], where)
        if self.notes and (self.report.kind == "subject" or note.size <= self.notes[-1][1].size):
            raise Bad(where, "a checkpoint too many, or out of order")
        self.notes.append((where, note))
        self.report.checkpoints += 1

    def _file(self, line: dict[str, Any], where: str) -> None:
        if line.keys() != {"t", "name", "sha256", "bytes"}:
            raise Bad(where, "not a file line")
        name, digest, count = line["name"], line["sha256"], line["bytes"]
        if type(name) is not str or type(digest) is not str or type(count) is not int or not plain_name(name):
            raise Bad(where, "not a file of this folder")
        if self.files and name <= next(reversed(self.files)):
            raise Bad(where, "files are named once and in order")
        self.files[name] = (where, digest, count)
        self.report.files += 1

    def _settle_tree(self) -> None:
        """The root at every checkpoint, and at the old checkpoint of --since."""
        head, (where, last) = self.report, self.notes[-1]
        if last.size != head.size or last.origin != head.origin:
            raise Bad(where, f"the last checkpoint is of {last.origin} at {last.size}, the head says otherwise")
        head.root = base64.b64encode(last.root).decode()
        for place, root in self.roots:
            if root != last.root:
                raise Bad(place, "it is not in the tree of the checkpoint: header, digests or path were altered")
        if head.kind == "subject":
            if not self.subjects.get(head.subject):
                raise Bad(where, f"there is no entry of subject {head.subject!r}")
            return
        if last.size != head.entries:
            raise Bad(where, f"the checkpoint covers {last.size} entries, {head.entries} are here")
        due = [(note.size, note.root, place) for place, note in self.notes]
        if self.since:
            if self.since.size > head.size:
                raise Bad("--since", f"the old checkpoint covers {self.since.size} entries, this export {head.size}")
            due.append((self.since.size, self.since.root, "--since"))
        due.sort(key=lambda one: one[0])
        peaks: list[bytes] = []
        size = known = 0
        for wanted, root, place in due:
            while size < wanted:
                grow(peaks, size, bytes(self.leaves[32 * size : 32 * size + 32]))
                size += 1
            if fold(peaks) != root:
                span = f"lines {known + 2} to {wanted + 1}" if wanted > known else f"lines 2 to {wanted + 1}"
                raise Bad(place, f"the root at {wanted} entries differs: something in {span} was altered, or this note")
            known = wanted

    def _settle_keys(self) -> None:
        """Every checkpoint signed by the key in force; a new key takes over in a checkpoint that both signed."""
        current = self.links[0].old if self.links and self.report.kind == "study" else self.key
        chain, waiting = [current], list(self.links) if self.report.kind == "study" else []
        for where, note in self.notes:
            signers, last = [current], None
            while waiting and waiting[0].seq < note.size:
                link = waiting.pop(0)
                if last and (last.act, last.old, last.new) == (link.act, link.old, link.new):
                    continue  # a rotation that was interrupted before its checkpoint, and repeated
                if link.old != current:
                    raise Bad(link.where, "the new key does not follow the key in force")
                current, last = link.new, link
                signers.append(current)
                chain.append(current)
                did = "was replaced" if link.act == "key.rotate" else "gave way, after a DECLARED LOSS, to a new log"
                self.report.notices.append(f"entry {link.seq}: the key {link.old.text} {did}: {current.text}")
            for key in signers:
                if not note.signed_by(key):
                    raise Bad(where, f"not signed by the key {key.text}")
            if note.origin != current.name:
                raise Bad(where, f"the log is named {note.origin}, its key {current.name}")
        if self.key not in chain:
            raise Bad(self.notes[-1][0], f"not signed by the key given, {self.key.text}")
        if self.since and not any(self.since.signed_by(key) and self.since.origin == key.name for key in chain):
            raise Bad("--since", "the old checkpoint is not signed by a key of this log")
        self.report.keys = [current.text]

    def _settle_redactions(self) -> None:
        for seq, (where, subject, states) in self.untold.items():
            named = self.pardons.get(seq, ())
            for n, state in enumerate(states):
                if state == "r" and n not in named and (not subject or subject not in self.forgotten):
                    raise Bad(f"{where}, change {n}", "redacted, but no entry says by whom, when and why")
                if state == "w" and n in named:
                    raise Bad(f"{where}, change {n}", "an entry says that it was redacted, the proof calls it withheld")

    def check_files(self, folder: Path) -> None:
        """Every file in the folder is named, is what was exported, and is bound by an entry under the checkpoint."""
        here = set()
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise Bad(name, "neither a file nor a folder")
            known = any(file.startswith(f"{name}/") for file in self.files)
            if path.is_dir() and not known and not any(path.iterdir()):
                raise Bad(name, "an empty folder that the proof does not know")
            if path.is_file() and name != PROOF:
                here.add(name)
                if name not in self.files:
                    raise Bad(name, "a file that the proof does not know")
        for name, (where, digest, count) in self.files.items():
            if name not in here:
                raise Bad(name, f"the file is missing ({where} names it)")
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != digest or (folder / name).stat().st_size != count:
                raise Bad(name, f"the file is not the one exported ({where})")
        if "manifest.json" not in self.files:
            raise Bad("manifest.json", "the file is missing")
        said: dict[str, object] = {f"file[{name}]": digest for name, (_, digest, _) in self.files.items()}
        said |= {"kind": self.report.kind, "store": self.report.store}
        if self.report.kind == "subject":
            said["subject"] = self.report.subject
        counts = [(moment, count) for moment, count, bound in self.exports if bound == said]
        if not counts:
            raise Bad(PROOF, "no export.create entry under the checkpoint names this store, kind and these files")
        if self.bound is None:
            self._settle_withheld(*counts[-1])
        else:
            self._settle_told(self.bound)

    def _settle_told(self, bound: dict[str, dict[str, object]]) -> None:
        """Who passes an export on can call any change withheld, or of a forgotten subject redacted: not unnoticed."""
        for of in sorted(self.told.keys() | bound.keys()):
            count, which = self.told.get(of, (Counter(), hashlib.sha256()))
            now, then = {state: count[state[0]] for state in STATES}, bound.get(of, {})
            here, made = (", ".join(f"{one.get(state, 0)} {state}" for state in STATES) for one in (now, then))
            if here != made:
                raise Bad(PROOF, f"{of}: {here} changes, but {made} when this was exported: it was altered since")
            if then.get("sha256") != which.hexdigest():
                raise Bad(PROOF, f"{of}: {made} changes as exported, but not the same ones: they were exchanged since")

    def _settle_withheld(self, moment: int, count: object) -> None:
        """What an earlier trialkit bound: how many changes are withheld, or nothing."""
        less = "how many changes it withholds" if count is None else "which changes it withholds, only how many"
        self.report.notices.append(f"an earlier trialkit made this: it does not bind {less}")
        found = sum(states.count("w") for seq, (_, _, states) in self.untold.items() if seq < moment)
        if count not in (None, str(found)):
            raise Bad(PROOF, f"{found} changes are withheld, but {count} were when this was exported: blanked since")


def _number(value: object) -> int:
    return value if type(value) is int else -1


def plain_name(name: str) -> bool:
    """Whether a name stays in its folder."""
    return name != PROOF and not any(p in ("", ".", "..") or "\\" in p or ":" in p for p in name.split("/"))


def verify(folder: str | Path, vkey: str, since: str | Path | None = None) -> Report:
    """Verify an export folder against a verifier key (or its file) and an old checkpoint's file; never raises."""
    proof: Proof | None = None
    try:
        key, folder = given_key(vkey), Path(folder)
        old = None
        if since is not None:
            try:
                old = read_note(Path(since).read_bytes().decode(), str(since))
            except (OSError, ValueError, Bad) as error:  # ValueError: no name of a file, or not UTF-8
                raise Unusable(f"{since} is not a checkpoint: {error}") from None
        if not folder.is_dir():
            raise Unusable(f"{folder} is not a folder")
        proof = Proof(key, old)
        if not (folder / PROOF).is_file():
            raise Bad(PROOF, "the file is missing")
        proof.look(folder / "manifest.json")
        proof.read(folder / PROOF)
        proof.check_files(folder)
        return proof.report
    except Bad as error:
        report = proof.report if proof else Report()
        report.exit, report.where, report.what = 1, error.where, error.what
        return report
    except (Unusable, OSError) as error:
        return Report(exit=2, what=str(error))


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Verify an export of trialkit, offline, with the log's public key.")
    parser.add_argument("export", help="the export's folder")
    parser.add_argument("--key", required=True, help="the log's verifier key, name+id+key, or a file with it")
    parser.add_argument("--since", help="the file of an older checkpoint, which this log must continue")
    given = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    report = verify(given.export, given.key, given.since)
    print(report)
    return report.exit


if __name__ == "__main__":
    sys.exit(main())
