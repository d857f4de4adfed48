"""Checkpoints: the signed head of the tree, as C2SP tlog-checkpoint in a C2SP signed note.

Text is origin, size and base64 root, a line each; then an empty line and one line per signature. Anybody's signature
may be added (a witness, a new key); those of unknown keys are ignored, as the specification demands.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from trialkit.errors import Broken
from trialkit.ledger.keys import signature_valid
from trialkit.ledger.vkey import parse_vkey

_HINT = "a checkpoint is passed on as it is, every byte of it"


class Signing(Protocol):
    """A key that signs notes."""

    vkey: str

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature of the message."""
        ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Origin (the log's name), size (entries covered) and root of a tree."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


class Signature(NamedTuple):
    """One signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes


def sign(text: str, keys: Iterable[Signing]) -> str:
    """The signed note of a text, with a line per key."""
    lines = []
    for key in keys:
        about = parse_vkey(key.vkey)
        encoded = base64.b64encode(about.key_id + key.sign(text.encode())).decode()
        lines.append(f"\N{EM DASH} {about.name} {encoded}\n")
    return f"{text}\n{''.join(lines)}"


def open_note(note: str) -> tuple[str, list[Signature]]:
    """Text and signatures of a note, nothing verified. Raises Broken when it is no signed note."""
    text, empty, tail = note.rpartition("\n\n")
    if not empty or not text or not tail.endswith("\n") or any(c < " " and c != "\n" for c in note):
        raise Broken("not a signed note", _HINT, table="checkpoint", field="note")
    signatures = []
    for line in tail[:-1].split("\n"):
        mark, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        raw = _base64(encoded)
        if mark != "\N{EM DASH}" or not name or len(raw) < 5:
            raise Broken("a signature line of the note is malformed", _HINT, table="checkpoint", field="note")
        signatures.append(Signature(name, raw[:4], raw[4:]))
    return text + "\n", signatures


def parse(note: str) -> Checkpoint:
    """The checkpoint of a note, its signatures not verified. Raises Broken when it is none."""
    text, _ = open_note(note)
    try:
        origin, size, root, end = text.split("\n")
    except ValueError:
        raise Broken("a checkpoint has three lines", _HINT, table="checkpoint", field="note") from None
    if not (size.isascii() and size.isdigit() and len(size) < 17) or not origin or end:
        raise Broken(f"{size!r} is no size of a checkpoint", _HINT, table="checkpoint", field="note")
    found = Checkpoint(origin, int(size), _base64(root))
    if found.text != text or len(found.root) != 32:
        raise Broken("a checkpoint that is not in its one form", _HINT, table="checkpoint", field="note")
    return found


def verify(note: str, vkeys: Sequence[str]) -> tuple[Checkpoint, tuple[str, ...]]:
    """The checkpoint and those of the vkeys that signed it. Unknown signatures are ignored.

    Raises Broken when no given key signed, or a line that claims a given key is not its signature.
    """
    found = parse(note)
    text, signatures = open_note(note)
    known = {(key.name, key.key_id): key for key in map(parse_vkey, vkeys)}
    by = []
    for line in signatures:
        key = known.get((line.name, line.key_id))
        if key is None or key.text in by:
            continue
        if not signature_valid(key.public, line.signature, text.encode()):
            raise Broken(
                f"the checkpoint of size {found.size} carries a false signature of {key.name}",
                "it was altered, or signed by another key",
                table="checkpoint",
                row=found.size,
                field="note",
            )
        by.append(key.text)
    if not by:
        raise Broken(
            f"the checkpoint of size {found.size} is not signed by any of the keys given",
            "take the verifier key that the trial master file holds",
            table="checkpoint",
            row=found.size,
            field="note",
        )
    return found, tuple(by)


def _base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if not raw or base64.b64encode(raw).decode() != text:
        raise Broken("the note is not in base64 where it should be", _HINT, table="checkpoint", field="note")
    return raw
