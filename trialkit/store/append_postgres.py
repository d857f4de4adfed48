"""One commit on PostgreSQL in two round trips: lock and look, then insert and commit, each in pipeline mode.

The lock is the last thing taken before the numbers are given: everything else was made ready without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from trialkit.ledger.entry import Receipt
from trialkit.ledger.leaf import leaf
from trialkit.store.append_rows import ENTRY, INSERT_KEY, UPSERT
from trialkit.store.append_state import After, Output, State, Unanswered, Wanted
from trialkit.store.fold import Row, table_of
from trialkit.store.postgres import PostgresEngine, PostgresSession, refusing, translated
from trialkit.store.tables import COLUMNS

_HEADS = """
SELECT 0, NULL, seq, at FROM (SELECT seq, at FROM entry ORDER BY seq DESC LIMIT 1) last
UNION ALL
SELECT 1, s, (SELECT stream_no FROM entry WHERE stream = s ORDER BY stream_no DESC LIMIT 1), NULL
FROM unnest($1::text[]) s
UNION ALL
SELECT 2, s, (SELECT subject_no FROM entry WHERE subject = s ORDER BY subject_no DESC LIMIT 1), NULL
FROM unnest($2::text[]) s
"""
_REQUESTS = "SELECT request, seq, at, header, digests, stream, stream_no FROM entry WHERE request = ANY($1::text[])"
_KEYS = "SELECT subject, wrapped FROM subject_key WHERE subject = ANY($1::text[])"
_TYPES = {
    **dict.fromkeys(("seq", "subject_no", "stream_no", "target", "version"), "bigint"),
    **dict.fromkeys(("event_repeat", "form_repeat"), "integer"),
    **dict.fromkeys(("header", "digests", "tag"), "bytea"),
}


def _unnested(table: str, columns: Sequence[str]) -> str:
    arrays = ", ".join(f"${n}::{_TYPES.get(column, 'text')}[]" for n, column in enumerate(columns, start=1))
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"


_ENTRIES = _unnested("entry", ENTRY)
_DISCLOSURES = "INSERT INTO disclosure (seq, salts, lines) SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[])"
_ROWS = {table: _unnested(table, COLUMNS) + text[text.index(" ON CONFLICT") :] for table, text in UPSERT.items()}
_FOUND = {table: f"SELECT {', '.join(COLUMNS)} FROM {table} WHERE stream = ANY($1::text[])" for table in UPSERT}


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
        raw = self._raw

        def ask(statement: str, *values: object) -> Any:
            return raw.cursor().execute(statement, values, binary=True)

        with raw.pipeline():
            ask("BEGIN")
            ask("SELECT pg_advisory_xact_lock($1)", self._engine.lock_key)
            heads = ask(_HEADS, list(wanted.streams), list(wanted.subjects))
            requests = ask(_REQUESTS, list(wanted.requests)) if wanted.requests else None
            keys = ask(_KEYS, list(wanted.keys)) if wanted.keys else None
            rows = [ask(_FOUND[table], streams) for table, streams in tables.items()]
        state = State(0, None, {}, {}, {}, {}, {})
        for what, name, number, at in heads:
            if what == 0:
                state.size, state.at = number + 1, at
            elif number is not None:
                (state.streams if what == 1 else state.subjects)[name] = number
        for name, seq, at, header, digests, stream, version in requests or ():
            state.requests[name] = Receipt(seq, at, leaf(header, digests), stream, version)
        for subject, wrapped in keys or ():
            state.keys[subject] = wrapped
        for found in rows:
            for columns in found:
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
                with raw.pipeline():
                    self._put(raw, output)
                    if not after:
                        raw.cursor().execute("COMMIT")
                if after:
                    for work in after:
                        work(self._session)
                    raw.execute("COMMIT")
        except BaseException as error:
            if raw.closed:
                raise Unanswered from error
            raise
        self._give_back()

    def _put(self, raw: psycopg.Connection[Any], output: Output) -> None:
        raw.cursor().execute(_ENTRIES, [list(column) for column in zip(*output.entries, strict=True)])
        raw.cursor().execute(_DISCLOSURES, [list(column) for column in zip(*output.disclosures, strict=True)])
        tables: dict[str, list[tuple[object, ...]]] = {}
        for stream, row in output.rows.items():
            tables.setdefault(table_of(stream) or "", []).append(row.columns)
        for table, rows in tables.items():
            raw.cursor().execute(_ROWS[table], [list(column) for column in zip(*rows, strict=True)])
        for key in output.keys:
            raw.cursor().execute(translated(INSERT_KEY), key)

    def abort(self) -> None:
        """Give up; what was begun is rolled back. Harmless after `finish`."""
        if self._lent is None:
            return
        raw = self._raw
        if not raw.closed:
            try:
                raw.execute("ROLLBACK")
            except psycopg.Error:
                raw.close()
        self._give_back()

    def _give_back(self) -> None:
        lent, self._lent = self._lent, None
        if lent.driver_connection.closed:
            lent.invalidate()
        lent.close()
