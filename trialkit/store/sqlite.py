"""SQLite, hardened: strict tables, durable commits, an authorizer over every connection, one writer at a time.

The driver is the newest SQLite at hand. Write-ahead logging is used only where its reset bug is mended (3.51.3, 3.50.7,
3.44.6 and later); elsewhere a rollback journal with synchronous=EXTRA.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from trialkit.errors import StoreRefused
from trialkit.store import migrations
from trialkit.store.session import Rows
from trialkit.store.tables import LEDGER, PROJECTIONS

WAIT = 15.0  # seconds that a writer waits for another process
AT_REST = 16  # connections that are kept open for the next reader


@cache
def driver() -> ModuleType:
    """The DB-API module with the newest SQLite in it."""
    try:
        bundled = import_module("pysqlite3")
    except ImportError:
        return sqlite3
    return bundled if bundled.sqlite_version_info > sqlite3.sqlite_version_info else sqlite3


def journal(version: tuple[int, int, int]) -> tuple[str, str]:
    """Journal mode and synchronous level that are durable and free of the WAL-reset bug in this SQLite."""
    mended = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)
    return ("WAL", "FULL") if mended else ("DELETE", "EXTRA")


# action codes of sqlite3_set_authorizer
_INSERT, _UPDATE, _DELETE, _PRAGMA, _FUNCTION = 18, 23, 9, 19, 31
_HARMLESS = frozenset({20, 21, 22, 32, 33})  # read, select, transaction, savepoint, recursive
_CHANGES = {
    _INSERT: frozenset({*LEDGER, *PROJECTIONS}),
    _UPDATE: frozenset({"disclosure", "subject_key", "credential", *PROJECTIONS}),
    _DELETE: frozenset({"subject_key", *PROJECTIONS}),
}
_ASKED = frozenset({"data_version", "integrity_check", "quick_check", "journal_mode", "synchronous", "wal_checkpoint"})


def _authorise(action: int, first: str | None, second: str | None, _database: str | None, _by: str | None) -> int:
    """What a statement of this software may do; nothing else gets past, whoever wrote it."""
    if action in _HARMLESS:
        return 0
    if action in _CHANGES:
        return 0 if first in _CHANGES[action] else 1
    if action == _FUNCTION:
        return 1 if second == "load_extension" else 0
    if action == _PRAGMA:
        return 0 if first in _ASKED and second is None else 1
    return 1


class SqliteSession:
    """A connection of `SqliteEngine` in use."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def all(self, sql: str, *values: object) -> Rows:
        """Every row."""
        rows: Rows = self.raw.execute(sql, values).fetchall()
        return rows

    def each(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Row by row."""
        rows: Iterator[tuple[Any, ...]] = self.raw.execute(sql, values)
        return rows

    def run(self, sql: str, *values: object) -> None:
        """A statement without rows."""
        self.raw.execute(sql, values)

    def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """A statement for each of many rows."""
        self.raw.executemany(sql, rows)


class SqliteEngine:
    """A store in one file."""

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"
        recognise(path)
        self.found = tuple(
            f"{name.name} ({size:,} bytes) stood beside the store: it was not closed, or is open elsewhere"
            for suffix in ("-wal", "-journal")
            if (name := path.with_name(path.name + suffix)).exists() and (size := name.stat().st_size)
        )
        self._lock = threading.Lock()
        self._idle: deque[Any] = deque()  # readers at rest
        self._closed = False
        try:
            self._writer = self._connect(first=True)
        except driver().DatabaseError as error:
            raise StoreRefused(f"{path} is not a readable store: {error}", "restore it from a backup") from error

    def _connect(self, first: bool = False) -> Any:
        raw = driver().connect(str(self.path), timeout=WAIT, isolation_level=None, check_same_thread=False)
        try:
            if first and raw.execute(_OURS).fetchone() is None:  # before any pragma changes somebody else's file
                raise StoreRefused(f"{self.path} is a SQLite file, but no trialkit store", _NAMED)
            return self._hardened(raw)
        except BaseException:
            raw.close()
            raise

    def _hardened(self, raw: Any) -> Any:
        mode, level = journal(driver().sqlite_version_info)
        for pragma in (
            f"journal_mode={mode}", f"synchronous={level}", "foreign_keys=ON", "trusted_schema=OFF",
            "secure_delete=ON", "recursive_triggers=ON", "cell_size_check=ON", "cache_size=-16000",
        ):  # fmt: skip
            raw.execute(f"PRAGMA {pragma}")
        raw.set_authorizer(_authorise)
        return raw

    @contextmanager
    def reading(self, snapshot: bool = False) -> Iterator[SqliteSession]:
        """A connection for reading."""
        try:
            raw = self._idle.pop()
        except IndexError:
            raw = self._connect()
        try:
            with refusing("be read"):
                if snapshot:
                    raw.execute("BEGIN")
                try:
                    yield SqliteSession(raw)
                finally:
                    if raw.in_transaction:
                        raw.execute("ROLLBACK")
        finally:
            if self._closed or len(self._idle) >= AT_REST:
                raw.close()
            else:
                self._idle.append(raw)

    def begin(self) -> SqliteSession:
        """Take the store's lock; `commit` or `rollback` gives it back."""
        self._lock.acquire()
        try:
            with refusing("be written"):
                self._writer.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._lock.release()
            raise
        return SqliteSession(self._writer)

    def commit(self) -> None:
        """Make what was written last."""
        with refusing("be written"):
            self._writer.execute("COMMIT")
        self._lock.release()

    def rollback(self) -> None:
        """Undo what was written since `begin`."""
        try:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        finally:
            self._lock.release()

    @contextmanager
    def writing(self) -> Iterator[SqliteSession]:
        """A transaction that holds the store's lock; committed at the end."""
        session = self.begin()
        try:
            with refusing("be written"):
                yield session
            self.commit()
        except BaseException:
            self.rollback()
            raise

    def schema_faults(self) -> Iterator[tuple[str, str, str]]:
        """Objects of the file that are not what this release's migrations make."""
        wanted = _schema()
        with self.reading() as session:
            found = {(kind, name): sql for kind, name, sql in session.all("SELECT type, name, sql FROM sqlite_master")}
        for (kind, name), sql in wanted.items():
            if (kind, name) not in found:
                yield name, kind, f"the {kind} {name} is gone"
            elif found[kind, name] != sql:
                yield name, kind, f"the {kind} {name} is not this release's"
        for kind, name in sorted(found.keys() - wanted.keys()):
            yield name, kind, f"the {kind} {name} is not this release's"
        with self.reading() as session:
            for (said,) in session.all("PRAGMA integrity_check"):
                if said != "ok":
                    yield self.path.name, "integrity", f"the file is not whole: {said}"

    def close(self) -> None:
        """Give every connection back; the last one out folds the write-ahead log into the file."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        self._writer.close()


_MAGIC = b"SQLite format 3\0"
_OURS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name IN ('disclosure', 'subject_key')"
_NAMED = "name the file that `trialkit init` made"


def recognise(path: Path) -> None:
    """Raise StoreRefused where there is nothing at `path`, or a file of another kind."""
    if not path.exists():
        raise StoreRefused(f"there is nothing at {path}", f"{_NAMED}, or make a store with it")
    if not path.is_file():
        raise StoreRefused(f"{path} is no trialkit store, but a folder", _NAMED)
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise StoreRefused(f"{path} cannot be read: {error.strerror}", "open it as who may read it") from error
    if magic != _MAGIC:
        raise StoreRefused(f"{path} is no trialkit store", _NAMED)


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Say what a failing database means for the person who works with it."""
    try:
        yield
    except driver().Error as error:
        if str(error).startswith(("no such", "file is not a database", "database disk image is malformed")):
            raise StoreRefused(
                f"the store could not {what}: a part of it is missing or damaged ({error})",
                "`trialkit verify` tells what agrees; bring back the newest backup",
            ) from error
        raise StoreRefused(
            f"the store could not {what} ({error}): nothing of this act was written, "
            "and every save that was acknowledged is there",
            "make room on the disk or end what holds the file, then try again",
        ) from error


def make(path: Path) -> None:
    """Make an empty store file. Raises StoreRefused where something already stands."""
    if path.exists():
        raise StoreRefused(f"{path} already exists", "a store is never made over another file; name a new one")
    if not path.parent.is_dir():
        raise StoreRefused(f"there is no folder {path.parent}", "make it first")
    mode, _ = journal(driver().sqlite_version_info)
    engine = create_engine(
        "sqlite://", module=driver(), creator=lambda: driver().connect(str(path)), poolclass=NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA page_size=4096")
        connection.exec_driver_sql(f"PRAGMA journal_mode={mode}")
        connection.commit()
        with connection.begin():
            migrations.upgrade(connection)
    engine.dispose()
    path.chmod(0o600)


@cache
def _schema() -> dict[tuple[str, str], str | None]:
    """What the migrations make, from an empty database in memory."""
    raw = driver().connect(":memory:")
    engine = create_engine("sqlite://", module=driver(), creator=lambda: raw, poolclass=NullPool)
    with engine.connect() as connection, connection.begin():
        migrations.upgrade(connection)
        rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master")
        return {(kind, name): sql for kind, name, sql in rows}
