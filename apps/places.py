"""Forms and visits by the names that people know, as far as these may be told to who reads."""

from __future__ import annotations

from apps import here
from trialkit.ledger.entry import Place
from trialkit.study.compiled import CompiledStudy

LOGS = "Logs"
"""What stands for the visit of a form that is kept from visit to visit, where a list has a column for it."""


def visit_of(place: Place, study: CompiledStudy | None) -> str:
    """V3, or UNS (2); nothing for what is kept from visit to visit."""
    event = study.study.file.events.get(place.event) if study is not None else None
    return "" if event is not None and event.kind == "common" else here.visit_name(place.event, place.event_repeat)


class Places:
    """Names of places for the lists of one run."""

    def __init__(self) -> None:
        self._shown = here.reader().sight.forms

    def form(self, place: Place, study: CompiledStudy | None) -> str:
        """The title of the form with its number in a log; its code alone where the form is kept from the reader."""
        form = study.study.forms.get(place.form) if study is not None else None
        if form is None or (self._shown is not None and place.form not in self._shown):
            return f"{place.form} {place.form_repeat}" if place.form_repeat > 1 else place.form
        return f"{form.title} {place.form_repeat}" if form.repeating else form.title

    def text(self, place: Place, study: CompiledStudy | None) -> str:
        """All of it: 01-0011 · V1 · Vital signs."""
        whose = place.subject or (f"site {place.site}" if place.site else "")
        return " · ".join(part for part in (whose, visit_of(place, study), self.form(place, study)) if part)
