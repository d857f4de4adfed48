"""Which rows of a projection are looked at: those that stand, or those that stood after the first N entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trialkit.store import past
from trialkit.store.fold import Row
from trialkit.store.session import Session
from trialkit.store.tables import COLUMNS


def rows(
    session: Session, table: str, wanted: Mapping[str, str], after: str = "", as_of: int | None = None
) -> Iterator[Row]:
    """Rows of a projection in stream order, past `after`, whose columns hold what is wanted; or as they once stood."""
    if as_of is None:
        ends = {"stream > ?": after}
        if table == "record" and "subject" in wanted:
            # A subject's records stand side by side: said so, no plan walks through a form of all subjects.
            start = f"record/{wanted['subject']}/"
            ends = {"stream > ?": max(after, start), "stream < ?": f"{start[:-1]}0"}  # "0" follows "/"
        conditions = " AND ".join([*ends, *(f"{column} = ?" for column in wanted)])
        sql = f"SELECT {', '.join(COLUMNS)} FROM {table} WHERE {conditions} ORDER BY stream"
        return map(Row.of, session.each(sql, *ends.values(), *wanted.values()))
    prefix = "study/" if table == "publication" else f"{table}/"
    condition, values = "e.seq < ? AND e.stream > ? AND e.stream >= ? AND e.stream < ?", [as_of, after]
    if "subject" in wanted:  # a subject's streams are few; whether it still is the subject's is looked at below
        condition += " AND e.stream IN (SELECT stream FROM entry WHERE subject = ?)"
    bounds = [prefix, prefix[:-1] + "0", *([wanted["subject"]] if "subject" in wanted else [])]
    folded = past.rows(session, condition, *values, *bounds)
    return (row for row in folded if all(getattr(row, column) == value for column, value in wanted.items()))
