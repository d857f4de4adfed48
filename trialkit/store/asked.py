"""Queries as a board lists them: where, what about, since when. A query whose words are out of sight is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from trialkit.ledger.entry import Actor, Place
from trialkit.ledger.header import parse
from trialkit.store.fold import Row
from trialkit.store.record import Record
from trialkit.store.session import Session
from trialkit.store.sight import Sight
from trialkit.store.tables import COLUMNS

_FEW = 200  # names that a statement lists
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
    """The oldest `MOST` queries that fit and are in sight, oldest first.

    `equal` names columns of the projection (site, subject, form, status).
    """
    wanted = {column: value for column, value in equal.items() if value is not None}
    where, values = [f"q.{column} = ?" for column in wanted], list[object](wanted.values())
    for column, within in (("site", sight.sites), ("form", sight.forms), ("subject", sight.subjects)):
        if within is not None and len(within) <= _FEW:
            where.append(f"q.{column} IN ('', {', '.join('?' for _ in within)})" if within else f"q.{column} = ''")
            values += sorted(within)
    columns = ", ".join(f"q.{column}" for column in COLUMNS)
    # the sign before o.seq keeps the planner from walking the whole ledger in its order: queries are the few
    sql = (
        f"SELECT o.at, o.seq, o.header, m.at, {columns} FROM query q "
        f"JOIN entry o ON o.stream = q.stream AND o.stream_no = 1 "
        f"JOIN entry m ON m.seq = q.seq WHERE {' AND '.join(where or ['1 = 1'])} ORDER BY +o.seq"
    )
    # What is out of sight takes nobody's place among the most: counted is what is given.
    return islice(_in_sight(session, sight, record, session.each(sql, *values)), MOST)


def _in_sight(
    session: Session, sight: Sight, record: Callable[[Session, Row], Record], rows: Iterator[tuple[Any, ...]]
) -> Iterator[Asked]:
    for opened_at, opened, header, moved_at, *rest in rows:
        row = Row.of(rest)
        if not sight.reaches(row.stream, row.place):
            continue
        found = record(session, row)
        if "text" in found.values:
            by = parse(bytes(header)).actor if found.values.get("check") == "MANUAL" else None
            yield Asked(found, opened_at, opened, moved_at, by)
