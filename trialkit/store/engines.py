"""From a URL to its engine: a path or `sqlite:///` is a file, `postgresql://` a schema of a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from trialkit.errors import StoreRefused
from trialkit.store import sqlite
from trialkit.store.append_sqlite import SqliteWriter
from trialkit.store.append_state import Writer
from trialkit.store.session import Engine

# the disk is at fault, not the store: a backup put over it would lose what was acknowledged
_NO_ROOM = ("SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN")


def _file(url: str) -> Path | None:
    """The file a URL names, None when it names a server."""
    scheme, colon, rest = url.partition("://")
    if not colon:
        return Path(url)
    if scheme == "sqlite":
        if not rest.startswith("/") or rest == "/":
            raise StoreRefused(f"{url} names no file", "write sqlite:///folder/file, or just the path")
        return Path(rest[1:])
    if scheme in ("postgresql", "postgres"):
        return None
    raise StoreRefused(f"{scheme} is no database this software uses", "a path, sqlite:/// or postgresql://")


def vacant(url: str) -> Callable[[], None]:
    """What removes the store that is made here from now on. Raises StoreRefused where one stands or none can be."""
    path = _file(url)
    if path is not None:
        if path.exists():
            raise StoreRefused(f"{path} already exists", "a store is never made over another file; name a new one")
        if not path.parent.is_dir():
            raise StoreRefused(f"there is no folder {path.parent}", "make it first")
        return partial(_remove, path)
    from trialkit.store import postgres

    return postgres.vacant(url)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def make(url: str) -> None:
    """Make an empty store. Raises StoreRefused where one already stands, or when the database will not have it."""
    path = _file(url)
    try:
        if path is not None:
            sqlite.make(path)
            return
        from trialkit.store import postgres

        postgres.make(url)
    except StoreRefused as refused:
        refused.facts["made"] = False  # what stands there is another's: whoever clears up must leave it
        raise
    except (SQLAlchemyError, OSError) as error:
        said = str(error).strip().split("\n")[0]
        raise StoreRefused(
            f"the store could not be made: {said}", "make room, or mend the database, and init again"
        ) from error


def recognise(url: str) -> None:
    """Raise StoreRefused where a URL names a file that is not there, or of another kind."""
    path = _file(url)
    if path is not None:
        sqlite.recognise(path)


def connect(url: str) -> tuple[Engine, Callable[[], Writer]]:
    """The engine of a store, and what makes its transactions. Raises StoreRefused when it is unsafe or not there."""
    path = _file(url)
    if path is not None:
        try:
            engine = sqlite.SqliteEngine(path)
        except StoreRefused as refused:
            why = refused.__cause__
            if str(getattr(why, "sqlite_errorname", "")).startswith(_NO_ROOM):
                raise StoreRefused(
                    f"{path} cannot be read or written now: {why}",
                    "make room on the disk and look to its rights; nothing that was acknowledged is lost",
                ) from why
            raise
        return engine, partial(SqliteWriter, engine)
    from trialkit.store import postgres
    from trialkit.store.append_postgres import PostgresWriter

    server = postgres.PostgresEngine(url)
    return server, partial(PostgresWriter, server)
