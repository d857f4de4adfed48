"""Whether the checkpoints in a store and the signer's state beside its keys are one history.

A key folder put back from a backup would otherwise sign a second history over what was signed already.
"""

from __future__ import annotations

from hashlib import sha256

from trialkit.errors import NotContinuous
from trialkit.ledger import checkpoint
from trialkit.ledger.keys import KeyFolder
from trialkit.ledger.signer import Signer
from trialkit.ledger.vkey import parse_vkey
from trialkit.store.session import Engine, one

DELIVERED = "delivered"  # the file beside the keys that names the last note known to be in the store


def delivered(keys: KeyFolder, note: str) -> bool:
    """Whether this note is known to have been put into the store."""
    mark = keys.path / DELIVERED
    return mark.exists() and mark.read_bytes() == sha256(note.encode()).hexdigest().encode()


def check(engine: Engine, keys: KeyFolder) -> None:
    """Raise NotContinuous when the store's last checkpoint and the signer's are not of one history.

    A note that was signed and not delivered (a crash came between) is no fault. To be sure of a fault, hold the lock
    under which checkpoints are signed and delivered.
    """
    state = Signer(keys).state  # before the store is looked at, which may only have grown since
    with engine.reading() as session:
        last = one(session, "SELECT size, note FROM checkpoint ORDER BY number DESC LIMIT 1")
        top = one(session, "SELECT max(seq) FROM entry")
    entries = 0 if top is None or top[0] is None else top[0] + 1
    if entries < state.size:
        raise NotContinuous(
            f"the store holds {entries} entries, but {state.size} were signed",
            "an old copy was restored or its tail was cut: bring back the newest backup, or declare the loss",
            signed=state.size,
            found=entries,
        )
    if last is None or last[1] == state.note:
        if last is None and state.note and delivered(keys, state.note):
            raise _lost(state.size)
        return
    size, note = last
    origins = list(dict.fromkeys(parse_vkey(key.vkey).name for key in keys.held))
    origin = checkpoint.parse(note).origin
    if origin == state.origin:
        ahead = size >= state.size
    else:
        ahead = origin not in origins or origins.index(origin) > origins.index(state.origin)
    if ahead:
        raise NotContinuous(
            f"the store holds a checkpoint of {size} entries that this signer, which signed {state.size}, never made",
            "the key folder is an old copy or another's: bring back the newest one, or declare the loss",
            signed=state.size,
            found=size,
        )
    if state.note and delivered(keys, state.note):
        raise _lost(state.size)


def _lost(size: int) -> NotContinuous:
    return NotContinuous(
        f"the checkpoint of {size} entries is no longer in the store",
        "it was taken out, or store and keys are not of one history: bring back the newest backup of both",
        signed=size,
    )
