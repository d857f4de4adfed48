"""Verifier keys: the one line of public text that an auditor needs, `name+key id+base64(0x01 || public key)`.

C2SP signed-note, signature type Ed25519 (0x01).
"""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256
from typing import NamedTuple

from trialkit.errors import WrongValue

_ED25519 = b"\x01"


class VerifierKey(NamedTuple):
    """A vkey: name, key id (4 bytes), public key (32 bytes)."""

    name: str
    key_id: bytes
    public: bytes

    @property
    def text(self) -> str:
        """The line it is published as."""
        encoded = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


def key_id(name: str, public: bytes) -> bytes:
    """SHA-256(name || 0x0A || 0x01 || public key), first 4 bytes."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def make_vkey(name: str, public: bytes) -> str:
    """The vkey of a public key. Raises WrongValue when the name is empty, not ASCII, or has spaces or a plus."""
    if not name or not name.isascii() or not name.isprintable() or "+" in name or " " in name:
        raise WrongValue(
            f"{name!r} cannot name a log", "ASCII without spaces or plus, for example trial.example/ket-trd-301"
        )
    return VerifierKey(name, key_id(name, public), public).text


def parse_vkey(text: str) -> VerifierKey:
    """The vkey of its line. Raises WrongValue when it is none, or its key id is not that of its key."""
    hint = "a verifier key looks like name+1a2b3c4d+AQ..., as trialkit init prints it"
    parts = text.strip().split("+", 2)
    try:
        name, hexed, encoded = parts
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise WrongValue(f"{text!r} is not a verifier key", hint) from error
    if len(raw) != 33 or raw[:1] != _ED25519:
        raise WrongValue(f"{text!r} is not an Ed25519 verifier key", hint)
    key = VerifierKey(name, key_id(name, raw[1:]), raw[1:])
    if key.text != text.strip() or key.key_id.hex() != hexed or make_vkey(name, raw[1:]) != key.text:
        raise WrongValue(f"{text!r} is damaged: its key id is not that of its key", hint)
    return key
