"""What lies on the desk: answers typed and not yet saved. None of it is part of the record.

A file each, sealed (AES-256-GCM) and replaced in one step, so that a killed server gives everything back. What is saved
goes off the desk; the rest outlives its session, and is thrown away at the first sign-in after the limit.
"""

from __future__ import annotations

import os
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from trialkit.errors import Broken
from trialkit.ledger import durable
from trialkit.ledger.keys import NONCE, Box

DAYS = 14
"""How long unsaved answers are kept."""


class Desk:
    """Sealed notes in a folder, by kind and name."""

    def __init__(self, folder: Path, box: Box) -> None:
        self.folder = folder
        self._box = box
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, kind: str, name: str, content: dict[str, Any]) -> None:
        """Put a note down in place of the one of that name. Raises StoreRefused when the disk will not."""
        data = self._box.seal(orjson.dumps(content), self._bound(kind, name), os.urandom(NONCE))
        durable.write(self._file(kind, name), data)

    def kept(self, kind: str, name: str) -> dict[str, Any] | None:
        """The note of that name, None if there is none, if it is too old or does not open."""
        file = self._file(kind, name)
        try:
            if time.time() - file.stat().st_mtime > DAYS * 86_400:
                return None
            found: dict[str, Any] = orjson.loads(self._box.open(file.read_bytes(), self._bound(kind, name)))
        except (FileNotFoundError, Broken, orjson.JSONDecodeError):
            return None
        return found

    def drop(self, kind: str, name: str) -> None:
        """Take a note away."""
        self._file(kind, name).unlink(missing_ok=True)

    def clear(self) -> int:
        """Throw away what is too old; gives how many notes that were."""
        old = [f for f in self.folder.iterdir() if time.time() - f.stat().st_mtime > DAYS * 86_400]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)

    def _file(self, kind: str, name: str) -> Path:
        return self.folder / f"{kind}-{sha256(name.encode()).hexdigest()[:40]}"

    @staticmethod
    def _bound(kind: str, name: str) -> bytes:
        return f"{kind}\0{name}".encode()
