"""Queries as a board lists them: where, what about, since when. A query whose words are out of sight is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trialkit.ledger.entry import Actor, Place
from trialkit.ledger.header import parse
from trialkit.store.fold import Row
from trialkit.store.record import Record
from trialkit.store.session import Session
from trialkit.store.sight import Sight
from trialkit.store.tables import COLUMNS

MOST = 5_000
"""Queries of one look, at most: the oldest."""
CANCELLED = "@cancelled"
"""What a query says of itself that was taken back: closed, and nothing was settled by it."""


def state_of(query: Record) -> str:
    """OPEN, ANSWERED, CLOSED, or CANCELLED: closed because the question was taken back."""
    return "CANCELLED" if query.values.get(CANCELLED) == "Y" else query.status


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with the moments (UTC) when it was first asked and last moved, and the number of its first entry.

    `asker` is the person who asked, None for a check.
    """

    query: Record
    opened_at: str
    opened: int
    moved_at: str
    asker: Actor | None = None

    @property
    def state(self) -> str:
        """OPEN, ANSWERED, CLOSED or CANCELLED."""
        return state_of(self.query)

    @property
    def check(self) -> str:
        """The check that raised it; MANUAL for a person's."""
        return str(self.query.values.get("check", ""))

    @property
    def item(self) -> str:
        """The path of the item asked about; `-` for the whole form."""
        return str(self.query.values.get("item", "-"))

    @property
    def severity(self) -> str:
        """`hard`, `query` or `alert`."""
        return str(self.query.values.get("severity", ""))

    @property
    def text(self) -> str:
        """What is asked."""
        return str(self.query.values.get("text", ""))

    @property
    def place(self) -> Place:
        """The form asked about."""
        return self.query.place


def asked(
    session: Session, sight: Sight, record: Callable[[Session, Row], Record], **equal: str | None
) -> Iterator[Asked]:
    """The queries that fit, oldest first; `equal` names columns of the projection (site, subject, form, status)."""
    wanted = {column: value for column, value in equal.items() if value is not None}
    where = "".join(f" AND q.{column} = ?" for column in wanted)
    columns = ", ".join(f"q.{column}" for column in COLUMNS)
    # the sign before o.seq keeps the planner from walking the whole ledger in its order: queries are the few
    sql = (
        f"SELECT o.at, o.seq, o.header, m.at, {columns} FROM query q "
        f"JOIN entry o ON o.stream = q.stream AND o.stream_no = 1 "
        f"JOIN entry m ON m.seq = q.seq WHERE 1 = 1{where} ORDER BY +o.seq LIMIT {MOST}"
    )
    for opened_at, opened, header, moved_at, *rest in session.all(sql, *wanted.values()):
        row = Row.of(rest)
        if not sight.reaches(row.stream, row.place):
            continue
        found = record(session, row)
        if "text" in found.values:
            by = parse(bytes(header)).actor if found.values.get("check") == "MANUAL" else None
            yield Asked(found, opened_at, opened, moved_at, by)
