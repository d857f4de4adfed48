"""How a verb gets at its store and its person: open, sign in, act, close (the last entries are signed at closing)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from trialkit.access.authentication import sign_in
from trialkit.access.identity import Identity
from trialkit.ledger.keys import KeyFolder
from trialkit.store.database import Store, open_store


def clock() -> datetime:
    """The server's time."""
    return datetime.now(UTC)


@contextmanager
def opened(url: str, keys: Path, passphrase: str) -> Iterator[Store]:
    """The store behind a URL, opened with its key folder. Raises StoreRefused, KeysMissing, NotContinuous."""
    with open_store(url, KeyFolder.open(keys, passphrase), clock=clock) as store:
        yield store


@contextmanager
def acting(
    url: str, keys: Path, passphrase: str, user: str, password: str, role: str = ""
) -> Iterator[tuple[Store, Identity]]:
    """The same, with somebody signed in, by a code in TRIALKIT_CODE too if their account asks for one.

    Raises SignInFailed.
    """
    with opened(url, keys, passphrase) as store:
        code = os.environ.get("TRIALKIT_CODE", "")
        yield store, sign_in(store, user, password, clock, role=role, address="command line", code=code)
