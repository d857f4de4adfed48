"""A subject seen from one study event: what the expressions that stand there may look at beside their record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from trialkit.conduct.attestation import Attestation
from trialkit.conduct.consent_version import versions_of
from trialkit.conduct.standing import Standing
from trialkit.conduct.window import anchor
from trialkit.expressions.environment import Dated, Row, row_for
from trialkit.study.window import in_window
from trialkit.values import Value

if TYPE_CHECKING:
    from trialkit.conduct.facts import Subject


class View(Attestation):
    """`Subject` seen from one study event: the Facts of an expression."""

    __slots__ = ("event", "event_repeat", "of")

    def __init__(self, of: Subject, event: str, event_repeat: int) -> None:
        self.of = of
        self.event = event
        self.event_repeat = event_repeat

    @property
    def now(self) -> dt.datetime:
        return self.of.now

    @property
    def zone(self) -> dt.tzinfo | None:
        return self.of.moment.tzinfo

    @property
    def site(self) -> str:
        return self.of.site

    def _single(self, form: str, event: str | None) -> Standing | None:
        if event is not None:
            return next((s for s in reversed(self.of.standings(form)) if s.place.event == event), None)
        return self.of.in_visit(form, self.event, self.event_repeat)

    def value(self, form: str, item: str, event: str | None) -> Value | None:
        standing = self._single(form, event)
        return None if standing is None else self.of.row(standing).get(item)

    def rows(self, form: str, group: str | None, event: str | None) -> Sequence[Row]:
        if group is not None:
            standing = self._single(form, event)
            return () if standing is None else self.of.row(standing).groups.get(group, ())
        return self.of.records(form).rows(event)

    def earlier(self, form: str, item: str) -> Value | None:
        before = self.of.records(form).before(self.of.order.get(self.event, 999), self.event_repeat)
        values = (self.of.row(standing).get(item) for standing in reversed(before))
        return next((value for value in values if value is not None), None)

    def baseline(self, form: str, item: str) -> Value | None:
        dose = self.first_dose()
        if dose is None:
            return None
        before = [s for s in self.of.standings(form) if self.of.before_dose(s, dose.date())]
        values = [self.of.row(standing).get(item) for standing in before]
        return next((value for value in reversed(values) if value is not None), None)

    def first_dose(self) -> dt.datetime | None:
        return self.of.remembered("first dose", self._first_dose)

    def _first_dose(self) -> dt.datetime | None:
        expression = self.of.compiled.first_dose
        moment = expression.evaluate(row_for({}), self) if expression else None
        return dt.datetime.combine(moment, dt.time()) if type(moment) is dt.date else moment

    def in_window(self, day: dt.date) -> bool | None:
        event = self.of.compiled.study.file.events.get(self.event)
        window = event.window if event else None
        if window is None:
            return None
        return in_window(window, day, self.of.remembered(window.anchor, lambda: anchor(self, window)))

    def role(self, person: str, role: str) -> bool | None:
        held = self.of.roles_of(person)
        return role in held if held else None

    def consent_version(self, day: dt.date) -> str | None:
        valid = [text for text in versions_of(self.of.of_site) if text.valid_from <= day.isoformat()]
        return valid[-1].version if valid else None

    def dated(self, sources: Sequence[Dated]) -> Iterable[tuple[Value | None, Value | None]]:
        self.of.read_all()
        for form, date, time in sources:
            for row in map(self.of.row, self.of.standings(form)):
                yield row.get(date), row.get(time) if time else None

    def others(self, form: str) -> Sequence[Sequence[Row]] | None:
        return None if self.of.others is None else self.of.others(form)

    def open_queries(self, severity: str | None) -> int | None:
        checks = self.of.compiled.checks
        counting = {oid for oid, check in checks.items() if "open_queries" in check.asks}  # would keep themselves open
        asked = self.of.queries.values()
        left = [query for query in asked if query.status != "CLOSED" and query.values.get("check") not in counting]
        return sum(1 for query in left if severity in (None, query.values.get("severity")))
