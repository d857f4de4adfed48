"""From a URL to its engine: a path or `sqlite:///` is a file, `postgresql://` a schema of a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from trialkit.errors import StoreRefused
from trialkit.store import sqlite
from trialkit.store.append_sqlite import SqliteWriter
from trialkit.store.append_state import Writer
from trialkit.store.session import Engine


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


def make(url: str) -> None:
    """Make an empty store. Raises StoreRefused where one already stands."""
    path = _file(url)
    if path is not None:
        sqlite.make(path)
        return
    from trialkit.store import postgres

    postgres.make(url)


def connect(url: str) -> tuple[Engine, Callable[[], Writer]]:
    """The engine of a store, and what makes its transactions. Raises StoreRefused when it is unsafe or not there."""
    path = _file(url)
    if path is not None:
        engine = sqlite.SqliteEngine(path)
        return engine, partial(SqliteWriter, engine)
    from trialkit.store import postgres
    from trialkit.store.append_postgres import PostgresWriter

    server = postgres.PostgresEngine(url)
    return server, partial(PostgresWriter, server)
