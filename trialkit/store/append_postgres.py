"""One commit on PostgreSQL in two round trips: lock and look, then insert and commit, each sent at once.

The lock is the last thing taken before the numbers are given: everything else was made ready without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice, zip_longest
from typing import Any, TypeAlias, TypeVar

import psycopg

from trialkit.ledger.entry import Receipt
from trialkit.ledger.leaf import leaf
from trialkit.store.append_rows import ENTRY, UPSERT
from trialkit.store.append_state import After, Earlier, Output, State, Unanswered, Wanted
from trialkit.store.fold import Row, table_of
from trialkit.store.postgres import PostgresEngine, PostgresSession, refusing
from trialkit.store.postgres_together import together
from trialkit.store.tables import COLUMNS

_TYPES = {
    **dict.fromkeys(("seq", "subject_no", "stream_no", "target", "version"), "bigint"),
    **dict.fromkeys(("event_repeat", "form_repeat"), "integer"),
    **dict.fromkeys(("header", "digests", "tag", "salts", "lines", "wrapped"), "bytea"),
}
_DISCLOSURE = ("seq", "salts", "lines")
_KEY = ("subject", "wrapped")
MOST = 32  # rows in one statement
T = TypeVar("T")
Asked: TypeAlias = tuple[str, Sequence[object]]
_RECEIPT = "request, seq, at, header, digests, stream, stream_no, act"


def _list(count: int, start: int = 1) -> str:
    return ", ".join(f"${n}::text" for n in range(start, start + count))


@lru_cache(maxsize=256)
def _heads(streams: int, subjects: int) -> str:
    """The last entry, and the last numbers of so many streams and subjects."""
    parts = [
        "SELECT 0, NULL, seq, at FROM (SELECT seq, at FROM entry ORDER BY seq DESC LIMIT 1) last",
        *(
            f"SELECT 1, ${n}::text, "
            f"(SELECT stream_no FROM entry WHERE stream = ${n} ORDER BY stream_no DESC LIMIT 1), NULL"
            for n in range(1, streams + 1)
        ),
        *(
            f"SELECT 2, ${n}::text, "
            f"(SELECT subject_no FROM entry WHERE subject = ${n} ORDER BY subject_no DESC LIMIT 1), NULL"
            for n in range(streams + 1, streams + subjects + 1)
        ),
    ]
    return " UNION ALL ".join(parts)


@lru_cache(maxsize=256)
def _found(table: str, columns: str, key: str, count: int) -> str:
    return f"SELECT {columns} FROM {table} WHERE {key} IN ({_list(count)})"


def _insert(table: str, columns: Sequence[str], count: int, start: int) -> str:
    numbers = iter(range(start, start + count * len(columns)))
    rows = ", ".join(
        "(" + ", ".join(f"${next(numbers)}::{_TYPES.get(column, 'text')}" for column in columns) + ")"
        for _ in range(count)
    )
    upsert = UPSERT[table][UPSERT[table].index(" ON CONFLICT") :] if table in UPSERT else ""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {rows}{upsert}"


@lru_cache(maxsize=256)
def _put(entries: int, rows: tuple[tuple[str, int], ...], keys: int) -> str:
    """One statement for everything a commit writes: so many entries with disclosures, rows per projection, keys."""
    parts, start = [], 1
    for table, columns, count in (
        ("entry", ENTRY, entries),
        ("disclosure", _DISCLOSURE, entries),
        *((table, COLUMNS, count) for table, count in rows),
        ("subject_key", _KEY, keys),
    ):
        if count:
            parts.append(_insert(table, columns, count, start))
            start += count * len(columns)
    *first, last = parts
    return ("WITH " + ", ".join(f"w{n} AS ({part})" for n, part in enumerate(first)) + " " if first else "") + last


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Few at a time: statements of a few sizes are prepared once, and none has too many values."""
    return (rows[start : start + MOST] for start in range(0, len(rows), MOST))


class PostgresWriter:
    """A transaction of the schema, from `begin` to `finish` or `abort`."""

    def __init__(self, engine: PostgresEngine) -> None:
        self._engine = engine
        self._lent: Any = None

    @property
    def _raw(self) -> psycopg.Connection[Any]:
        raw: psycopg.Connection[Any] = self._lent.driver_connection
        return raw

    def begin(self, wanted: Wanted) -> State:
        """Take the schema's lock and read what is wanted, in one round trip."""
        with refusing("be read"):
            for last_try in (False, True):
                self._lent = self._engine.writers.connect()
                try:
                    return self._look(wanted)
                except psycopg.OperationalError:
                    gone = self._raw.closed
                    self.abort()
                    if last_try or not gone:  # nothing was sent that could have been written: a fresh connection may do
                        raise
        raise AssertionError

    def _look(self, wanted: Wanted) -> State:
        tables: dict[str, list[str]] = {}
        for stream in wanted.streams:
            table = table_of(stream)
            if table is not None:
                tables.setdefault(table, []).append(stream)
        heads: list[Asked] = [
            (_heads(len(streams), len(subjects)), (*streams, *subjects))
            for streams, subjects in zip_longest(
                _parts(list(wanted.streams)), _parts(list(wanted.subjects)), fillvalue=()
            )
        ]
        requests: list[Asked] = [
            (_found("entry", _RECEIPT, "request", len(some)), some) for some in _parts(list(wanted.requests))
        ]
        keys: list[Asked] = [
            (_found("subject_key", "subject, wrapped", "subject", len(some)), some)
            for some in _parts(list(wanted.keys))
        ]
        rows: list[Asked] = [
            (_found(table, ", ".join(COLUMNS), "stream", len(some)), some)
            for table, streams in tables.items()
            for some in _parts(streams)
        ]
        lock: Asked = ("SELECT pg_advisory_xact_lock($1)", (self._engine.lock_key,))
        found = iter(together(self._raw, [("BEGIN", ()), lock, *heads, *requests, *keys, *rows])[2:])
        state = State(0, None, {}, {}, {}, {}, {})

        def of(asked: list[Asked]) -> Iterator[Any]:
            return chain.from_iterable(islice(found, len(asked)))

        for what, name, number, at in of(heads):
            if what == 0:
                state.size, state.at = number + 1, at
            elif number is not None:
                (state.streams if what == 1 else state.subjects)[name] = number
        for name, seq, at, header, digests, stream, version, act in of(requests):
            state.requests[name] = Earlier(Receipt(seq, at, leaf(header, digests), stream, version), act)
        for subject, wrapped in of(keys):
            state.keys[subject] = wrapped
        for columns in of(rows):
            state.rows[columns[0]] = Row.of(columns)
        return state

    def lines(self, seq: int) -> bytes | None:
        """The disclosed lines of an entry."""
        found = self._session.all("SELECT lines FROM disclosure WHERE seq = ?", seq)
        return found[0][0] if found else None

    def leaf(self, seq: int) -> bytes | None:
        """The leaf of a stored entry."""
        found = self._session.all("SELECT header, digests FROM entry WHERE seq = ?", seq)
        return leaf(*found[0]) if found else None

    def erased(self, subject: str) -> bool:
        """Whether the subject's key was destroyed."""
        return bool(
            self._session.all("SELECT 1 FROM entry WHERE subject = ? AND act = 'subject.erase' LIMIT 1", subject)
        )

    @property
    def _session(self) -> PostgresSession:
        return PostgresSession(self._raw, True)

    def finish(self, output: Output, after: Sequence[After]) -> None:
        """Write and commit in one round trip. Raises Unanswered when the connection broke."""
        raw = self._raw
        try:
            with refusing("be written"):
                together(raw, [*self._put(output), *(() if after else (("COMMIT", ()),))])
                if after:
                    for work in after:
                        work(self._session)
                    together(raw, [("COMMIT", ())])
        except BaseException as error:
            if raw.closed:
                raise Unanswered from error
            raise
        self._give_back()

    def _put(self, output: Output) -> Iterator[Asked]:
        tables: dict[str, list[tuple[object, ...]]] = {}
        for stream, row in output.rows.items():
            tables.setdefault(table_of(stream) or "", []).append(row.columns)

        def put(entries: Any, disclosures: Any, tables: dict[str, Any], keys: Any) -> Asked:
            statement = _put(len(entries), tuple((table, len(rows)) for table, rows in tables.items()), len(keys))
            written = chain(entries, disclosures, *tables.values(), keys)
            return statement, list(chain.from_iterable(written))

        if max(len(output.entries), len(output.rows), len(output.keys)) <= MOST:
            yield put(output.entries, output.disclosures, tables, output.keys)
            return
        for entries, disclosures in zip(_parts(output.entries), _parts(output.disclosures), strict=True):
            yield put(entries, disclosures, {}, ())
        for table, rows in tables.items():
            for some in _parts(rows):
                yield put((), (), {table: some}, ())
        for keys in _parts(output.keys):
            yield put((), (), {}, keys)

    def abort(self) -> None:
        """Give up; what was begun is rolled back. Harmless after `finish`."""
        if self._lent is None:
            return
        raw = self._raw
        if not raw.closed:
            try:
                together(raw, [("ROLLBACK", ())])
            except psycopg.Error:
                raw.close()
        self._give_back()

    def _give_back(self) -> None:
        lent, self._lent = self._lent, None
        if lent.driver_connection.closed:
            lent.invalidate()
        lent.close()
