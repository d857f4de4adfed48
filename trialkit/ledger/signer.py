"""The signer: signs the head of the tree, and never anything that is not a continuation of what it signed before.

What it last signed stands beside its key, outside the database, so that a restored old copy, a cut tail or a rewritten
entry is refused. It recomputes every leaf from the stored bytes and demands the application's tag, so that it never
signs over an entry this software did not make (security of the record: 21 CFR 11.10(c), (e)).
"""

from __future__ import annotations

import base64
import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, TypeAlias, cast

from trialkit.errors import Broken, NotContinuous, WrongFile
from trialkit.ledger import canonical, checkpoint, durable
from trialkit.ledger import header as headers
from trialkit.ledger.checkpoint import Checkpoint
from trialkit.ledger.commitment import DIGEST
from trialkit.ledger.entry import Change
from trialkit.ledger.keys import KeyFolder
from trialkit.ledger.leaf import leaf, tag_is_right
from trialkit.ledger.tree import Frontier
from trialkit.ledger.vkey import parse_vkey

ROTATE = "key.rotate"
RESTART = "log.restart"

Stored: TypeAlias = tuple[int, bytes, bytes, bytes]
"""An entry as stored: seq, header bytes, digests, tag."""


class Loss(NamedTuple):
    """A declared loss: the last note of the old log, and the verifier keys of the old and the new one."""

    note: str
    old_vkey: str
    new_vkey: str


@dataclass(frozen=True, slots=True)
class State:
    """What was last signed. `chain`: SHA-256 over the chain before and each note; `before`: the note of a lost log."""

    origin: str
    size: int
    frontier: tuple[bytes, ...]
    count: int = 0
    chain: bytes = bytes(32)
    note: str = ""
    key: str = ""
    before: str = ""


def next_link(chain: bytes, note: str) -> bytes:
    """The hash chain over the notes of a log, from 32 zero bytes on."""
    return sha256(chain + note.encode()).digest()


def rotation_changes(old_vkey: str, new_vkey: str) -> tuple[Change, ...]:
    """The changes of a `key.rotate` entry: the verifier reads the new key from them."""
    return (Change("vkey", old_vkey, new_vkey),)


def restart_changes(loss: Loss) -> tuple[Change, ...]:
    """The changes of a `log.restart` entry, the first of a new log after a declared loss."""
    return (Change("vkey", loss.old_vkey, loss.new_vkey), Change("checkpoint", None, loss.note))


class Signer:
    """Signs checkpoints with the log key of a folder; several processes may share the folder."""

    def __init__(self, keys: KeyFolder) -> None:
        self._keys = keys
        self._path = keys.path / "signer.json"

    @property
    def state(self) -> State:
        """What was last signed, checked against its own note. Raises NotContinuous when the file is gone or bad."""
        try:
            said = canonical.loads_object(self._path.read_bytes())
            state = State(
                origin=cast(str, said["origin"]),
                size=cast(int, said["size"]),
                frontier=tuple(base64.b64decode(peak) for peak in cast("list[str]", said["frontier"])),
                count=cast(int, said.get("count", 0)),
                chain=bytes.fromhex(cast(str, said.get("chain", "00" * 32))),
                note=cast(str, said.get("note", "")),
                key=cast(str, said.get("key", "")),
                before=cast(str, said.get("before", "")),
            )
            edge = Frontier(state.size, state.frontier)
            if state.note:
                signed, _ = checkpoint.verify(state.note, [state.key])
                agrees = signed == Checkpoint(state.origin, state.size, edge.root())
            else:
                agrees = state.size == 0
        except (OSError, WrongFile, Broken, KeyError, ValueError, TypeError) as error:
            raise NotContinuous(
                f"the signer's state {self._path} is missing or damaged",
                "restore the key folder; without it, declare the loss and start a new log",
            ) from error
        if not agrees:
            raise NotContinuous(f"the signer's state {self._path} is not what it signed", "restore the key folder")
        return state

    @property
    def size(self) -> int:
        """How many entries the last checkpoint covers: the next ones to hand over start there."""
        return self.state.size

    @property
    def last_note(self) -> str:
        """The last note signed, "" before the first. After a crash the store may lack it: insert it then."""
        return self.state.note

    def sign(
        self,
        entries: Iterable[Stored] | Callable[[int], Iterable[Stored]],
        size_in_store: int | Callable[[], int],
    ) -> str:
        """Sign the tree of the store's first `size_in_store` entries and give the note.

        `entries` are those from the last signed size on (or a callable that is given that size), in order; with
        callables, both are read while the signer's lock is held, which several signing processes need. Raises
        NotContinuous when the store is shorter than what was signed, or an entry is missing, altered or without a tag.
        """
        with self._locked():
            state = self.state
            self._settle(state)
            size = size_in_store() if callable(size_in_store) else size_in_store
            if size < state.size:
                raise NotContinuous(
                    f"the store holds {size} entries, but {state.size} were signed",
                    "an old copy was restored or the tail was cut: bring back the newest backup, or declare the loss",
                    signed=state.size,
                    found=size,
                )
            edge = Frontier(state.size, state.frontier)
            acts = self._grow(edge, entries(state.size) if callable(entries) else entries, size)
            if size == state.size and state.note:
                return state.note
            return self._commit(state, edge, acts)

    def declare_loss(self) -> Loss:
        """Start a new log, named origin/2 (then /3...), after entries that had been signed were lost for good.

        The old state is kept beside the new. Append the entry `log.restart` with `restart_changes` next: the first
        checkpoint of the new log is refused without it, and takes every entry of the store from 0 on.
        """
        with self._locked():
            state = self.state
            self._settle(state)
            base, _, number = state.origin.rpartition("/")
            counted = bool(base) and number.isdigit()
            fresh = f"{base}/{int(number) + 1}" if counted else f"{state.origin}/2"
            old = self._keys.vkey
            durable.write(
                self._path.with_name(f"signer-{sha256(state.note.encode()).hexdigest()[:8]}.json"),
                self._path.read_bytes(),
            )
            new = self._keys.rotate(origin=fresh)
            self._save(State(fresh, 0, (), key=old, before=state.note))
            return Loss(state.note, old, new)

    def _grow(self, edge: Frontier, entries: Iterable[Stored], size: int) -> set[str]:
        acts: set[str] = set()
        app_key, start = self._keys.app_key, edge.size
        for seq, header, digests, tag in entries:
            if seq < start:
                continue
            if edge.size == size:
                break
            if seq != edge.size:
                raise NotContinuous(f"entry {edge.size} is missing: {seq} follows", "it was deleted", seq=edge.size)
            found = leaf(header, digests)
            if not tag_is_right(app_key, found, tag):
                raise NotContinuous(
                    f"entry {seq} has no right tag", "it was altered, or this software did not write it", seq=seq
                )
            try:
                said = headers.parse(header, strict=True)
            except Broken as error:
                raise NotContinuous(f"the header of entry {seq} is {error.sentence}", "", seq=seq) from error
            if said.seq != seq or said.changes * DIGEST != len(digests):
                raise NotContinuous(
                    f"the header of entry {seq} says it is entry {said.seq} with {said.changes} changes",
                    "entries were reordered or their digests altered",
                    seq=seq,
                )
            if said.act in (ROTATE, RESTART):
                acts.add(said.act)
            edge.append(found)
        if edge.size != size:
            raise NotContinuous(f"entry {edge.size} is missing", "the entries end before the store does", seq=edge.size)
        return acts

    def _commit(self, state: State, edge: Frontier, acts: set[str]) -> str:
        current, waiting = self._keys.log_key, self._keys.next_log_key
        restarts = parse_vkey(current.vkey).name != state.origin
        signing = [current]
        if acts:
            if waiting is None:
                raise NotContinuous("an entry names a new log key that is not in the folder", "restore the key folder")
            signing = [*(self._keys.all_log_keys if RESTART in acts else signing), waiting]
        if restarts and RESTART not in acts:
            raise NotContinuous("a new log starts with the entry that declares the loss", f"append {RESTART} first")
        head = Checkpoint(state.origin, edge.size, edge.root())
        note = checkpoint.sign(head.text, signing)
        signed, by = checkpoint.verify(note, [key.vkey for key in signing])
        if signed != head or len(by) != len(signing):
            raise NotContinuous("the signature just made does not verify", "the machine or the key file is faulty")
        fresh = State(
            origin=state.origin,
            size=edge.size,
            frontier=tuple(edge.peaks),
            count=state.count + 1,
            chain=next_link(state.chain, note),
            note=note,
            key=signing[-1].vkey,
            before=state.before,
        )
        self._save(fresh)
        self._settle(fresh)
        return note

    def _settle(self, state: State) -> None:
        """Put a new key in force that the state has signed with; repeated after a crash between the two files."""
        if state.note and state.key != self._keys.vkey:
            self._keys.promote(state.key, state.size)

    def _save(self, state: State) -> None:
        said = {
            "v": 1,
            "origin": state.origin,
            "size": state.size,
            "frontier": [base64.b64encode(peak).decode() for peak in state.frontier],
            "count": state.count,
            "chain": state.chain.hex(),
            "note": state.note,
            "key": state.key,
            "before": state.before,
        }
        durable.write(self._path, canonical.dumps(said))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self._keys.path / "signer.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
