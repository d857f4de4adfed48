"""When a visit is due: its window from the anchor's day, as far as that is known for this subject (reference study 2.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trialkit.expressions.environment import Row, row_for
from trialkit.study.model import Window

if TYPE_CHECKING:
    from trialkit.conduct.facts import View

LAST_DOSE = "LAST_DOSE"


@dataclass(frozen=True, slots=True)
class Due:
    """The first, the intended and the last moment of a visit, in site time."""

    first: dt.datetime
    target: dt.datetime
    last: dt.datetime

    def contains(self, day: dt.date) -> bool:
        """Whether a visit on that day (or at that moment) is in time."""
        if isinstance(day, dt.datetime):
            return self.first <= day <= self.last
        return self.first.date() <= day <= self.last.date()


def due(view: View, event: str) -> Due | None:
    """When `event` is due for the subject of `view`; None without a window or while the anchor's day is unknown."""
    found = view.of.compiled.study.file.events.get(event)
    window = found.window if found else None
    anchor = _anchor(view, window) if window else None
    if window is None or window.day is None or anchor is None:
        return None
    if window.unit == "hours":
        target, step = anchor + dt.timedelta(hours=window.day), dt.timedelta(hours=1)
        return Due(target - window.early * step, target, target + window.late * step)
    # A study day has no day 0: day 1 is the anchor's day itself, day -1 the one before.
    days = window.day - 1 if window.anchor != LAST_DOSE and window.day > 0 else window.day
    target, step = dt.datetime.combine(anchor.date(), dt.time()) + dt.timedelta(days=days), dt.timedelta(days=1)
    last = target + window.late * step + dt.timedelta(hours=23, minutes=59, seconds=59)
    return Due(target - window.early * step, target, last)


def _anchor(view: View, window: Window) -> dt.datetime | None:
    if window.anchor == LAST_DOSE:
        return max(doses(view), default=None)
    dosed = doses(view, window.anchor)
    if dosed:
        return min(dosed)
    day = view.of.day_of(window.anchor)
    return dt.datetime.combine(day, dt.time()) if day else None


def doses(view: View, event: str | None = None) -> list[dt.datetime]:
    """The moments at which doses began (at `event`), each found by the study's `first_dose` asked of one record alone."""
    expression = view.of.compiled.first_dose
    if expression is None:
        return []
    found = []
    for form in {form for form, _ in expression.reads}:
        for standing in view.of.standings(form):
            if event is None or standing.place.event == event:
                moment = expression.evaluate(row_for({}), _Only(view, form, view.of.row(standing)))
                if isinstance(moment, dt.datetime):
                    found.append(moment)
    return found


class _Only:
    """Facts in which the subject has only one record of a form."""

    def __init__(self, view: View, form: str, row: Row) -> None:
        self._view = view
        self._form = form
        self._row = row

    def __getattr__(self, name: str) -> object:
        return getattr(self._view, name)

    def rows(self, form: str, group: str | None, event: str | None) -> Sequence[Row]:
        if form != self._form:
            return self._view.rows(form, group, event)
        return [self._row] if group is None else self._row.groups.get(group, ())
