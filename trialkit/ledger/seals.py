"""Sealing and unsealing of protected changes with the keys of a folder, one cached cipher per key."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from trialkit.errors import Broken, KeysMissing
from trialkit.ledger.commitment import sealed_box, sealed_object
from trialkit.ledger.entry import Visibility
from trialkit.ledger.keys import NONCE, Box, KeyFolder

_MOST = 4096  # subjects whose cipher is kept


class Seals:
    """`seal` and `unseal` as `commit`, `disclose` and `recheck` take them.

    `wrapped` looks up a subject's wrapped data key in the store (None: shredded or never made) at every call, so that
    a key that another process has shredded is never used again; only the cipher made from it is cached.
    """

    def __init__(
        self,
        keys: KeyFolder,
        wrapped: Callable[[str], bytes | None],
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._keys = keys
        self._wrapped = wrapped
        self._random = random
        self._boxes: dict[bytes, Box] = {}

    def new_subject_key(self, subject: str) -> bytes:
        """A fresh data key for a subject, wrapped: for the table `subject_key`."""
        return self._keys.wrap(subject, self._random(32))

    def seal(self, visibility: Visibility, subject: str, plaintext: bytes, aad: bytes) -> dict[str, object]:
        """The sealed object of a protected change. Raises KeysMissing without the key."""
        key = subject if visibility == "identifier" else "unblinded"
        return sealed_object(visibility, key, self._box(visibility, key).seal(plaintext, aad, self._random(NONCE)))

    def unseal(self, sealed: Mapping[str, object], aad: bytes) -> bytes:
        """The plaintext of a sealed object. Raises KeysMissing without the key, Broken when it was altered or moved."""
        kind, key, box = sealed_box(sealed)
        return self._box(kind, key).open(box, aad)

    def _box(self, kind: str, key: str) -> Box:
        if kind == "unblinded":
            if self._keys.unblinding is None:
                raise KeysMissing("the unblinding key is not here", "this process is blinded, as it should be")
            return self._keys.unblinding
        if kind != "identifier":
            raise Broken(f"a seal of unknown class {kind!r}", "", table="disclosure", field="lines")
        wrapped = self._wrapped(key)
        if wrapped is None:
            raise KeysMissing(f"subject {key} has no data key", "it was erased, or enrolment has not made it yet")
        box = self._boxes.get(wrapped)
        if box is None:
            if len(self._boxes) >= _MOST:
                self._boxes.clear()
            box = self._boxes[wrapped] = Box(self._keys.unwrap(key, wrapped))
        return box
