"""The leaf of an entry in the tree, and the tag that shows this software made it."""

from __future__ import annotations

import hmac
from hashlib import sha256


def leaf(header: bytes, digests: bytes) -> bytes:
    """SHA-256(0x00 || header bytes || digests): the RFC 9162 leaf hash of an entry, 32 bytes."""
    return sha256(b"\x00" + header + digests).digest()


def tag(app_key: bytes, leaf: bytes) -> bytes:
    """HMAC-SHA-256 of the leaf under the application key, which database administrators do not have; 32 bytes."""
    return hmac.digest(app_key, leaf, "sha256")


def tag_is_right(app_key: bytes, leaf: bytes, given: bytes) -> bool:
    """Whether the tag stored with an entry is the one this leaf has."""
    return hmac.compare_digest(hmac.digest(app_key, leaf, "sha256"), given)
