"""What stood at a moment, folded from the ledger alone: for readers of the past, for rebuilding, for verification."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from trialkit.ledger.header import parse
from trialkit.store.fold import REDACTED, SHREDDED, Row, fold, pointer, table_of
from trialkit.store.session import Session

SELECT = (
    "SELECT e.stream, e.stream_no, e.seq, e.header, d.lines "
    "FROM entry e JOIN disclosure d ON d.seq = e.seq WHERE {} ORDER BY e.stream, e.stream_no"
)


def redactions(session: Session, seq: int, before: int | None = None) -> dict[int, tuple[str, int]]:
    """Item name and redaction entry of each redacted change of an entry."""
    found: dict[int, tuple[str, int]] = {}
    for by, header, lines in session.all(
        "SELECT e.seq, e.header, d.lines FROM entry e JOIN disclosure d ON d.seq = e.seq "
        "WHERE e.target = ? AND e.act = 'disclosure.redact' ORDER BY e.seq",
        seq,
    ):
        target = parse(header).target
        said = [_line(line) for line in lines.split(b"\n")]
        names: Any = next((change["n"] for change in said if change.get("i") == "@redacted"), [])
        if target is not None and target[0] == seq and isinstance(names, list):
            for n, name in zip(target[1], names, strict=False):
                found.setdefault(n, (name, by))
    return found


def _line(line: bytes) -> dict[str, Any]:
    said = orjson.loads(line) if line else {}
    return said if isinstance(said, dict) else {}


def news_of(
    session: Session, seq: int, subject: str, lines: bytes, erased: Callable[[str], bool]
) -> Iterator[tuple[str, Any]]:
    """Items and their new values of one entry; of a shredded identifier the item stays, erased."""
    taken: dict[int, tuple[str, int]] | None = None
    for n, line in enumerate(lines.split(b"\n") if lines else ()):
        if not line:
            taken = redactions(session, seq) if taken is None else taken
            if n in taken:
                yield taken[n][0], REDACTED
            continue
        said = orjson.loads(line)
        if "x" not in said:
            yield said["i"], said["n"]
        elif said["c"] == "identifier" and erased(subject):
            yield said["i"], None if said.get("z") else SHREDDED
        else:
            yield said["i"], None if said.get("z") else pointer(seq, n, said["c"])


def rows(session: Session, condition: str, *values: object) -> Iterator[Row]:
    """The row of each stream with a projection that the condition (over `e`) selects, folded in order."""
    shredded: dict[str, bool] = {}

    def erased(subject: str) -> bool:
        if subject not in shredded:
            shredded[subject] = bool(
                session.all("SELECT 1 FROM entry WHERE subject = ? AND act = 'subject.erase' LIMIT 1", subject)
            )
        return shredded[subject]

    row: Row | None = None
    for stream, _, seq, header, lines in session.each(SELECT.format(condition), *values):
        if table_of(stream) is None:
            continue
        if row is not None and row.stream != stream:
            yield row
            row = None
        said = parse(header)
        row = fold(row, stream, seq, said.place, said.study, news_of(session, seq, said.place.subject, lines, erased))
    if row is not None:
        yield row


def stream_row(session: Session, stream: str, size: int | None = None) -> Row | None:
    """One stream as it stood after the first `size` entries (None: all)."""
    if size is None:
        return next(rows(session, "e.stream = ?", stream), None)
    return next(rows(session, "e.stream = ? AND e.seq < ?", stream, size), None)
