"""The second pass of verification: streams in order, folded, and compared with the projections column by column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from trialkit.errors import Broken, KeysMissing
from trialkit.ledger.commitment import SALT, Unseal, aad, parse_change
from trialkit.ledger.entry import Place
from trialkit.store.fold import REDACTED, SHREDDED, Row, fold, pointer, table_of
from trialkit.store.past import redactions
from trialkit.store.session import Session
from trialkit.store.tables import COLUMNS, PROJECTIONS
from trialkit.store.verify_entries import broken

_ALL = (
    "SELECT e.stream, e.stream_no, e.seq, e.header, d.lines FROM entry e JOIN disclosure d ON d.seq = e.seq "
    "ORDER BY e.stream, e.stream_no"
)
_UNKNOWN = object()


def check_streams(session: Session, unseal: Unseal, size: int, placed: int) -> dict[str, int]:
    """Check versions, subject numbers, old values and projections; gives how many rows of each projection agreed.

    `size` entries, `placed` of them at a subject, were seen in order: an index that leads to fewer hides some.
    """
    standing = _Standing(session)
    folded: _Folded | None = None
    stream = ""
    seen = 0
    for name, number, seq, header, lines in session.each(_ALL):
        seen += 1
        if name != stream:
            if folded is not None:
                standing.meets(folded.row)
            folded = _Folded(session, unseal, name) if table_of(name) else None
            stream, wanted = name, 0
        wanted += 1
        if number != wanted:
            raise broken("entry", seq, "stream_no", f"version {wanted} of {stream} is gone: {number} follows")
        if folded is not None:
            folded.take(seq, header, lines)
    if folded is not None:
        standing.meets(folded.row)
    standing.end()
    if seen != size:
        raise broken("entry", "entry_stream", "index", f"the index leads to {seen} of {size} entries")
    subject, wanted, seen = "", 0, 0
    for name, number, seq in session.each(
        "SELECT subject, subject_no, seq FROM entry WHERE subject IS NOT NULL ORDER BY subject, subject_no"
    ):
        seen += 1
        wanted = wanted + 1 if name == subject else 1
        subject = name
        if number != wanted:
            raise broken("entry", seq, "subject_no", f"number {wanted} of subject {subject} is gone: {number} follows")
    if seen != placed:
        raise broken("entry", "entry_subject", "index", f"the index leads to {seen} of {placed} entries at subjects")
    return standing.counts


class _Folded:
    """One stream as it grows, with what the seals on it hold where a key opens them."""

    def __init__(self, session: Session, unseal: Unseal, stream: str) -> None:
        self._session = session
        self._unseal = unseal
        self._stream = stream
        self._opened: dict[str, Any] = {}
        self._redacted: dict[str, int] = {}  # item -> the entry that redacted what stands
        self._erased: bool | None = None
        self.row: Row

    def take(self, seq: int, header: bytes, lines: bytes) -> None:
        """One more entry of the stream."""
        said = orjson.loads(header)
        place = said.get("place") or {}
        row: Row | None = getattr(self, "row", None)
        doc = row.doc if row else {}
        if not lines:
            changes: list[Any] = []
        elif b'{"c":' in lines or b"\n\n" in lines or lines[:1] == b"\n" or lines[-1:] == b"\n":
            changes = [orjson.loads(line) if line else None for line in lines.split(b"\n")]
        else:
            changes = orjson.loads(b"[" + lines.replace(b"\n", b",") + b"]")
        news: Iterable[tuple[str, Any]]
        if row is None and changes and lines.count(b'"o":null') == len(changes) and b'"n":null' not in lines:
            news = {change["i"]: change["n"] for change in changes}.items()  # a first entry: by far the most changes
        else:
            news = self._compared(seq, changes, doc, place.get("subject", ""))
        self.row = fold(row, self._stream, seq, _place(place), said["study"], news)

    def _compared(self, seq: int, changes: list[Any], doc: dict[str, Any], subject: str) -> list[tuple[str, Any]]:
        """What the changes make of the document, each compared with what stood."""
        news: list[tuple[str, Any]] = []
        for n, change in enumerate(changes):
            if change is None or "x" in change or self._redacted or self._opened:
                new = self._unusual(seq, n, change, doc, subject)
                if new is not None:
                    news.append(new)
                continue
            item, old = change["i"], change["o"]
            if doc.get(item) != old:
                raise _not_what_stood(seq, n, item)
            news.append((item, change["n"]))
        return news

    def _unusual(self, seq: int, n: int, change: Any, doc: dict[str, Any], subject: str) -> tuple[str, Any] | None:
        """A change that is sealed or redacted, or that follows one."""
        if change is None:
            item, by = redactions(self._session, seq).get(n, ("", 0))
            if not item:
                return None
            self._redacted[item] = by
            self._opened.pop(item, None)
            return item, REDACTED
        item = change["i"]
        before = self._redacted.get(item)
        if "x" not in change:
            stands = doc.get(item)
            if before is not None and seq < before:
                stands = change["o"]
            if stands != change["o"]:
                raise _not_what_stood(seq, n, item)
            self._redacted.pop(item, None)
            return item, change["n"]
        stands = self._opened.get(item, doc.get(item))
        try:
            said = parse_change(self._unseal(change, aad(seq, n))[SALT:])
        except KeysMissing:
            self._opened[item] = _UNKNOWN
            gone = change["c"] == "identifier" and self._is_erased(subject)
        else:
            if stands is not _UNKNOWN and said.old != stands and not (before is not None and seq < before):
                raise _not_what_stood(seq, n, item)
            self._opened[item] = said.new
            gone = False
        self._redacted.pop(item, None)
        cleared = change.get("z") == 1
        if cleared or gone:
            self._opened.pop(item, None)
        if cleared:
            return item, None
        return item, SHREDDED if gone else pointer(seq, n, change["c"])

    def _is_erased(self, subject: str) -> bool:
        if self._erased is None:
            self._erased = bool(
                self._session.all("SELECT 1 FROM entry WHERE subject = ? AND act = 'subject.erase' LIMIT 1", subject)
            )
        return self._erased


class _Standing:
    """The projections, read in stream order beside the ledger."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._table = ""
        self._rows: Iterator[tuple[Any, ...]] = iter(())
        self.counts = dict.fromkeys(PROJECTIONS, 0)
        self._done: set[str] = set()

    def meets(self, row: Row) -> None:
        """Compare a folded row with the one that stands."""
        table = table_of(row.stream)
        assert table is not None
        if table != self._table:
            self._leave()
            self._table = table
            self._rows = self._session.each(f"SELECT {', '.join(COLUMNS)} FROM {table} ORDER BY stream")
        stands = next(self._rows, None)
        wanted = row.columns
        if stands == wanted:
            self.counts[table] += 1
            return
        if stands is None or stands[0] > row.stream:
            raise broken(table, row.stream, "stream", "the row is gone", "trialkit rebuild makes the projections anew")
        if stands[0] < row.stream:
            raise self._extra(table, stands[0])
        for name, found, right in zip(COLUMNS, stands, wanted, strict=True):
            if found != right:
                raise _column(table, row, name, found, right)

    def end(self) -> None:
        """No row may be left that no entry made."""
        self._leave()
        for table in PROJECTIONS:
            if table not in self._done:
                for (stream,) in self._session.all(f"SELECT stream FROM {table} ORDER BY stream LIMIT 1"):
                    raise self._extra(table, stream)

    def _leave(self) -> None:
        for stands in self._rows:
            raise self._extra(self._table, stands[0])
        self._done.add(self._table)

    def _extra(self, table: str, stream: str) -> Broken:
        return broken(table, stream, "stream", "no entry made this row", "trialkit rebuild makes the projections anew")


def _column(table: str, row: Row, name: str, found: Any, right: Any) -> Broken:
    if name == "doc":
        try:
            stored = orjson.loads(found)
            items = sorted(stored.keys() | row.doc.keys())
            item = next(item for item in items if stored.get(item) != row.doc.get(item))
            found, right, name = stored.get(item), row.doc.get(item), f"doc.{item}"
        except (ValueError, AttributeError, StopIteration):
            found, right = "another text", "the folded one"
    return broken(
        table,
        row.stream,
        name,
        f"{found!r} stands, the ledger says {right!r}",
        "trialkit rebuild makes the projections anew",
    )


def _not_what_stood(seq: int, n: int, item: str) -> Broken:
    return broken("disclosure", seq, f"lines[{n}]", f"the old value of {item} is not what stood before")


def _place(said: dict[str, Any]) -> Place:
    return Place(
        said.get("site", ""), said.get("subject", ""), said.get("event", ""), said.get("event_repeat", 1),
        said.get("form", ""), said.get("form_repeat", 1),
    )  # fmt: skip
