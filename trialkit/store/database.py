"""How a store is made and opened, and what opening refuses.

One store is one study in one database: a SQLite file, or a schema of a PostgreSQL database (design 3.1).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import orjson

from trialkit.errors import NotContinuous, StoreRefused, WrongValue
from trialkit.ledger.entry import Actor, Change, Draft
from trialkit.ledger.header import parse
from trialkit.ledger.keys import KeyFolder
from trialkit.ledger.leaf import leaf, tag_is_right
from trialkit.ledger.signer import Signer
from trialkit.ledger.vkey import parse_vkey
from trialkit.store import continuity, engines, rekey
from trialkit.store.handle import SYSTEM as SYSTEM
from trialkit.store.handle import Kind as Kind
from trialkit.store.handle import Opened as Opened
from trialkit.store.handle import Store as Store
from trialkit.store.handle import alone, size_of
from trialkit.store.migrations import HEAD
from trialkit.store.session import one


def create_store(
    url: str | Path,
    *,
    kind: Kind,
    study_oid: str,
    keys: KeyFolder,
    clock: Callable[[], datetime],
    random: Callable[[int], bytes] = os.urandom,
    actor: Actor = SYSTEM,
) -> Store:
    """Make a store and open it. Its first entry says for ever what it is: kind, study, log name and verifier key.

    Raises StoreRefused where a store already stands or the database's settings are not safe.
    """
    if kind not in ("training", "production"):
        raise WrongValue(f"{kind!r} is no kind of store", "training or production")
    if keys.held[0].since != 0 or Signer(keys).size:
        raise StoreRefused("these keys already belong to a store", "every store has a key folder of its own")
    engines.make(str(url))
    store = _connect(url, keys, clock, random)
    try:
        said = {"kind": kind, "study": study_oid, "origin": keys.origin, "vkey": keys.vkey}
        changes = tuple(Change(f"@{name}", None, text) for name, text in said.items())
        store.append([Draft("store.create", actor, "store", changes, origin={"kind": "system"}, expected=0)])
        store.checkpoint()
        _know(store)
    except BaseException:
        store.engine.close()
        raise
    return store


def open_store(
    url: str | Path,
    keys: KeyFolder,
    *,
    clock: Callable[[], datetime],
    random: Callable[[int], bytes] = os.urandom,
) -> Store:
    """Open a store that exists; `Store.opened` says what was found.

    Raises StoreRefused for a database that is no store of this release or of these keys, or whose settings are not
    safe; NotContinuous when the store is older or shorter than what its signer last signed.
    """
    store = _connect(url, keys, clock, random)
    try:
        _know(store)
    except BaseException:
        store.engine.close()
        raise
    return store


def _connect(url: str | Path, keys: KeyFolder, clock: Callable[[], datetime], random: Callable[[int], bytes]) -> Store:
    engine, writer = engines.connect(str(url))
    return Store(engine, writer, keys, clock, random)


def _know(store: Store) -> None:
    """Read what the store is, and refuse it if it is not these keys' or not a continuation of what they signed."""
    state = Signer(store.keys).state  # before the store is looked at, which may only have grown since
    with store.engine.reading() as session:
        revision = one(session, "SELECT version_num FROM alembic_version")
        if revision is None or revision[0] != HEAD:
            raise StoreRefused(
                f"the store's tables are of revision {revision and revision[0]}, this release's of {HEAD}",
                "upgrade the older of the two",
            )
        first = one(session, "SELECT header, digests, tag FROM entry WHERE seq = 0")
        disclosed = one(session, "SELECT lines FROM disclosure WHERE seq = 0")
        size = size_of(session)
        last = one(session, "SELECT size, note FROM checkpoint ORDER BY number DESC LIMIT 1")
    if first is None or disclosed is None or parse(first[0]).act != "store.create":
        raise StoreRefused("this database has no first entry that says what it is", "it was never finished, or was cut")
    if not tag_is_right(store.keys.app_key, leaf(first[0], first[1]), first[2]):
        raise StoreRefused(
            "this store was not made with these keys",
            "open it with its own key folder; training and production never share one",
        )
    said = {line["i"]: line["n"] for line in map(orjson.loads, disclosed[0].split(b"\n"))}
    store.kind, store.study_oid, store.origin = said["@kind"], said["@study"], said["@origin"]
    if parse_vkey(store.keys.held[0].vkey).name != store.origin:
        raise StoreRefused(
            f"these keys are of the log {store.keys.origin}, the store is {store.origin}", "take its own"
        )
    ended = rekey.settle(store.engine, store.keys)
    try:
        continuity.check(store.engine, store.keys)
    except NotContinuous:  # it may just be another process between signing and keeping its note
        with alone(store.keys.path / "checkpoint.lock"):
            continuity.check(store.engine, store.keys)
    found = [*store.engine.found, *([ended] if ended else [])]
    if size > state.size:
        found.append(f"{size - state.size} entries after the last checkpoint; the next one will cover them")
    if state.note and (last is None or last[0] < state.size):
        found.append(f"the checkpoint of size {state.size} was signed but is not in the store")
    store.opened = Opened(size, state.size, tuple(found))
