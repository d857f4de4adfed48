"""Commitments: what an entry says, sealed for ever, and what of it may be shown.

Each change is bound by SHA-256(0x02 || salt || change bytes) with 16 random bytes of salt, so that it can be withheld,
redacted or shredded while everything still verifies, and so that no short value can be guessed from its digest.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, TypeAlias, cast

import orjson

from trialkit.errors import Broken, KeysMissing, WrongValue
from trialkit.ledger import canonical
from trialkit.ledger.entry import Change, Visibility, Written

SALT = 16
DIGEST = 32
ERASED = bytes(SALT)
"""Stands in `salts` where a change is sealed (its salt is in the seal) or erased."""

Seal: TypeAlias = Callable[[Visibility, str, bytes, bytes], dict[str, object]]
"""seal(visibility, subject, plaintext, aad) -> the sealed object with keys c, k, x."""

Unseal: TypeAlias = Callable[[Mapping[str, object], bytes], bytes]
"""unseal(sealed object, aad) -> plaintext. Raises KeysMissing without the key, Broken when the seal is not intact."""


class Committed(NamedTuple):
    """One row of disclosures: 16 bytes of salt a change, lines joined by newline; and 32 bytes of digest a change."""

    salts: bytes
    lines: bytes
    digests: bytes


class Disclosed(NamedTuple):
    """One change as the reader may have it: its salt and bytes, or None with the reason in `why`."""

    salt: bytes | None
    line: bytes | None
    why: str  # "", "erased" (nothing is left), "withheld" (sealed, no key here)


WITHHELD = Disclosed(None, None, "withheld")
"""What a reader has of a change that is not for their eyes, or whose key is not here."""


def change_bytes(change: Change) -> bytes:
    """The canonical line of one change. Raises WrongValue for text that is not Unicode."""
    item, old, new, visibility = change
    plain = (type(new) is str or new is None) and (type(old) is str or old is None) and type(item) is str
    if plain and visibility == "open":
        try:
            return orjson.dumps({"i": item, "n": new, "o": old})
        except TypeError as error:
            raise WrongValue(f"no canonical form: {error}", "valid Unicode only") from error
    said: dict[str, object] = {"i": item, "n": new, "o": old}
    if change.visibility != "open":
        said["c"] = change.visibility
    return canonical.dumps(said)


def parse_change(line: bytes) -> Change:
    """The change of its canonical line. Raises Broken when the line is no change."""
    try:
        said = orjson.loads(line)
        return Change(said["i"], cast(Written, said["o"]), cast(Written, said["n"]), said.get("c", "open"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Broken("a disclosed line is no change", "", table="disclosure", field="lines") from error


def commitment(salt: bytes, line: bytes) -> bytes:
    """SHA-256(0x02 || salt || change bytes), 32 bytes."""
    return sha256(b"\x02" + salt + line).digest()


def commit(
    changes: Sequence[Change], seq: int, seal: Seal, random: Callable[[int], bytes], subject: str = ""
) -> Committed:
    """Commit to the changes of entry `seq`; `subject` names the key that seals its identifiers.

    `random` gives that many random bytes. Raises WrongValue for an identifier without a subject, KeysMissing from seal.
    """
    count = len(changes)
    if not count:
        return Committed(b"", b"", b"")
    fresh = random(SALT * count)
    kept: bytes | bytearray = fresh
    lines: list[bytes] = []
    digests: list[bytes] = []
    digest, at = sha256, 0
    for n, change in enumerate(changes):
        salt = fresh[at : at + SALT]
        line = change_bytes(change)
        digests.append(digest(b"\x02" + salt + line).digest())
        if change.visibility != "open":
            if change.visibility == "identifier" and not subject:
                raise WrongValue(f"the identifier {change.item} belongs to no subject", "give the entry its subject")
            line = canonical.dumps(seal(change.visibility, subject, salt + line, aad(seq, n)))
            if kept is fresh:
                kept = bytearray(fresh)
            cast(bytearray, kept)[at : at + SALT] = ERASED
        lines.append(line)
        at += SALT
    return Committed(bytes(kept), b"\n".join(lines), b"".join(digests))


def aad(seq: int, n: int) -> bytes:
    """What a seal is bound to: entry number and place of the change in it, so that no seal can be moved."""
    return b"%d/%d" % (seq, n)


def sealed_object(visibility: Visibility, key: str, box: bytes) -> dict[str, object]:
    """The JSON object of a sealed line: class, name of the key, base64 of nonce and ciphertext."""
    return {"c": visibility, "k": key, "x": base64.b64encode(box).decode()}


_OF_A_SEAL = frozenset("ckxiz")  # the store adds `i`, the item, and `z` where the change clears it


def sealed_box(sealed: Mapping[str, object]) -> tuple[str, str, bytes]:
    """Class, name of the key and box of a sealed object. Raises Broken when it is none."""
    kind, key, box = sealed.get("c"), sealed.get("k"), sealed.get("x")
    if not (isinstance(kind, str) and isinstance(key, str) and isinstance(box, str)) or sealed.keys() - _OF_A_SEAL:
        raise Broken("a sealed line is not a seal", "", table="disclosure", field="lines")
    try:
        raw = base64.b64decode(box, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Broken("a sealed line is not base64", "", table="disclosure", field="lines") from error
    return kind, key, raw


def disclose(seq: int, count: int, salts: bytes, lines: bytes, unseal: Unseal | None = None) -> Iterator[Disclosed]:
    """The changes of one disclosure row in order; sealed ones only with an `unseal` that has the key.

    Raises Broken when the row does not have `count` changes or a seal is not intact.
    """
    parts = split(seq, count, salts, lines)
    for n, line in enumerate(parts):
        if not line:
            yield Disclosed(None, None, "erased")
        elif line.startswith(b'{"c":'):
            opened = _open(line, unseal, seq, n)
            yield Disclosed(opened[:SALT], opened[SALT:], "") if opened else WITHHELD
        else:
            yield Disclosed(salts[SALT * n : SALT * n + SALT], line, "")


def split(seq: int, count: int, salts: bytes, lines: bytes) -> list[bytes]:
    """The lines of a disclosure row. Raises Broken when they or the salts are not `count`."""
    parts = lines.split(b"\n") if count else []
    if len(parts) != count or len(salts) != SALT * count or (not count and lines):
        raise Broken(
            f"the disclosure of entry {seq} has {len(parts)} lines and {len(salts)} bytes of salt for {count} changes",
            "",
            table="disclosure",
            row=seq,
            field="lines",
        )
    return parts


def _open(line: bytes, unseal: Unseal | None, seq: int, n: int) -> bytes | None:
    if unseal is None:
        return None
    try:
        sealed = orjson.loads(line)
    except ValueError as error:
        raise Broken(
            f"line {n} of the disclosure of entry {seq} is no seal", "", table="disclosure", row=seq, field="lines"
        ) from error
    try:
        return unseal(sealed, aad(seq, n))
    except KeysMissing:
        return None


def recheck(
    seq: int, digests: bytes, salts: bytes, lines: bytes, unseal: Unseal | None = None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Hash one stored disclosure row against its digests; gives (erased, sealed and not opened) as change numbers.

    Raises Broken with table, row and field at the first change that is not what was committed to.
    """
    count = len(digests) // DIGEST
    parts = split(seq, count, salts, lines)
    digest = sha256
    fresh = [digest(b"\x02" + salts[16 * n : 16 * n + 16] + line).digest() for n, line in enumerate(parts)]
    if b"".join(fresh) == digests:
        return (), ()
    erased: list[int] = []
    sealed: list[int] = []
    for n, line in enumerate(parts):
        salt, body, why = salts[SALT * n : SALT * n + SALT], line, ""
        if not line:
            erased.append(n)
            if salt != ERASED:
                why = "its salt outlived it"
        elif line.startswith(b'{"c":'):
            opened = _open(line, unseal, seq, n)
            if salt != ERASED:
                why = "a sealed change has its salt in the open"
            elif opened is None:
                sealed.append(n)
            else:
                salt, body = opened[:SALT], opened[SALT:]
                if commitment(salt, body) != digests[DIGEST * n : DIGEST * n + DIGEST]:
                    why = "its content is not what was committed to"
        elif fresh[n] != digests[DIGEST * n : DIGEST * n + DIGEST]:
            why = "its content is not what was committed to"
        if why:
            raise Broken(
                f"disclosure of entry {seq}, change {n}: {why}",
                "the stored line or salt was altered after the entry was made",
                table="disclosure",
                row=seq,
                field=f"lines[{n}]",
            )
    return tuple(erased), tuple(sealed)
