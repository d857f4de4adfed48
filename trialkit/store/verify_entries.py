"""The first pass of verification: entries in order, their disclosures, the tree, and the checkpoints over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from trialkit.errors import Broken
from trialkit.ledger import checkpoint
from trialkit.ledger.commitment import DIGEST, SALT, Unseal, aad, parse_change, recheck
from trialkit.ledger.header import VERSION
from trialkit.ledger.leaf import leaf, tag_is_right
from trialkit.ledger.signer import Signer, State, next_link
from trialkit.ledger.tree import Frontier
from trialkit.ledger.vkey import parse_vkey
from trialkit.store.past import redactions
from trialkit.store.session import Session, one

if TYPE_CHECKING:
    from trialkit.store.handle import Store

_ALL = (
    "SELECT e.seq, e.header, e.digests, e.tag, e.at, e.act, e.subject, e.subject_no, e.stream, e.stream_no, e.request, "
    "e.target, d.seq, d.salts, d.lines FROM entry e LEFT JOIN disclosure d ON d.seq = e.seq ORDER BY e.seq"
)
_COLUMNS = ("at", "act", "subject", "subject_no", "stream", "stream_no", "request", "target")


def broken(table: str, row: object, field: str, sentence: str, hint: str = "") -> Broken:
    """A disagreement at one place."""
    return Broken(f"{table} {row}, {field}: {sentence}", hint, table=table, row=row, field=field)


class EntryPass:
    """Runs over the entries and keeps the counts."""

    def __init__(self, store: Store, session: Session, unseal: Unseal, wrapped: Callable[[str], bytes | None]) -> None:
        self._keys = store.keys
        self._session = session
        self._unseal = unseal
        self._wrapped = wrapped
        self._state: State = Signer(store.keys).state
        self.edge = Frontier()
        self.placed = 0  # entries at a subject
        self.size = self.changes = self.unseen = self.shredded = self.redacted = self.checkpoints = self.signed = 0

    def run(self, progress: Callable[[int, int], None] | None, since: str | None) -> None:
        """Check every entry, disclosure and checkpoint."""
        total = one(self._session, "SELECT count(*) FROM entry")
        assert total is not None
        heads = _Heads(self, since)
        heads.reached()
        at, app_key = "", self._keys.app_key
        for row in self._session.each(_ALL):
            seq, header, digests, tag = row[:4]
            if seq != self.size:
                raise broken("entry", self.size, "seq", f"entry {self.size} is gone: {seq} follows", "it was deleted")
            top = leaf(header, digests)
            if not tag_is_right(app_key, top, tag):
                raise self._untagged(row, heads)
            said = _header(seq, header)
            self._agrees(row, said)
            if said.at < at:
                raise broken("entry", seq, "at", f"{said.at} is before its predecessor's {at}")
            at = said.at
            self._disclosed(row, said)
            self.edge.append(top)
            self.size += 1
            self.changes += said.changes
            self.placed += bool(said.subject)
            heads.reached()
            if progress is not None and self.size % 1000 == 0:
                progress(self.size, total[0])
        heads.end()
        extra = one(self._session, "SELECT max(seq) FROM disclosure")
        if extra and extra[0] is not None and extra[0] >= self.size:
            raise broken("disclosure", extra[0], "seq", "it belongs to no entry")
        odd = one(self._session, "SELECT min(seq) FROM disclosure")
        if odd and odd[0] is not None and odd[0] < 0:
            raise broken("disclosure", odd[0], "seq", "it belongs to no entry")
        if progress is not None:
            progress(self.size, self.size)

    def _agrees(self, row: tuple[Any, ...], said: _Said) -> None:
        seq = row[0]
        if said.seq != seq:
            raise broken("entry", seq, "header", f"its header says it is entry {said.seq}", "entries were reordered")
        if said.changes * DIGEST != len(row[2]):
            raise broken("entry", seq, "digests", f"its header says {said.changes} changes")
        try:
            if len(said.at) != 27 or said.at[-1] != "Z":
                raise ValueError
            datetime.fromisoformat(said.at)
        except ValueError:
            raise broken("entry", seq, "header", f"{said.at!r} is not a time of the ledger") from None
        target = said.target[0] if said.target else None
        subject = said.subject or None
        wanted = (
            said.at,
            said.act,
            subject,
            said.subject_no or None,
            said.stream,
            said.stream_no,
            said.request,
            target,
        )
        if row[4:12] != wanted:
            for name, stored, right in zip(_COLUMNS, row[4:12], wanted, strict=True):
                if stored != right:
                    raise broken("entry", seq, name, f"{stored!r} is stored, the sealed header says {right!r}")

    def _untagged(self, row: tuple[Any, ...], heads: _Heads) -> Broken:
        """Which part of an entry without a right tag is wrong, as far as that can be told."""
        seq, header, tag = row[0], row[1], row[3]
        try:
            said = _header(seq, header)
            self._agrees(row, said)
            self._disclosed(row, said)
        except Broken as found:
            field = "digests" if found.facts["table"] == "disclosure" else "header"
            field = "digests" if found.facts["field"] == "digests" else field
        else:
            field = "tag" if len(tag) != 32 or heads.holds_with(row) else "header"
        return broken("entry", seq, field, "it has no right tag: it was altered, or this software did not write it")

    def _disclosed(self, row: tuple[Any, ...], said: _Said) -> None:
        seq, digests, at, salts, lines = row[0], row[2], row[12], row[13], row[14]
        if at is None:
            raise broken("disclosure", seq, "seq", "the disclosure is gone", "it was deleted")
        if _open_and_right(digests, salts, lines):
            if said.act == "disclosure.redact":
                self._redaction(seq, said)
            return
        try:
            erased, sealed = recheck(seq, digests, salts, lines, self._unseal)
        except Broken as found:
            if "row" in found.facts:
                raise
            raise broken("disclosure", seq, "lines", found.sentence) from found
        if b'{"c":' in lines:
            self._seals(seq, said, lines, sealed)
        if erased:
            named = redactions(self._session, seq)
            for n in erased:
                if n not in named:
                    raise broken(
                        "disclosure", seq, f"lines[{n}]", "it is gone, and no entry says who took it out and why"
                    )
            self.redacted += len(erased)
        if said.act == "disclosure.redact":
            self._redaction(seq, said)

    def _redaction(self, seq: int, said: _Said) -> None:
        target, numbers = said.target or (-1, ())
        found = one(self._session, "SELECT lines FROM disclosure WHERE seq = ?", target)
        lines = found[0].split(b"\n") if found else []
        for n in numbers:
            if target >= seq or not 0 <= n < len(lines):
                raise broken("entry", seq, "target", f"there is no change {n} of entry {target} before it")
            if lines[n]:
                raise broken("disclosure", target, f"lines[{n}]", f"entry {seq} redacted it, and it is there again")

    def _seals(self, seq: int, said: _Said, lines: bytes, unopened: tuple[int, ...]) -> None:
        """What a seal says openly must be what is sealed in it; a seal without a key needs its reason."""
        for n, line in enumerate(lines.split(b"\n")):
            if not line.startswith(b'{"c":'):
                continue
            seal = orjson.loads(line)
            subject = said.subject
            if seal["c"] == "identifier" and seal["k"] != subject:
                raise broken("disclosure", seq, f"lines[{n}]", f"it is sealed for {seal['k']}, not for {subject}")
            if n not in unopened:
                change = parse_change(self._unseal(seal, aad(seq, n))[SALT:])
                openly = (seal.get("i"), seal.get("z"), seal["c"])
                if openly != (change.item, 1 if change.new is None else None, change.visibility):
                    raise broken("disclosure", seq, f"lines[{n}]", "its seal says openly what is not sealed in it")
            elif seal["c"] == "identifier" and self._wrapped(subject) is None:
                if not one(
                    self._session, "SELECT 1 FROM entry WHERE subject = ? AND act = 'subject.erase' LIMIT 1", subject
                ):
                    raise broken(
                        "subject_key", subject, "subject", "the key is gone, and no entry says who erased it and why"
                    )
                self.shredded += 1
            else:
                self.unseen += 1

    def remaining(self, start: int) -> Iterator[tuple[int, bytes]]:
        """Numbers and leaves of the entries from `start` on."""
        for seq, header, digests in self._session.each(
            "SELECT seq, header, digests FROM entry WHERE seq >= ? ORDER BY seq", start
        ):
            yield seq, leaf(header, digests)


class _Heads:
    """The signed heads that the growing tree has to meet: the checkpoints, the signer's own, and one somebody kept."""

    def __init__(self, entries: EntryPass, since: str | None) -> None:
        self._entries = entries
        self._state = state = entries._state
        self._held = [key for key in entries._keys.held if key.since is not None]
        self._chain, self._count = bytes(32), 0
        self._note = ""
        self._rows = entries._session.each("SELECT number, size, note FROM checkpoint ORDER BY number")
        self._next = next(self._rows, None)
        self._others: dict[int, list[tuple[str, bytes]]] = {}
        self._others.setdefault(state.size, []).append(("the signer", Frontier(state.size, state.frontier).root()))
        if since is not None:
            kept, _ = checkpoint.verify(since, [key.vkey for key in self._held])
            self._others.setdefault(kept.size, []).append(("the checkpoint that was kept", kept.root))

    def reached(self) -> None:
        """Compare whatever was signed over exactly the entries so far."""
        entries = self._entries
        while self._next is not None and self._next[1] <= entries.size:
            self._checkpoint(*self._next)
            self._next = next(self._rows, None)
        others = self._others.pop(entries.size, None)
        for who, root in others or ():
            if root != entries.edge.root():
                raise broken(
                    "entry",
                    entries.size - 1,
                    "header",
                    f"the first {entries.size} entries are not those {who} has seen",
                )

    def _checkpoint(self, number: int, size: int, note: str) -> None:
        entries = self._entries
        if number != entries.checkpoints:
            raise broken("checkpoint", entries.checkpoints, "number", f"it is gone: {number} follows")
        if size != entries.size:
            raise broken("checkpoint", number, "size", f"it covers {size} entries and follows one that covers more")
        try:
            signed, by = checkpoint.verify(note, [key.vkey for key in self._held])
        except Broken as found:
            raise broken("checkpoint", number, "note", found.sentence, found.hint) from found
        if signed.size != size:
            raise broken("checkpoint", number, "size", f"{size} is stored, the signed note says {signed.size}")
        if signed.root != entries.edge.root():
            raise broken("checkpoint", number, "note", f"the first {size} entries are not those that were signed")
        in_force = [key.vkey for key in self._held if (key.since or 0) <= size]
        if in_force[-1] not in by or signed.origin not in {parse_vkey(vkey).name for vkey in by}:
            raise broken("checkpoint", number, "note", "it is not signed by the key that was in force")
        if signed.origin == self._state.origin:
            self._chain, self._count = next_link(self._chain, note), self._count + 1
        entries.checkpoints += 1
        entries.signed = size
        self._note = note

    def end(self) -> None:
        """After the last entry: nothing may be signed that is not there."""
        entries, state = self._entries, self._state
        if self._others:
            size = min(self._others)
            who = self._others[size][0][0]
            raise broken(
                "entry", entries.size, "seq", f"entries {entries.size} to {size - 1} are gone: {who} has seen {size}",
                "an old copy was restored or the tail was cut",
            )  # fmt: skip
        if self._next is not None:
            raise broken("checkpoint", self._next[0], "size", "it covers more entries than there are")
        if (self._count, self._chain) == (state.count, state.chain):
            return
        mark = entries._keys.path / "delivered"
        kept = mark.exists() and mark.read_text("ascii") == sha256(state.note.encode()).hexdigest()
        if not kept and (self._count + 1, next_link(self._chain, state.note)) == (state.count, state.chain):
            return  # the process ended between signing and keeping the note: the next checkpoint puts it there
        if self._count < state.count:
            raise broken(
                "checkpoint", entries.checkpoints, "number", f"the signer made {state.count}, {self._count} are here"
            )
        raise broken(
            "checkpoint", max(entries.checkpoints - 1, 0), "note", "it is not the signer's, or not in its order"
        )

    def holds_with(self, row: tuple[Any, ...]) -> bool:
        """Whether the next checkpoint agrees with header and digests of this entry: then only its tag is wrong."""
        entries = self._entries
        if self._next is None:
            return True
        edge = entries.edge.copy()
        for seq, top in entries.remaining(row[0]):
            if seq != edge.size or seq >= self._next[1]:
                break
            edge.append(top)
        try:
            return checkpoint.parse(self._next[2]).root == edge.root()
        except Broken:
            return False


@lru_cache(maxsize=256)
def _salts_of(count: int) -> Callable[[bytes], tuple[bytes, ...]]:
    return Struct(f"{SALT}s" * count).unpack


def _open_and_right(digests: bytes, salts: bytes, lines: bytes) -> bool:
    """Whether every change is open and what was committed to: by far the most entries."""
    digest = sha256
    parts = lines.split(b"\n") if lines else []
    if len(salts) != SALT * len(parts):
        return False
    found = [
        digest(b"\x02" + salt + line).digest() for salt, line in zip(_salts_of(len(parts))(salts), parts, strict=True)
    ]
    return digests == b"".join(found)


class _Said(NamedTuple):
    """What verification needs of a header."""

    seq: int
    at: str
    act: str
    subject: str
    subject_no: int
    stream: str
    stream_no: int
    request: str | None
    target: tuple[int, list[int]] | None
    changes: int


def _header(seq: int, data: bytes) -> _Said:
    """A header, which must be canonical."""
    try:
        said = orjson.loads(data)
        if orjson.dumps(said, option=orjson.OPT_SORT_KEYS) != data:
            raise ValueError("it is not in its canonical form")
        if said["v"] != VERSION:
            raise ValueError(f"it is of version {said['v']}: newer software wrote it")
        place = said.get("place")
        return _Said(
            said["seq"], said["at"], said["act"], place.get("subject", "") if place else "", said["subject_no"],
            said["stream"], said["stream_no"], said.get("request"), said.get("target"), said["changes"],
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise broken("entry", seq, "header", f"not a header: {fault}", "its bytes were altered") from fault
