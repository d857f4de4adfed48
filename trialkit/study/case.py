"""One case of a check as facts: what stands in this record, in others, in other events, and when and where it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trialkit.expressions import Dated, Row, row_for
from trialkit.study.compiled import CompiledForm, CompiledStudy, recompute
from trialkit.study.model import Check
from trialkit.values import Value, parse

MOMENT = dt.datetime.fromisoformat("2030-01-01T12:00")
"""`now` of a case that says nothing about it."""


class CaseFacts:
    """The facts of a case, without a zone. Raises WrongValue when a value of the case is none of its item's."""

    zone = None

    def __init__(self, study: CompiledStudy, form: str, check: Check, case: Mapping[str, object]) -> None:
        self.study = study
        self.form = study.forms[form]
        self.order = {event: n for n, event in enumerate(study.events)}
        stands = sorted(study.vocabulary.forms[form].events, key=self.order.__getitem__)
        self.event = str(case.get("EVENT", stands[0] if stands else ""))
        self.event_repeat = int(str(case.get("EVENT_REPEAT", "1")))
        self.site = str(case.get("SITE", "01"))
        self.now = _moment(case.get("NOW")) or MOMENT
        self._first_dose = _moment(case.get("FIRST_DOSE"))
        self._roles = case.get("ROLES", {})
        self._window = case.get("IN_WINDOW")
        self._said = case
        versions, others = case.get("CONSENT_VERSIONS"), case.get("OTHERS")
        self._versions: list[tuple[dt.date, str]] = []
        for version, start in versions.items() if isinstance(versions, dict) else ():
            self._versions.append((parse("date", start), version))  # type: ignore[arg-type]
        self._given: set[tuple[int, str]] = set()
        self._records: dict[str, list[Row]] = {}
        self._others: dict[str, list[list[Row]]] | None = None
        if isinstance(others, dict):  # one record a subject
            self._others = {oid: [[self._other(study.forms[oid], e)] for e in told] for oid, told in others.items()}
        self._collect(case, check)

    def _collect(self, case: Mapping[str, object], check: Check) -> None:
        own: dict[str, Any] = {}
        others: dict[tuple[str, str], dict[str, Any]] = {}
        for key, value in case.items():
            event, _, rest = key.rpartition(":")
            first, point, last = rest.partition(".")
            if not event and not point and (first in self.form.items or first in self.form.groups):
                own[first] = value
            elif point and first in self.study.forms:
                if first == self.form.oid and event in ("", self.event):
                    own[last] = value
                else:
                    others.setdefault((event or self._event_of(first), first), {})[last] = value
            elif first in self.study.forms:
                for entry in value if isinstance(value, list) else []:
                    place = event or str(entry.get("EVENT", ""))
                    self._add(first, self._row(self.study.forms[first], entry, place or self._event_of(first), None))
        for (event, form), values in others.items():
            self._add(form, self._row(self.study.forms[form], values, event, None))
        key = str(case.get("ROW", ""))
        self.record = self._row(self.form, own, self.event, (check.group, key))
        self._place_own(case)
        recompute(self.form, self.record, self, keep=lambda row, item: (id(row), item) in self._given)

    def _event_of(self, form: str) -> str:
        events = self.study.vocabulary.forms[form].events
        return self.event if self.event in events or len(events) != 1 else next(iter(events))

    def _add(self, form: str, row: Row) -> None:
        rows = self._records.setdefault(form, [])
        row.form_repeat = len(rows) + 1
        rows.append(row)

    def _place_own(self, case: Mapping[str, object]) -> None:
        rows = self._records.setdefault(self.form.oid, [])
        repeat = str(case.get("FORM_REPEAT", ""))
        if repeat.isdigit():
            rows.insert(max(0, int(repeat) - 1), self.record)
        else:
            rows.append(self.record)
        if not self.form.form.repeating:
            rows.sort(key=lambda row: self.order.get(row.event, len(self.order)))
        for n, row in enumerate(rows, start=1):
            row.form_repeat = int(repeat) if row is self.record and repeat.isdigit() else n
            for inner in (r for group in row.groups.values() for r in group):
                inner.form_repeat = row.form_repeat

    def _row(self, form: CompiledForm, values: Mapping[str, Any], event: str, at: tuple[str | None, str] | None) -> Row:
        single: dict[str, Value | None] = {}
        rows: dict[str, dict[str, dict[str, Value | None]]] = {}
        for name, value in values.items():
            item = form.items.get(name)
            if item is not None and item.repeating:
                key = at[1] if at and at[1] and at[0] == item.group else _first_key(form, item.group)
                rows.setdefault(item.group, {}).setdefault(key, {})[name] = item.parse(value)
            elif item is not None:
                single[name] = item.parse(value)
            elif name in form.groups:
                for n, entry in enumerate(value, start=1):
                    key = str(entry.get("ROW", n))
                    typed: dict[str, Value | None] = {i: form.items[i].parse(v) for i, v in entry.items() if i != "ROW"}
                    rows.setdefault(name, {})[key] = typed
        if at and at[0] and at[0] not in rows:
            rows[at[0]] = {at[1] or _first_key(form, at[0]): {}}
        record = row_for(single, {g: form.ordered(g, r) for g, r in rows.items()}, event=event)
        self._given.update((id(record), name) for name in single)
        for group, inner in record.groups.items():
            self._given.update((id(row), name) for row in inner for name in rows[group][row.key])
        return record

    def _single(self, form: str, event: str | None) -> Row | None:
        place = event if event is not None else self._event_of(form)
        if form == self.form.oid and place == self.event:
            return self.record
        return next((row for row in self._records.get(form, ()) if row.event == place), None)

    def value(self, form: str, item: str, event: str | None) -> Value | None:
        row = self._single(form, event)
        return row.get(item) if row is not None else None

    def rows(self, form: str, group: str | None, event: str | None) -> Sequence[Row]:
        if group is not None:
            row = self._single(form, event)
            return row.groups.get(group, ()) if row is not None else ()
        return [row for row in self._records.get(form, ()) if event is None or row.event == event]

    def earlier(self, form: str, item: str) -> Value | None:
        here = self.order.get(self.event, len(self.order))
        return self._last(row.get(item) for row in self._records.get(form, ()) if self.order.get(row.event, 0) < here)

    def baseline(self, form: str, item: str) -> Value | None:
        events = self.study.study.file.events
        dosed = [self.order[event] for event in events if events[event].dosing]
        limit = min(dosed, default=0)
        return self._last(row.get(item) for row in self._records.get(form, ()) if self.order.get(row.event, 0) <= limit)

    def first_dose(self) -> dt.datetime | None:
        if self._first_dose is None and self.study.first_dose is not None:
            value = self.study.first_dose.evaluate(Row(), self)
            midnight = dt.time()
            return dt.datetime.combine(value, midnight) if type(value) is dt.date else value
        return self._first_dose

    def in_window(self, day: dt.date) -> bool | None:
        return None if self._window is None else self._window == "Y"

    def role(self, person: str, role: str) -> bool | None:
        held = self._roles.get(person) if isinstance(self._roles, dict) else None
        return None if held is None else role in (held if isinstance(held, list) else [held])

    def signed(self, form: str, form_repeat: int | None) -> bool | None:
        return form in _listed(self._said["SIGNED"]) if "SIGNED" in self._said else None

    def delegated(self, person: str, task: str, day: dt.date) -> bool | None:
        held = self._said.get("DELEGATED")
        return task in _listed(held.get(person, [])) if isinstance(held, dict) else None

    def consent_version(self, day: dt.date) -> str | None:
        started = [(start, version) for start, version in self._versions if start <= day]
        return max(started)[1] if started else None

    def dated(self, sources: Sequence[Dated]) -> Iterable[tuple[Value | None, Value | None]]:
        for form, date, time in sources:
            for row in self._records.get(form, ()):
                yield row.get(date), row.get(time) if time else None

    def others(self, form: str) -> Sequence[Sequence[Row]] | None:
        return None if self._others is None else self._others.get(form, [])

    def _other(self, form: CompiledForm, entry: Mapping[str, Any]) -> Row:
        row = self._row(form, entry, str(entry.get("EVENT", "")) or self._event_of(form.oid), None)
        for one in (row, *(inner for group in row.groups.values() for inner in group)):
            one.site = str(entry.get("SITE", self.site))
        return row

    def open_queries(self, severity: str | None) -> int | None:
        told = self._said.get("OPEN_QUERIES")
        if isinstance(told, dict):
            return sum(int(number) for name, number in told.items() if severity in (None, name))
        return int(str(told)) if told is not None and severity is None else None

    def unsigned(self) -> int | None:
        told = self._said.get("UNSIGNED")
        return None if told is None else int(str(told))

    @staticmethod
    def _last(values: Iterable[Value | None]) -> Value | None:
        known = [value for value in values if value is not None]
        return known[-1] if known else None


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _first_key(form: CompiledForm, group: str) -> str:
    return next(iter(form.groups[group].group.timepoints or ["1"]))


def _moment(text: object) -> dt.datetime | None:
    if text is None:
        return None
    written = str(text)
    return parse("datetime", written if len(written) > 10 else written + "T12:00")  # type: ignore[return-value]
