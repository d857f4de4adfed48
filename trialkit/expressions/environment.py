"""What an expression can see when it is evaluated: the row at hand and, through `Facts`, the rest of the subject.

Conduct makes both from the store, the study's own cases make both from text; the expressions do not know which.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from trialkit.values import Missing, Value


class Row(dict[str, Value]):
    """The values of one record, or of one row of a repeating group with its record's single items beside them.

    Absent and missing items are not in it, so that `row.get(item)` is None for both: unknown. `groups` holds the rows
    of the record's repeating groups, `rows` and `index` the row's place among its siblings.
    """

    __slots__ = ("event", "form_repeat", "groups", "index", "key", "repeat", "rows", "site")

    def __init__(
        self,
        values: Mapping[str, Value | None] | None = None,
        *,
        key: str = "",
        event: str = "",
        repeat: int = 1,
        form_repeat: int = 1,
        site: str = "",
    ) -> None:
        super().__init__()
        if values:
            self.update({k: v for k, v in values.items() if v is not None and v.__class__ is not Missing})
        self.key = key
        self.event = event
        self.repeat = repeat
        self.form_repeat = form_repeat
        self.site = site  # told only of other subjects' records, for others()
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
    site: str = "",
) -> Row:
    """The row of a whole record: single items in `values`, repeating groups as (row key, values) pairs in order."""
    record = Row(values, key=key, event=event, repeat=repeat, form_repeat=form_repeat, site=site)
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
        row.site = record.site
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


class Dated(NamedTuple):
    """Where a form says when its procedure took place: its date item and, if it has one, its time item."""

    form: str
    date: str
    time: str | None


class Facts(Protocol):
    """Everything beside the record at hand, for one subject at one moment. Unknown is None, never an error."""

    @property
    def now(self) -> dt.datetime:
        """The moment of the save in the site's local time, so that replaying the ledger gives the same verdict."""

    @property
    def zone(self) -> dt.tzinfo | None:
        """The site's time zone, by which hours between two moments are counted; None: as the clocks show them."""

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
        Of a site form, which stands in an event of kind `site`: the records of the file of the subject's own site.
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

    def signed(self, form: str, form_repeat: int | None) -> bool | None:
        """Whether a record bears a valid signature; None when that cannot be told.

        The record of `form` in this event, or the subject's only one; with `form_repeat` the record at hand itself.
        """

    def delegated(self, person: str, task: str, day: dt.date) -> bool | None:
        """Whether the person holds an open delegation for the task at this site on that day (ICH E6(R3) 2.3)."""

    def consent_version(self, day: dt.date) -> str | None:
        """The version of the consent text in force at this site on that day."""

    def dated(self, sources: Sequence[Dated]) -> Iterable[tuple[Value | None, Value | None]]:
        """(date, time of day) of every record of these forms, as they stand in the items that the sources name.

        Date is a date, a partial date or a moment; time is None where a source names no item for it or it is empty.
        """

    def others(self, form: str) -> Sequence[Sequence[Row]] | None:
        """The records of `form` of every other subject of the study, one sequence a subject; each row has its `site`.

        None when they are not looked at: on a save, where only the subject at hand is read.
        """

    def open_queries(self, severity: str | None) -> int | None:
        """How many of the subject's queries are not closed; of one severity, or (None) of all."""

    def unsigned(self) -> int | None:
        """How many completed records that must be signed bear no valid signature; None when that cannot be told."""
