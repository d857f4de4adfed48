"""One commit on SQLite: lock, look, insert, commit, through prepared statements of the driver."""

from __future__ import annotations

from collections.abc import Sequence

from trialkit.ledger.entry import Receipt
from trialkit.ledger.leaf import leaf
from trialkit.store.append_rows import INSERT_DISCLOSURE, INSERT_ENTRY, INSERT_KEY, MOVES, UPDATE, UPSERT
from trialkit.store.append_state import After, Earlier, Output, State, Wanted
from trialkit.store.fold import Row, table_of
from trialkit.store.session import one
from trialkit.store.sqlite import SqliteEngine, SqliteSession, refusing
from trialkit.store.tables import COLUMNS, PROJECTIONS

_ROW = {table: f"SELECT {', '.join(COLUMNS)} FROM {table} WHERE stream = ?" for table in PROJECTIONS}


class SqliteWriter:
    """A transaction of the file, from `begin` to `finish` or `abort`."""

    def __init__(self, engine: SqliteEngine) -> None:
        self._engine = engine
        self._session: SqliteSession
        self._open = False
        self._stood: dict[str, Row] = {}

    def begin(self, wanted: Wanted) -> State:
        """Take the file's lock and read what is wanted."""
        self._session = session = self._engine.begin()
        self._open = True
        with refusing("be read"):
            last = one(session, "SELECT seq, at FROM entry ORDER BY seq DESC LIMIT 1")
            state = State(last[0] + 1 if last else 0, last[1] if last else None, {}, {}, {}, {}, {})
            for stream in wanted.streams:
                found = one(
                    session, "SELECT stream_no FROM entry WHERE stream = ? ORDER BY stream_no DESC LIMIT 1", stream
                )
                if found:
                    state.streams[stream] = found[0]
                table = table_of(stream)
                if table and found:
                    columns = one(session, _ROW[table], stream)
                    if columns:
                        state.rows[stream] = Row.of(columns)
            for subject in wanted.subjects:
                found = one(
                    session, "SELECT subject_no FROM entry WHERE subject = ? ORDER BY subject_no DESC LIMIT 1", subject
                )
                if found:
                    state.subjects[subject] = found[0]
            for request in wanted.requests:
                found = one(
                    session,
                    "SELECT seq, at, header, digests, stream, stream_no, act FROM entry WHERE request = ?",
                    request,
                )
                if found:
                    seq, at, header, digests, stream, version, act = found
                    receipt = Receipt(seq, at, leaf(header, digests), stream, version)
                    state.requests[request] = Earlier(receipt, act)
            for subject in wanted.keys:
                found = one(session, "SELECT wrapped FROM subject_key WHERE subject = ?", subject)
                if found:
                    state.keys[subject] = found[0]
        self._stood = dict(state.rows)
        return state

    def lines(self, seq: int) -> bytes | None:
        """The disclosed lines of an entry."""
        found = one(self._session, "SELECT lines FROM disclosure WHERE seq = ?", seq)
        return found[0] if found else None

    def leaf(self, seq: int) -> bytes | None:
        """The leaf of a stored entry."""
        found = one(self._session, "SELECT header, digests FROM entry WHERE seq = ?", seq)
        return leaf(*found) if found else None

    def erased(self, subject: str) -> bool:
        """Whether the subject's key was destroyed."""
        return bool(
            one(self._session, "SELECT 1 FROM entry WHERE subject = ? AND act = 'subject.erase' LIMIT 1", subject)
        )

    def finish(self, output: Output, after: Sequence[After]) -> None:
        """Write and commit."""
        session = self._session
        with refusing("be written"):
            session.many(INSERT_ENTRY, output.entries)
            session.many(INSERT_DISCLOSURE, output.disclosures)
            for stream, row in output.rows.items():
                table = table_of(stream)
                assert table is not None
                stood, columns = self._stood.get(stream), row.columns
                if stood is not None and stood.place == row.place:
                    session.run(UPDATE[table], *columns[-len(MOVES) :], stream)
                else:
                    session.run(UPSERT[table], *columns)
            if output.keys:
                session.many(INSERT_KEY, output.keys)
            for work in after:
                work(session)
        self._engine.commit()
        self._open = False

    def abort(self) -> None:
        """Give up; what was begun is rolled back. Harmless after `finish`."""
        if self._open:
            self._open = False
            self._engine.rollback()
