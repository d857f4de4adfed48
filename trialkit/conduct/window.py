"""What the windows of visits are counted from, as far as it is known for this subject: doses and visit days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from trialkit.expressions.environment import Row, row_for
from trialkit.study.model import Window
from trialkit.study.schedule_rules import LAST_DOSE

if TYPE_CHECKING:
    from trialkit.conduct.view import View


def anchor(view: View, window: Window) -> dt.date | None:
    """The day a window counts from: of the doses where the anchor is a dosing visit, else of the visit itself."""
    if window.anchor == LAST_DOSE:
        last = max(doses(view), default=None)
        return last.date() if last else None
    dosed = doses(view, window.anchor)
    return min(dosed).date() if dosed else view.of.day_of(window.anchor)


def doses(view: View, event: str | None = None) -> list[dt.datetime]:
    """The moments at which doses began (at `event`): the study's `first_dose` asked of each record alone."""
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
