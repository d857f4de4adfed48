"""PostgreSQL, hardened: a schema per store, owned by a role nobody logs in as, written by a role that may only insert.

The application role gets its rights from `migrations.guards`. A login that is more than that role steps down to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql as names
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool, QueuePool

from trialkit.errors import StoreRefused
from trialkit.store import migrations, postgres_schema
from trialkit.store.migrations.guards import roles
from trialkit.store.postgres_together import together
from trialkit.store.session import Rows

SCHEMA = "trialkit"
WAIT = "15s"
_portal = count()


@lru_cache(maxsize=512)
def translated(statement: str) -> str:
    """`?` marks as PostgreSQL's `$1`, `$2`, ..."""
    parts = statement.split("?")
    return parts[0] + "".join(f"${n}{part}" for n, part in enumerate(parts[1:], start=1))


def split_url(url: str) -> tuple[str, str]:
    """The connection URL and the schema; `?schema=name` chooses one, lower-case letters, digits and `_`."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    schema = query.pop("schema", SCHEMA)
    if not schema.isascii() or not schema.isidentifier() or schema != schema.lower() or len(schema) > 40:
        raise StoreRefused(f"{schema!r} is no name of a schema", "lower-case letters, digits and _, at most 40")
    return urlunsplit(("postgresql", parts.netloc, parts.path, urlencode(query), "")), schema


class PostgresSession:
    """A connection of `PostgresEngine` in use."""

    def __init__(self, raw: psycopg.Connection[Any], in_transaction: bool) -> None:
        self.raw = raw
        self._in_transaction = in_transaction

    def all(self, sql: str, *values: object) -> Rows:
        """Every row."""
        return together(self.raw, [(translated(sql), values)])[0]

    def each(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Row by row, through a portal of the server when in a transaction."""
        if not self._in_transaction:
            yield from self.all(sql, *values)
            return
        with psycopg.RawServerCursor(self.raw, f"portal_{next(_portal)}") as portal:
            portal.itersize = 1000
            portal.execute(translated(sql), values, binary=True)
            yield from portal

    def run(self, sql: str, *values: object) -> None:
        """A statement without rows."""
        together(self.raw, [(translated(sql), values)])

    def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """A statement for each of many rows."""
        if rows:
            self.raw.cursor().executemany(translated(sql), rows)


class PostgresEngine:
    """A store in one schema."""

    name = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = url
        self._conninfo, self.schema = split_url(url)
        self.found: tuple[str, ...] = ()
        self.application = f"trialkit {self.schema}"
        self.lock_key = int.from_bytes(sha256(f"trialkit/{self.schema}".encode()).digest()[:8], "big", signed=True)
        self._readers = QueuePool(self._connect, pool_size=5, max_overflow=50, reset_on_return=None)
        self.writers = QueuePool(self._connect_writer, pool_size=2, max_overflow=10, reset_on_return=None)
        try:
            with self.reading() as session:
                postgres_schema.refuse_unsafe(session, self.schema)
        except BaseException:
            self.close()
            raise

    def _connect(self) -> Any:
        app = roles(self.schema)[1]
        hint = f"is the server up, and are {app} or its owner allowed in?"
        try:
            raw = psycopg.connect(
                self._conninfo,
                autocommit=True,
                prepare_threshold=0,
                cursor_factory=psycopg.RawCursor,
                connect_timeout=10,
                application_name=self.application,
            )
        except psycopg.Error as error:
            raise StoreRefused(f"the database refused: {_said(error)}", hint) from error
        try:
            there = raw.execute(
                "SELECT to_regclass($1) IS NOT NULL, current_user", [f'"{self.schema}".entry']
            ).fetchone()
            if there is None or not there[0]:
                raise StoreRefused(f"there is no store in schema {self.schema}", "trialkit init makes one")
            if there[1] != app:
                raw.execute(names.SQL("SET ROLE {}").format(names.Identifier(app)))
            raw.execute(
                names.SQL("SET search_path = {}; SET lock_timeout = {}").format(names.Identifier(self.schema), WAIT),
                prepare=False,
            )
        except psycopg.Error as error:
            raw.close()
            raise StoreRefused(f"the database refused: {_said(error)}", hint) from error
        except BaseException:
            raw.close()
            raise
        return raw

    def _connect_writer(self) -> Any:
        raw = self._connect()
        # look-ups by key alone: one plan for ever, and it is the index even while the tables are empty
        raw.execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off", prepare=False)
        return raw

    @contextmanager
    def reading(self, snapshot: bool = False) -> Iterator[PostgresSession]:
        """A connection for reading."""
        with refusing("be read"), _lent(self._readers) as session:
            if not snapshot:
                yield session
                return
            session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield PostgresSession(session.raw, True)
            finally:
                if not session.raw.closed:
                    session.run("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[PostgresSession]:
        """A transaction that holds the store's lock; committed at the end."""
        with refusing("be written"), _lent(self.writers) as session:
            session.run("BEGIN")
            try:
                session.all("SELECT pg_advisory_xact_lock(?)", self.lock_key)
                yield PostgresSession(session.raw, True)
                session.run("COMMIT")
            except BaseException:
                if not session.raw.closed:
                    session.run("ROLLBACK")
                raise

    def schema_faults(self) -> Iterator[tuple[str, str, str]]:
        """Guards, grants and columns that are not this release's."""
        with self.reading() as session:
            yield from postgres_schema.faults(session, self.schema)

    def close(self) -> None:
        """Give every connection back."""
        self._readers.dispose()
        self.writers.dispose()


@contextmanager
def _lent(pool: QueuePool) -> Iterator[PostgresSession]:
    lent = pool.connect()
    raw: Any = lent.driver_connection
    try:
        yield PostgresSession(raw, False)
    finally:
        if raw.closed:  # the server went away: the other connections are as dead as this one
            lent.invalidate()
            pool.dispose()
        lent.close()


def _said(error: BaseException) -> str:
    return str(error).strip().split("\n")[0]


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Say what a failing database means for the person who works with it."""
    try:
        yield
    except psycopg.Error as error:
        raise StoreRefused(
            f"the store could not {what} ({_said(error)}): nothing of this act was written, "
            "and every save that was acknowledged is there",
            "see to the database server, then try again",
        ) from error


def vacant(url: str) -> Callable[[], None]:
    """What removes the schema, and the roles that are not there yet. Raises StoreRefused where the schema stands."""
    conninfo, schema = split_url(url)
    with _login(conninfo) as raw:
        if raw.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone():
            raise StoreRefused(f"the schema {schema} already exists", "name another with ?schema=")
        there = {name for (name,) in raw.execute("SELECT rolname FROM pg_roles")}

    def remove() -> None:
        with _login(conninfo) as raw:
            raw.execute(names.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(names.Identifier(schema)))
            for role in set(roles(schema)) - there:
                raw.execute(names.SQL("DROP ROLE IF EXISTS {}").format(names.Identifier(role)))

    return remove


@contextmanager
def _login(conninfo: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        with psycopg.connect(conninfo, connect_timeout=10) as raw:
            yield raw
    except psycopg.Error as error:
        raise StoreRefused(
            f"the database refused: {_said(error)}", "is the server up, and the login allowed in?"
        ) from error


def make(url: str) -> None:
    """Make roles, schema and tables. The URL's login must be allowed to create both.

    Raises StoreRefused where a store already stands.
    """
    conninfo, schema = split_url(url)
    owner, app = roles(schema)
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo, connect_timeout=10), poolclass=NullPool
    )
    try:
        with engine.begin() as connection:
            raw: Any = connection.connection.driver_connection
            if raw.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone():
                raise StoreRefused(f"the schema {schema} already exists", "name another with ?schema=")
            for role, how in ((owner, "NOLOGIN"), (app, "LOGIN")):
                identifier = names.Identifier(role)
                if not raw.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    raw.execute(names.SQL("CREATE ROLE {} " + how + " NOINHERIT").format(identifier))
                raw.execute(names.SQL("GRANT {} TO CURRENT_USER").format(identifier))
            raw.execute(
                names.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(names.Identifier(schema), names.Identifier(owner))
            )
            raw.execute(names.SQL("SET LOCAL ROLE {}").format(names.Identifier(owner)))
            raw.execute(names.SQL("SET LOCAL search_path = {}").format(names.Identifier(schema)))
            migrations.upgrade(connection, schema)
    except (psycopg.Error, SQLAlchemyError) as error:
        raise StoreRefused(f"the database refused: {_said(error)}", "the login must be able to create roles") from error


def app_url(url: str) -> str:
    """The URL with which the application logs in as its own role."""
    conninfo, schema = split_url(url)
    parts = urlsplit(conninfo)
    host = parts.netloc.rpartition("@")[2]
    query = urlencode({**dict(parse_qsl(parts.query)), "schema": schema})
    return urlunsplit((parts.scheme, f"{roles(schema)[1]}@{host}", parts.path, query, ""))
