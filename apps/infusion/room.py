"""One visit's infusion session before its person: which forms play which part, what stands in them, who may write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from apps import here
from apps.form import own_day
from apps.form.opening import forget, open_sheet
from apps.form.rehearsing import rehearsal
from apps.form.rights import may_write
from apps.form.sheet import Sheet
from trialkit.conduct import infusion
from trialkit.conduct.infusion import Course
from trialkit.conduct.named import Named
from trialkit.conduct.preview import Preview, preview
from trialkit.conduct.readiness import readiness
from trialkit.conduct.schedule import forms_at
from trialkit.ledger.entry import Place, Written
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledStudy
from trialkit.study.dosing_day import DosingDay


@dataclass
class Room:
    """The session of one visit, as it stood when this run looked."""

    visit: Place
    study: CompiledStudy
    day: DosingDay

    @cached_property
    def shown(self) -> frozenset[str]:
        """The forms of the visit that this person's role has."""
        return frozenset(forms_at(self.study.study, self.visit.event, here.who().role))

    @cached_property
    def records(self) -> dict[str, Record]:
        """What stands in the session's forms, as far as this person may see it."""
        day = self.day
        forms = [day.readiness.form, day.record.form, day.steps.form, day.monitoring.form, day.discharge.form]
        found, _ = here.reader().together([self.place(form).record for form in forms if form in self.shown])
        return {record.place.form: record for record in found.values()}

    @cached_property
    def course(self) -> Course:
        """How the infusion went so far."""
        steps = self.study.forms[self.day.steps.form]
        dose, rows = self.values(self.day.record.form), self.values(self.day.steps.form)
        return infusion.course(self.day, steps, dose, rows, here.trial().zone(self.visit.site))

    @cached_property
    def staff(self) -> Named:
        """The people of this site."""
        return here.staff(self.visit.site)

    @cached_property
    def writes(self) -> bool:
        """Whether this person records the infusion."""
        return self.may(self.day.steps.form) and self.may(self.day.record.form)

    @cached_property
    def dated(self) -> Written:
        """The date of the visit, as far as this person may see it."""
        return own_day.dated(self.study, self.visit)

    def another_day(self) -> str:
        """The date of the visit, if what is read now is not of it: "" while it may be."""
        began, now = self.course.started, here.trial().now(self.visit.site).replace(tzinfo=None)
        return own_day.another_day(self.dated, [began] if began is not None else [], now)

    def held(self) -> tuple[str, ...]:
        """What holds the dose: as it was recorded with the decision, or as it is worked out while there is none."""
        spec = self.day.readiness
        if spec.form not in self.shown:
            return ()
        values, items = self.values(spec.form), self.study.forms[spec.form].items
        if spec.decision not in values:
            return readiness(here.trial(), here.who(), self.visit).holds
        return tuple(items[item].item.label for item in spec.holds if values.get(item) == "Y")

    def place(self, form: str) -> Place:
        """One form of this visit."""
        return infusion.part(self.visit, form)

    def values(self, form: str) -> Mapping[str, Written]:
        """What stands in a form."""
        record = self.records.get(form)
        return record.values if record else {}

    def version(self, form: str) -> int:
        """The version of a form that this run saw."""
        record = self.records.get(form)
        return record.version if record else 0

    def sheet(self, form: str) -> Sheet:
        """The form's open sheet: opened anew when somebody saved it and nothing is typed here that can be saved."""
        sheet = open_sheet(self.place(form))
        sheet.gather()  # what came with this run, too, is typed
        if sheet.version == self.version(form):
            return sheet
        sheet.let_go(self.values(form))
        if not sheet.typed():
            forget(sheet.place)
        return open_sheet(self.place(form))

    def may(self, form: str) -> bool:
        """Whether this person enters the form."""
        return form in self.shown and may_write(open_sheet(self.place(form)))

    def look(self, form: str, typed: Mapping[str, Any]) -> Preview:
        """The form with what is typed laid over it, as the study's own checks see it."""
        if form == self.day.monitoring.form:  # the one that is typed in
            return rehearsal(self.place(form)).look(typed)
        return preview(here.trial(), here.who(), self.place(form), typed)


def enter(visit: Place) -> Room:
    """The session at a visit; ends the run with what to do where there is none."""
    study = here.study(visit.site)
    day = study.study.file.session
    if day is None:
        here.nothing("This study has no infusion session.", "Enter the forms from the subject's page.")
    if visit.event not in infusion.events(study.study):
        here.nothing(f"No infusion is planned at {visit.event or 'this visit'}.", "Choose a visit with an infusion.")
    room = Room(visit, study, day)
    if not {day.record.form, day.steps.form} <= room.shown:
        here.nothing("Your role does not see infusions.", "Your work is on the other pages.")
    return room
