"""What checks and computations may look at beside the record at hand: one subject, read as far as they ask.

Implements `trialkit.expressions.environment.Facts` over the store; forms are loaded when an expression names them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeVar, cast

from trialkit.conduct.form_records import FormRecords, Position
from trialkit.conduct.queries import Queries
from trialkit.conduct.sitefile import file_of, is_file
from trialkit.conduct.standing import Standing
from trialkit.conduct.trial import Trial
from trialkit.conduct.view import View
from trialkit.expressions.environment import Row
from trialkit.expressions.reach import Reach, together
from trialkit.ledger.entry import Place, Written
from trialkit.store.readers import Reader
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledStudy, Reading

T = TypeVar("T")


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
        # the forms that doses and the days of visits are known from
        dose, day = compiled.first_dose, compiled.study.file.date_item
        self._timing = {form for form, _ in dose.reads} if dose else set[str]()
        self._timing |= {day.split(".")[0]} if day else set()
        self.order = {oid: n for n, oid in enumerate(compiled.study.file.events)}
        self.studies: Sequence[CompiledStudy] = (compiled,)  # the versions its records may stand in
        self.of_site: Record | None = None
        self.queries = Queries()
        self.others: Callable[[str], Sequence[Sequence[Row]]] | None = None  # other subjects' records of a form
        self._by_form: dict[str, FormRecords] = {}
        self._worked: dict[str, Standing] = {}
        self._worked_by_form: dict[str, list[Standing]] = {}
        self._known: dict[str, Standing] = {}  # by stream, what was loaded or is worked on
        self._taken: list[Standing] = []  # what this act began to work on
        self._reaches: dict[tuple[str, str, str], Reach] = {}
        self._roaming: dict[tuple[str, str], bool] = {}
        self._moments: dict[object, object] = {}  # what was worked out of doses and visits' days, until these move
        self._roles: dict[str, frozenset[str]] = {}
        self._journal: list[tuple[Standing, str, Written]] = []
        self.turn(moment)

    def turn(self, moment: dt.datetime) -> None:
        """It is `moment` now (with the site's zone)."""
        self.moment, self.now = moment, moment.replace(tzinfo=None)

    def ask_roles_anew(self) -> None:
        """Who holds which role may have changed since."""
        self._roles.clear()

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

    def reach(self, kind: Literal["check", "compute", "when"], form: str, oid: str) -> Reach:
        """How far a check, a calculation or a condition looks, in any study version of the subject's records."""
        found = self._reaches.get((kind, form, oid))
        if found is None:
            forms = [study.forms[form] for study in self.studies if form in study.forms]
            if kind == "check":
                parts = [check.reach for check in (cform.check(oid) for cform in forms) if check is not None]
            else:
                items = [cform.items[oid] for cform in forms if oid in cform.items]
                parts = [item.follows if kind == "compute" else item.asked for item in items]
            found = self._reaches[kind, form, oid] = parts[0] if len(parts) == 1 else together(parts)
        return found

    def taken_up(self, stream: str) -> Standing | None:
        """The record if it is being worked on."""
        return self._worked.get(stream)

    def begin(self, standing: Standing) -> None:
        """An act on `standing` begins: what moves from here on can be undone."""
        self._journal.clear()
        self._taken.clear()
        self.work_on(standing)

    def work_on(self, standing: Standing) -> None:
        """Lay `standing` over the store: from now on every expression sees it."""
        standing.journal = self._journal
        if self._worked.get(standing.stream) is standing:
            return
        form = standing.place.form
        self._taken.append(standing)
        self._worked[standing.stream] = standing
        self._worked_by_form.setdefault(form, []).append(standing)
        loaded, known = self._by_form.get(form), self._known.get(standing.stream)
        self._known[standing.stream] = standing
        if loaded is not None and known is not standing:
            if known is not None:
                loaded.remove(known)
            loaded.add(standing)
        self.touched(standing)

    def undo(self) -> None:
        """Put everything back as it was when the act began."""
        journal = self._journal[:]
        for moved, path, old in reversed(journal):
            moved.journal = None
            moved.put(path, old)
            moved.journal = self._journal
        for moved in {moved: None for moved, _, _ in journal}:
            self.touched(moved)
        self.keep()

    def keep(self) -> None:
        """The act stands; a record of which nothing was written is no record."""
        self._journal.clear()
        for made in self._taken:
            if not made.version:
                form = made.place.form
                del self._worked[made.stream], self._known[made.stream]
                self._worked_by_form[form].remove(made)
                if form in self._by_form:
                    self._by_form[form].remove(made)
        self._taken.clear()

    def touched(self, standing: Standing) -> None:
        """Values of `standing` changed: what is remembered of it follows."""
        standing.row()
        form = standing.place.form
        records = self._by_form.get(form)
        if records is not None and standing.inactive is not (standing in records.struck):
            records.moved()
        if form in self._timing:
            self._moments.clear()

    def standings(self, form: str) -> list[Standing]:
        """The active records of a form in the order of events, then of their repeats."""
        return self.records(form).active

    def happened(self, standing: Standing) -> dt.date:
        """The day of a record: its visit's date where the study says which item holds it, else far in the future."""
        source = self.compiled.study.file.date_item
        if source:
            form, item = source.split(".")
            for visit in self.records(form).at(standing.place.event, standing.place.event_repeat):
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
        return self.records(form).every

    def records(self, form: str) -> FormRecords:
        """The records of a form, loaded when they are first asked for."""
        loaded = self._by_form.get(form)
        if loaded is None:
            loaded = self._by_form[form] = self._ordered(form, self._read(form))
        return loaded

    def _ordered(self, form: str, stored: Iterable[Standing]) -> FormRecords:
        standings = {standing.stream: standing for standing in (*stored, *self._worked_by_form.get(form, ()))}
        self._known |= standings
        return FormRecords(standings.values(), self.place_in_study)

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
            self._by_form |= {form: self._ordered(form, stored) for form, stored in found.items()}

    def loaded(self, form: str, stream: str) -> tuple[bool, Standing | None]:
        """Whether the records of this form were read, and the one of this stream among them."""
        return form in self._by_form, self._known.get(stream)

    def known(self, stream: str) -> Standing | None:
        """A record that was loaded or is worked on."""
        return self._known.get(stream)

    def version(self, stream: str) -> int:
        """The version of a record as this sitting leaves it."""
        known = self._known.get(stream)
        return known.version if known else 0

    def _standing(self, record: Record) -> Standing:
        return Standing(self.trial.compiled(record.study).forms[record.place.form], record.place, record, record.study)

    def place_in_study(self, place: Place) -> Position:
        """Where a record at this place stands in the order of the study's events and their repeats."""
        return self.order.get(place.event, 999), place.event_repeat, place.form_repeat

    def row(self, standing: Standing) -> Row:
        """The row that expressions read `standing` through."""
        return standing.row()

    def at(self, place: Place) -> View:
        """The facts as an expression that stands at `place` sees them."""
        return View(self, place.event, place.event_repeat)

    def remembered(self, what: object, work: Callable[[], T]) -> T:
        """What `work` makes of the moments of doses and visits; made once for each state of these."""
        try:
            return cast("T", self._moments[what])
        except KeyError:
            made = self._moments[what] = work()
            return made

    def roles_of(self, person: str) -> frozenset[str]:
        """The roles that a person holds: a sitting is one moment."""
        held = self._roles.get(person)
        if held is None:
            held = self._roles[person] = self.trial.roles_of(person)
        return held

    def in_visit(self, form: str, event: str, repeat: int) -> Standing | None:
        """The record of `form` that is meant in a visit: the visit's own; the only one of a form that is not of it."""
        records = self.records(form)
        here = records.at(event, repeat)
        if here:
            return here[-1]
        only = records.active
        return only[0] if len(only) == 1 and self.from_elsewhere(form) else None

    def from_elsewhere(self, form: str) -> bool:
        """Whether `form`, where a visit has none, may mean the subject's only record of it."""
        return len(self._homes(form)) <= 1

    def _homes(self, form: str) -> list[str]:
        return [oid for oid, forms in self.compiled.events.items() if form in forms]

    def roams(self, form: str, other: str) -> bool:
        """Whether an expression of `form` that reads `other` of its visit may read that of another visit."""
        found = self._roaming.get((form, other))
        if found is None:
            homes, files = self._homes(other), self.compiled.study.file.events
            events = {oid for study in self.studies for oid, forms in study.events.items() if form in forms}
            once = {oid for oid in homes if files[oid].kind != "unscheduled"} if len(homes) == 1 else set[str]()
            found = self.from_elsewhere(other) and bool(events - once)
            self._roaming[form, other] = found
        return found
