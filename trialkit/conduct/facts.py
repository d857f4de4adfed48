"""What checks and computations may look at beside the record at hand: one subject, read as far as they ask.

Implements `trialkit.expressions.environment.Facts` over the store; forms are loaded when an expression names them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

from trialkit.conduct.attestation import Attestation
from trialkit.conduct.consent_version import versions_of
from trialkit.conduct.sitefile import file_of, is_file
from trialkit.conduct.standing import Standing
from trialkit.conduct.trial import Trial
from trialkit.conduct.window import anchor
from trialkit.expressions.environment import Dated, Row, row_for, siblings
from trialkit.ledger.entry import Place, Written
from trialkit.store.readers import Reader
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledStudy, Reading
from trialkit.study.window import in_window
from trialkit.values import Value


class Subject:
    """All records of one subject, loaded form by form, with those being worked on laid over what is stored."""

    def __init__(
        self, trial: Trial, compiled: CompiledStudy, reader: Reader, subject: str, site: str, moment: dt.datetime
    ) -> None:
        self.trial = trial
        self.compiled = compiled
        self.reader = reader
        self.subject = subject
        self.site = site
        self.moment = moment  # with the site's zone
        self.now = moment.replace(tzinfo=None)
        self.order = {oid: n for n, oid in enumerate(compiled.study.file.events)}
        self.studies: Sequence[CompiledStudy] = (compiled,)  # the versions its records may stand in
        self.of_site: Record | None = None
        self.asked: Callable[[], Mapping[str, Record]] = dict  # its queries by stream
        self.others: Callable[[str], Sequence[Sequence[Row]]] | None = None  # other subjects' records of a form
        self._by_form: dict[str, list[Standing]] = {}
        self._active: dict[str, list[Standing]] = {}  # what `standings` gave, until a record of the form moves
        self._worked: dict[str, Standing] = {}
        self._rows: dict[str, Row] = {}
        self._journal: list[tuple[Standing, str, Written]] = []

    @property
    def looked_around(self) -> bool:
        """Whether other records than those at hand were looked at."""
        return bool(self._by_form)

    def readings(self, touched: Iterable[tuple[str, str]]) -> set[Reading]:
        """The expressions of any version that read one of these items."""
        if len(self.studies) == 1:
            readers = self.studies[0].item_readers
            return {reading for read in touched if read in readers for reading in readers[read]}
        return {r for study in self.studies for read in touched for r in study.item_readers.get(read, ())}

    def taken_up(self, stream: str) -> Standing | None:
        """The record if it is being worked on."""
        return self._worked.get(stream)

    def worked(self) -> list[Standing]:
        """Every record being worked on."""
        return list(self._worked.values())

    def begin(self, standing: Standing) -> None:
        """An act on `standing` begins: what moves from here on can be undone."""
        self._journal.clear()
        self.work_on(standing)

    def work_on(self, standing: Standing) -> None:
        """Lay `standing` over the store: from now on every expression sees it."""
        standing.journal = self._journal
        if self._worked.get(standing.stream) is not standing:
            self._worked[standing.stream] = standing
            self.touched(standing)

    def undo(self, standing: Standing) -> None:
        """Put everything back as it was when the act began."""
        journal, self._journal = self._journal, []
        for moved, path, old in reversed(journal):
            moved.journal = None
            moved.put(path, old)
            self.touched(moved)
        for moved in self._worked.values():
            moved.journal = self._journal
        if not standing.version:
            self._worked.pop(standing.stream, None)
            self._by_form.pop(standing.place.form, None)
            self._active.pop(standing.place.form, None)

    def keep(self) -> None:
        """The act stands."""
        self._journal.clear()

    def touched(self, standing: Standing) -> None:
        """A value of `standing` changed: rows made from it are stale."""
        self._rows.pop(standing.stream, None)
        self._active.pop(standing.place.form, None)

    def standings(self, form: str) -> list[Standing]:
        """The active records of a form in the order of events, then of their repeats."""
        active = self._active.get(form)
        if active is None:
            active = self._active[form] = [s for s in self.every_standing(form) if not s.inactive]
        return active

    def happened(self, standing: Standing) -> dt.date:
        """The day of a record: its visit's date where the study says which item holds it, else far in the future."""
        source = self.compiled.study.file.date_item
        if source:
            form, item = source.split(".")
            for visit in self.standings(form):
                if (visit.place.event, visit.place.event_repeat) == (standing.place.event, standing.place.event_repeat):
                    day = visit.flat.get(item)
                    if isinstance(day, dt.date):
                        return day
        return dt.date.max

    def day_of(self, event: str) -> dt.date | None:
        """The day of the first visit of an event, where the study says which item holds it; None while unknown."""
        source = self.compiled.study.file.date_item
        if not source:
            return None
        form, item = source.split(".")
        days = [visit.flat.get(item) for visit in self.standings(form) if visit.place.event == event]
        return next((day for day in days if isinstance(day, dt.date)), None)

    def before_dose(self, standing: Standing, dose: dt.date) -> bool:
        """Whether a record belongs to the time before the first dose: by its visit's day, or by the order of events."""
        events = self.compiled.study.file.events
        day = self.happened(standing)
        if day != dt.date.max:
            return day < dose or (day == dose and not events[standing.place.event].dosing)
        first = next((n for n, event in enumerate(events.values()) if event.dosing), len(events))
        return self.order.get(standing.place.event, 999) < first

    def every_standing(self, form: str) -> list[Standing]:
        """The records of a form, the struck ones too."""
        loaded = self._by_form.get(form)
        if loaded is None:
            loaded = self._by_form[form] = self._read(form)
        known = {standing.stream for standing in loaded}
        for standing in self._worked.values():
            if standing.place.form == form and standing.stream not in known:
                loaded.append(standing)
        loaded.sort(key=self.position)
        return [self._worked.get(s.stream, s) for s in loaded]

    def _read(self, form: str) -> list[Standing]:
        # Forms of the site stand in the file of the subject's own site; that file has no forms of subjects.
        of_site = form in self.compiled.study.site_forms
        if is_file(self.subject) and not of_site:
            return []
        keeper = file_of(self.site) if of_site else self.subject
        return [self._standing(record) for record in self.reader.records(subject=keeper, form=form)]

    def read_all(self) -> None:
        """Read what was not read yet of all the subject's own records at one go, for who asks about many forms."""
        missing = [form for form in self.compiled.forms if form not in self._by_form]
        own = {form for form in missing if is_file(self.subject) or form not in self.compiled.study.site_forms}
        found: dict[str, list[Standing]] = {form: [] for form in own}
        for record in self.reader.records(subject=self.subject) if len(own) > 1 else ():
            if record.place.form in own:
                found[record.place.form].append(self._standing(record))
        if len(own) > 1:
            self._by_form |= found

    def loaded(self, form: str, stream: str) -> tuple[bool, Standing | None]:
        """Whether the records of this form were read, and the one of this stream among them."""
        known = self._by_form.get(form)
        return known is not None, next((s for s in known or () if s.stream == stream), None)

    def streams(self, form: str, of: Standing) -> list[str]:
        """The streams of the records of `form` that an expression of `of` may have read."""
        if form == of.cform.oid and not of.cform.form.repeating:
            return [of.stream]
        return [standing.stream for standing in self.standings(form)]

    def version(self, stream: str) -> int:
        """The version of a record as this sitting leaves it."""
        if stream in self._worked:
            return self._worked[stream].version
        return next((s.version for standings in self._by_form.values() for s in standings if s.stream == stream), 0)

    def _standing(self, record: Record) -> Standing:
        return Standing(self.trial.compiled(record.study).forms[record.place.form], record.place, record, record.study)

    def position(self, standing: Standing) -> tuple[int, int, int]:
        """Where a record stands in the order of the study's events and their repeats."""
        return self.order.get(standing.place.event, 999), standing.place.event_repeat, standing.place.form_repeat

    def row(self, standing: Standing) -> Row:
        """The row that expressions read `standing` through; made once per state of the record."""
        made = self._rows.get(standing.stream)
        if made is None:
            made = self._rows[standing.stream] = standing.row()
        return made

    def at(self, place: Place) -> View:
        """The facts as an expression that stands at `place` sees them."""
        return View(self, place.event, place.event_repeat)


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
    def site(self) -> str:
        return self.of.site

    def _single(self, form: str, event: str | None) -> Standing | None:
        standings = self.of.standings(form)
        if event is not None:
            return next((s for s in reversed(standings) if s.place.event == event), None)
        here = [s for s in standings if (s.place.event, s.place.event_repeat) == (self.event, self.event_repeat)]
        if here:
            return here[-1]
        return standings[0] if len(standings) == 1 and self._single_in_study(form) else None

    def _single_in_study(self, form: str) -> bool:
        return sum(form in forms for forms in self.of.compiled.events.values()) <= 1

    def value(self, form: str, item: str, event: str | None) -> Value | None:
        standing = self._single(form, event)
        return None if standing is None else self.of.row(standing).get(item)

    def rows(self, form: str, group: str | None, event: str | None) -> Sequence[Row]:
        if group is not None:
            standing = self._single(form, event)
            return () if standing is None else self.of.row(standing).groups.get(group, ())
        return siblings([self.of.row(s) for s in self.of.standings(form) if event is None or s.place.event == event])

    def earlier(self, form: str, item: str) -> Value | None:
        here = (self.of.order.get(self.event, 999), self.event_repeat)
        for standing in reversed(self.of.standings(form)):
            if self.of.position(standing)[:2] < here:
                value = self.of.row(standing).get(item)
                if value is not None:
                    return value
        return None

    def baseline(self, form: str, item: str) -> Value | None:
        dose = self.first_dose()
        if dose is None:
            return None
        before = [s for s in self.of.standings(form) if self.of.before_dose(s, dose.date())]
        values = [self.of.row(standing).get(item) for standing in before]
        return next((value for value in reversed(values) if value is not None), None)

    def first_dose(self) -> dt.datetime | None:
        expression = self.of.compiled.first_dose
        moment = expression.evaluate(row_for({}), self) if expression else None
        return dt.datetime.combine(moment, dt.time()) if type(moment) is dt.date else moment

    def in_window(self, day: dt.date) -> bool | None:
        event = self.of.compiled.study.file.events.get(self.event)
        window = event.window if event else None
        return in_window(window, day, anchor(self, window)) if window else None

    def role(self, person: str, role: str) -> bool | None:
        held = self.of.trial.roles_of(person)
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
        asked = self.of.asked().values()
        left = [query for query in asked if query.status != "CLOSED" and query.values.get("check") not in counting]
        return sum(1 for query in left if severity in (None, query.values.get("severity")))
