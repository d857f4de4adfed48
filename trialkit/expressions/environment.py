"""What an expression can see when it is evaluated: the row at hand and, through `Facts`, the rest of the subject.

Conduct makes both from the store, the study's own cases make both from text; the expressions do not know which.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from trialkit.values import Missing, Value


class Row(dict[str, Value]):
    """The values of one record, or of one row of a repeating group with its record's single items beside them.

    Absent and missing items are not in it, so that `row.get(item)` is None for both: unknown. `groups` holds the rows
    of the record's repeating groups, `rows` and `index` the row's place among its siblings.
    """

    __slots__ = ("event", "form_repeat", "groups", "index", "key", "repeat", "rows")

    def __init__(
        self,
        values: Mapping[str, Value | None] | None = None,
        *,
        key: str = "",
        event: str = "",
        repeat: int = 1,
        form_repeat: int = 1,
    ) -> None:
        super().__init__()
        if values:
            self.update({k: v for k, v in values.items() if v is not None and v.__class__ is not Missing})
        self.key = key
        self.event = event
        self.repeat = repeat
        self.form_repeat = form_repeat
        self.rows: Sequence[Row] = (self,)
        self.index = 0
        self.groups: Mapping[str, Sequence[Row]] = {}


def row_for(
    values: Mapping[str, Value | None],
    groups: Mapping[str, Iterable[tuple[str, Mapping[str, Value | None]]]] | None = None,
    *,
    key: str = "",
    event: str = "",
    repeat: int = 1,
    form_repeat: int = 1,
) -> Row:
    """The row of a whole record: single items in `values`, repeating groups as (row key, values) pairs in order."""
    record = Row(values, key=key, event=event, repeat=repeat, form_repeat=form_repeat)
    made: dict[str, Sequence[Row]] = {}
    for group, pairs in (groups or {}).items():
        made[group] = rows_for(pairs, record)
    record.groups = made
    for rows in made.values():
        for row in rows:
            row.groups = made
    return record


def rows_for(pairs: Iterable[tuple[str, Mapping[str, Value | None]]], record: Row) -> list[Row]:
    """Sibling rows in order, each seeing the single items of `record`."""
    rows = []
    for key, values in pairs:
        row = Row(record, key=key, event=record.event, repeat=record.repeat, form_repeat=record.form_repeat)
        row.update({k: v for k, v in values.items() if v is not None and v.__class__ is not Missing})
        rows.append(row)
    siblings(rows)
    return rows


def siblings(rows: Sequence[Row]) -> Sequence[Row]:
    """Tells each row its place among `rows`."""
    for index, row in enumerate(rows):
        row.rows = rows
        row.index = index
    return rows


class Facts(Protocol):
    """Everything beside the record at hand, for one subject at one moment. Unknown is None, never an error."""

    @property
    def now(self) -> dt.datetime:
        """The moment of the save in the site's local time, so that replaying the ledger gives the same verdict."""

    @property
    def event(self) -> str:
        """The study event in which the record at hand stands."""

    @property
    def event_repeat(self) -> int:
        """Which occurrence of that event, from 1."""

    @property
    def site(self) -> str:
        """The site's id."""

    def value(self, form: str, item: str, event: str | None) -> Value | None:
        """An item of a single form: at `event`, or (None) in this event, or of the subject's only such record."""

    def rows(self, form: str, group: str | None, event: str | None) -> Sequence[Row]:
        """Group None: all records of the form in time order (the one being saved included), or those at `event`.

        With a group: the rows of that group in the form's record in this event (None) or at `event`.
        """

    def earlier(self, form: str, item: str) -> Value | None:
        """The item in the latest event before this one in which it has a value."""

    def baseline(self, form: str, item: str) -> Value | None:
        """The item's last value before the first dose."""

    def first_dose(self) -> dt.datetime | None:
        """The moment of the first dose."""

    def in_window(self, day: dt.date) -> bool | None:
        """Whether the day lies in the window of this study event; None without window or anchor."""

    def role(self, person: str, role: str) -> bool | None:
        """Whether the person holds the role at this site; None when that cannot be told."""
