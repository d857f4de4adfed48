"""An open store: append, read, sign, verify, rebuild, erase. `database` makes and opens one."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

import orjson

from trialkit.errors import Broken, NotFound, WrongValue
from trialkit.ledger import durable
from trialkit.ledger.checkpoint import parse as parse_note
from trialkit.ledger.entry import Actor, Change, Draft, Receipt, Written
from trialkit.ledger.keys import KeyFolder
from trialkit.ledger.leaf import leaf
from trialkit.ledger.signer import ROTATE, Signer, rotation_changes
from trialkit.store import append_beside, continuity, past, rekey
from trialkit.store.append import Appender
from trialkit.store.append_state import Writer
from trialkit.store.fold import Row, table_of
from trialkit.store.readers import Reader
from trialkit.store.session import Engine, Session, one
from trialkit.store.sight import Sight
from trialkit.store.tables import COLUMNS

if TYPE_CHECKING:
    from trialkit.store.verify import Report

Kind = Literal["training", "production"]
SYSTEM = Actor("system", "trialkit", "system", "")
_STORED = "SELECT seq, header, digests, tag FROM entry WHERE seq >= ? ORDER BY seq"


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening found: entries in the store, entries the last checkpoint covers, and what is worth telling."""

    size: int
    signed: int
    found: tuple[str, ...]

    def __str__(self) -> str:
        last = f"entry {self.size - 1} is the last" if self.size else "no entry yet"
        return "\n".join((f"{self.size:,} entries ({last}), {self.signed:,} under a checkpoint", *self.found))


class Store:
    """An open store. Safe to share between threads; close it (or use `with`) and its last entries are signed."""

    def __init__(
        self,
        engine: Engine,
        writer: Callable[[], Writer],
        keys: KeyFolder,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
    ) -> None:
        self.engine = engine
        self.url = engine.url
        self.keys = keys
        self.clock = clock
        self.random = random
        self.kind: Kind = "training"
        self.study_oid = ""
        self.origin = ""
        self.opened = Opened(0, 0, ())
        self._appender = Appender(writer, keys, clock, random)
        self._signing = threading.Lock()
        self._definitions: dict[str, bytes] = {}
        self._closed = False

    # the ledger

    def append(self, drafts: Sequence[Draft], *, request: str | None = None) -> list[Receipt]:
        """Commit these drafts, all or none, with what they make of their streams; returns once they are durable.

        A repeated `request` writes nothing and gives the first call's receipts. Raises StaleRecord (facts: stream,
        expected, found, item) when a stream moved, StoreRefused when the database cannot write, KeysMissing when a
        protected change cannot be sealed here, OutOfOrder for identifiers of an erased subject.
        """
        return self._appender.append(drafts, request) if drafts else []

    def receipts(self, request: str) -> list[Receipt]:
        """What an earlier `append` with this request was given; empty if nothing was written under it."""
        sql = (
            "SELECT seq, at, header, digests, stream, stream_no FROM entry WHERE request >= ? AND request < ? "
            "ORDER BY seq"
        )
        with self.engine.reading() as session:
            rows = session.all(sql, f"{request}:", f"{request};")
        return [
            Receipt(seq, at, leaf(bytes(header), bytes(digests)), stream, no)
            for seq, at, header, digests, stream, no in rows
        ]

    @property
    def size(self) -> int:
        """How many entries the ledger has."""
        with self.engine.reading() as session:
            return size_of(session)

    def checkpoint(self) -> str:
        """Sign the head of the tree over everything committed so far and give the note: the same one if nothing is new.

        Raises NotContinuous when the ledger is not a continuation of what was last signed: nothing is signed then.
        """
        with self._signing, alone(self.keys.path / "checkpoint.lock"):
            signer = Signer(self.keys)
            continuity.check(self.engine, self.keys)
            self._deliver(signer.last_note)
            note = signer.sign(self._stored, lambda: self.size)
            self._deliver(note)
        return note

    def _deliver(self, note: str) -> None:
        """Put a note into the store that is not there yet; a crash may have come between signing and this.

        What was delivered is kept beside the keys: a note taken out is so told from one that never got there.
        """
        if not note or continuity.delivered(self.keys, note):
            return
        with self.engine.writing() as session:
            append_beside.put_checkpoint(session, parse_note(note).size, note)
        durable.write(self.keys.path / continuity.DELIVERED, sha256(note.encode()).hexdigest().encode())

    def _stored(self, start: int) -> Iterator[tuple[int, bytes, bytes, bytes]]:
        with self.engine.reading(snapshot=True) as session:
            yield from session.each(_STORED, start)

    def checkpoints(self) -> list[tuple[int, str]]:
        """Size and note of every checkpoint, oldest first."""
        with self.engine.reading() as session:
            return [(size, note) for size, note in session.all("SELECT size, note FROM checkpoint ORDER BY number")]

    def leaves(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Leaf hashes of the entries from `start` up to before `end`, as the proofs of `ledger.tree` take them."""
        with self.engine.reading(snapshot=True) as session:
            for seq, header, digests, _ in session.each(_STORED, start):
                if end is not None and seq >= end:
                    return
                yield leaf(header, digests)

    def read(self, sight: Sight, as_of: int | None = None) -> Reader:
        """A reader for one sight, of now or of the moment after the first `as_of` entries."""
        return Reader(self.engine, self.keys, sight, as_of)

    # what entries name

    def define(self, kind: str, body: bytes, actor: Actor = SYSTEM) -> str:
        """Keep a definition and give its SHA-256 in hex; the same body is kept once. An entry says that it came."""
        name = sha256(body).hexdigest()
        draft = Draft(
            "definition.add",
            actor,
            f"definition/{name}",
            (Change("hash", None, name), Change("kind", None, kind)),
            origin={"kind": "system"},
        )
        self._appender.append([draft], f"definition/{name}", append_beside.put_definition(kind, body))
        return name

    def definition(self, name: str) -> bytes:
        """The definition with this hash. Raises NotFound without it, Broken when it is not what its hash says."""
        body = self._definitions.get(name)
        if body is None:
            with self.engine.reading() as session:
                found = one(session, "SELECT body FROM definition WHERE hash = ?", name)
            if found is None:
                raise NotFound(f"there is no definition {name[:12]}", "publish the study into this store first")
            body = bytes(found[0])
            if sha256(body).hexdigest() != name:
                raise Broken("a definition is not what its hash says", "", table="definition", row=name, field="body")
            self._definitions[name] = body
        return body

    def set_credential(self, draft: Draft, encoded: str, *, request: str | None = None) -> Receipt:
        """Keep a person's encoded argon2id password; the draft (stream `person/<id>`) gets the change that binds it."""
        row = self._row(draft.stream)
        old = row.doc.get("@credential") if row else None
        bound = Change("@credential", old, sha256(encoded.encode()).hexdigest())
        draft = replace(draft, changes=(*draft.changes, bound))
        keep = append_beside.put_credential(draft.stream.removeprefix("person/"), encoded)
        return self._appender.append([draft], request, keep)[0]

    def credential(self, person: str) -> str | None:
        """A person's encoded password. Raises Broken when it is not the one the ledger binds."""
        with self.engine.reading() as session:
            found = one(session, "SELECT encoded FROM credential WHERE person = ?", person)
        if found is None:
            return None
        row = self._row(f"person/{person}")
        if row is None or row.doc.get("@credential") != sha256(found[0].encode()).hexdigest():
            raise Broken(
                "a credential is not the one the ledger binds", "", table="credential", row=person, field="encoded"
            )
        return str(found[0])

    # lawful removal

    def redact(self, draft: Draft, *, request: str | None = None) -> Receipt:
        """Take the changes that `draft.target` names out of the ledger's disclosures, after an entry that says so.

        Who, why and which stay for ever (ICH E6(R3) 4.2.2); salts and bytes go. Raises NotFound when there are none.
        """
        if draft.act != "disclosure.redact" or draft.target is None:
            raise WrongValue("a redaction is an act disclosure.redact with a target", "name the entry and its changes")
        seq, numbers = draft.target
        with self.engine.reading() as session:
            found = one(
                session,
                "SELECT e.stream, d.lines FROM entry e JOIN disclosure d ON d.seq = e.seq WHERE e.seq = ?",
                seq,
            )
        lines = found[1].split(b"\n") if found and found[1] else []
        if found is None or not numbers or any(not 0 <= n < len(lines) or not lines[n] for n in numbers):
            raise NotFound(f"entry {seq} has no such changes to redact", "count its changes from 0")
        items: Written = [orjson.loads(lines[n])["i"] for n in numbers]
        draft = replace(draft, stream=f"redaction/{seq}", changes=(*draft.changes, Change("@redacted", None, items)))
        work = append_beside.redact(seq, numbers, found[0], self.engine.name == "postgresql")
        return self._appender.append([draft], request, work)[0]

    def erase_subject(self, draft: Draft, *, request: str | None = None) -> Receipt:
        """Destroy the key of a subject's identifiers after an entry `subject.erase` that says who and why."""
        subject = draft.place.subject
        if draft.act != "subject.erase" or not subject:
            raise WrongValue("an erasure is an act subject.erase at a subject's place", "name the subject")
        with self.engine.reading() as session:
            if one(session, "SELECT 1 FROM subject_key WHERE subject = ?", subject) is None:
                raise NotFound(f"subject {subject} has no identifiers to erase", "nothing was sealed, or it was erased")
        work = append_beside.erase_subject(subject, self.engine.name == "postgresql")
        return self._appender.append([draft], request, work)[0]

    def rotate_keys(self, actor: Actor, reason: str) -> str:
        """A new log key and a new key-encryption key; gives the new vkey. Old checkpoints stay verifiable."""
        with alone(self.keys.path / "rotate.lock"):
            self.checkpoint()  # a rotation that was interrupted after its entry is completed first
            old = self.keys.vkey
            new = self.keys.rotate()
            changes = (*rotation_changes(old, new), Change("reason", None, reason))
            self.append([Draft(ROTATE, actor, "store", changes, origin={"kind": "system"})])
            self.checkpoint()
            rekey.rotate(self.engine, self.keys)
        return new

    # proof and repair

    def verify(self, progress: Callable[[int, int], None] | None = None, since: str | None = None) -> Report:
        """Re-derive everything and compare; see `verify.verify`. Raises Broken at the first disagreement."""
        from trialkit.store.verify import verify

        return verify(self, progress, since)

    def rebuild(self) -> dict[str, int]:
        """Empty the projections and fold them anew from the ledger; gives the rows of each."""
        with self.engine.writing() as session:
            return append_beside.replace_projections(session, past.rows(session, "e.seq >= 0"))

    def close(self) -> None:
        """Sign what is not signed yet and give the connections back."""
        if self._closed:
            return
        self._closed = True
        try:
            if self.size > Signer(self.keys).size:
                self.checkpoint()
        finally:
            self.engine.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _row(self, stream: str) -> Row | None:
        table = table_of(stream)
        if table is None:
            raise WrongValue(f"{stream} has no present state", "name a record, query, subject, site or person")
        with self.engine.reading() as session:
            found = one(session, f"SELECT {', '.join(COLUMNS)} FROM {table} WHERE stream = ?", stream)
        return Row.of(found) if found else None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process at a time, by a lock on a file; a killed process gives it back."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def size_of(session: Session) -> int:
    """How many entries there are."""
    found = one(session, "SELECT max(seq) FROM entry")
    return 0 if found is None or found[0] is None else int(found[0]) + 1
