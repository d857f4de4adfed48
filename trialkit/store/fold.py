"""From entries to what stands. Pure: the same entries give the same row, saved, rebuilt or read as of the past."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from trialkit.ledger.entry import Place, Visibility
from trialkit.store.tables import COLUMNS, PROJECTIONS

REDACTED = {"m": "redacted"}
"""What stands in the place of a value that was lawfully taken out."""

SHREDDED = {"m": "erased"}
"""What stands in the place of an identifier whose key was destroyed."""

_TABLES = {**{table: table for table in PROJECTIONS if table != "publication"}, "study": "publication"}


def table_of(stream: str) -> str | None:
    """The projection that holds a stream, None for streams of facts that have no present state."""
    return _TABLES.get(stream.partition("/")[0]) if "/" in stream else None


@dataclass(slots=True)
class Row:
    """One row of a projection."""

    stream: str
    site: str = ""
    subject: str = ""
    event: str = ""
    event_repeat: int = 1
    form: str = ""
    form_repeat: int = 1
    status: str = ""
    version: int = 0
    seq: int = -1
    study: str = ""
    doc: dict[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str | int, ...]:
        """The row as the table holds it."""
        doc = orjson.dumps(self.doc, option=orjson.OPT_SORT_KEYS).decode()
        return (
            self.stream, self.site, self.subject, self.event, self.event_repeat, self.form, self.form_repeat,
            self.status, self.version, self.seq, self.study, doc,
        )  # fmt: skip

    @property
    def place(self) -> Place:
        """Where the thing belongs."""
        return Place(self.site, self.subject, self.event, self.event_repeat, self.form, self.form_repeat)

    @classmethod
    def of(cls, columns: Iterable[Any]) -> Row:
        """The row of a table's columns."""
        made = cls(*columns)
        made.doc = orjson.loads(cast(str, made.doc))
        return made


def pointer(seq: int, n: int, visibility: Visibility) -> dict[str, object]:
    """What a projection holds for a protected value: where its seal is, never the value."""
    return {"s": [seq, n], "c": visibility}


def pointed(value: object) -> tuple[int, int, str] | None:
    """Entry, change and class of a protected value's pointer; None for any other value."""
    if type(value) is dict and "s" in value:
        return value["s"][0], value["s"][1], value["c"]
    return None


def fold(row: Row | None, stream: str, seq: int, place: Place, study: str, news: Iterable[tuple[str, Any]]) -> Row:
    """The row after one more entry. `news` are items with their new values (None takes an item away) in order.

    A place that is not said again stays; the study version stays that of the first entry.
    """
    if row is None:
        doc = {item: new for item, new in news if new is not None}
        made, news = Row(stream, study=study, doc=doc), ()
    else:
        doc = dict(row.doc)
        made = Row(
            stream, row.site, row.subject, row.event, row.event_repeat, row.form, row.form_repeat,
            row.status, row.version, row.seq, row.study, doc,
        )  # fmt: skip
    if place.site:
        made.site = place.site
    if place.subject:
        made.subject = place.subject
    if place.event:
        made.event, made.event_repeat = place.event, place.event_repeat
    if place.form:
        made.form, made.form_repeat = place.form, place.form_repeat
    for item, new in news:
        if new is None:
            doc.pop(item, None)
        else:
            doc[item] = new
    status = doc.get("@status", "")
    made.status = status if isinstance(status, str) else ""
    made.version += 1
    made.seq = seq
    return made


assert tuple(Row.__slots__) == COLUMNS
