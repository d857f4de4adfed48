"""A new key-encryption key for the subjects' data keys, and the end of a rotation that was interrupted.

The files of the keys and the rows of the store cannot change in one step. The old key therefore stays in force until
every row, looked at under the store's lock, opens with the new one; until then both are tried.
"""

from __future__ import annotations

from trialkit.errors import Broken
from trialkit.ledger.keys import KeyFolder
from trialkit.store import append_beside
from trialkit.store.session import Engine, Session


def rotate(engine: Engine, keys: KeyFolder) -> None:
    """Wrap every data key anew and put the new key-encryption key in force. Raises Broken for a foreign wrap."""
    settle(engine, keys)
    with engine.writing() as session:
        append_beside.rewrap(session, keys.rotate_kek(_wrapped(session)))
    settle(engine, keys)


def settle(engine: Engine, keys: KeyFolder) -> str:
    """Put a waiting key-encryption key in force if the store knows it, else give it up; says what it did, or ""."""
    while keys.kek_waits():
        with engine.writing() as session:  # nobody wraps a new data key meanwhile
            if not keys.kek_waits():
                break
            rows = {subject: box for subject, box in _wrapped(session).items() if _opens(keys, subject, box)}
            old = {subject: box for subject, box in rows.items() if not keys.opens_with_next(subject, box)}
            if not old:
                keys.settle_kek()
                return "an interrupted rotation of the key-encryption key was completed"
            if len(old) == len(rows):
                keys.discard_kek()
                return "an interrupted rotation of the key-encryption key was given up: run it again"
            append_beside.rewrap(session, keys.rotate_kek(old))
    return ""


def _wrapped(session: Session) -> dict[str, bytes]:
    return {subject: bytes(box) for subject, box in session.all("SELECT subject, wrapped FROM subject_key")}


def _opens(keys: KeyFolder, subject: str, box: bytes) -> bool:
    """Whether a key opens it; what none opens is for verify to name."""
    try:
        keys.unwrap(subject, box)
    except Broken:
        return False
    return True
