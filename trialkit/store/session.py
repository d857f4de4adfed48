"""What the rest of the store asks of a database connection, the same for both engines. SQL is written with `?`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

Rows: TypeAlias = list[tuple[Any, ...]]


class Session(Protocol):
    """One connection in use."""

    def all(self, sql: str, *values: object) -> Rows:
        """Every row."""
        ...

    def each(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Row by row, in memory that does not grow."""
        ...

    def run(self, sql: str, *values: object) -> None:
        """A statement without rows."""
        ...

    def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """A statement for each of many rows."""
        ...


class Engine(Protocol):
    """A database that stores live in. `name` is `sqlite` or `postgresql`; `found` says what opening it revealed."""

    name: str
    url: str
    found: tuple[str, ...]

    def reading(self, snapshot: bool = False) -> AbstractContextManager[Session]:
        """A connection for reading; with `snapshot` everything read in it is of one moment."""
        ...

    def writing(self) -> AbstractContextManager[Session]:
        """The connection for writing, in a transaction that holds the store's lock; committed at the end."""
        ...

    def schema_faults(self) -> Iterator[tuple[str, str, str]]:
        """Where the database's own guards differ from this release's: (object, what, sentence)."""
        ...

    def close(self) -> None:
        """Give every connection back."""
        ...


def one(session: Session, sql: str, *values: object) -> tuple[Any, ...] | None:
    """The first row, or None."""
    rows = session.all(sql, *values)
    return rows[0] if rows else None
