"""Forms and visits by the names that people know, as far as these may be told to who reads."""

from __future__ import annotations

from apps import here
from trialkit.conduct.called import form_called, visit_called
from trialkit.ledger.entry import Place
from trialkit.study.compiled import CompiledStudy

LOGS = "Logs"
"""What stands for the visit of a form that is kept from visit to visit, where a list has a column for it."""


def visit_of(place: Place, study: CompiledStudy | None) -> str:
    """V3, or UNS (2); nothing for what is kept from visit to visit or by a site."""
    return here.visit_name(place.event, place.event_repeat) if study is None else visit_called(study.study, place)


class Places:
    """Names of places for the lists of one run."""

    def __init__(self) -> None:
        self._shown = here.reader().sight.forms

    def form(self, place: Place, study: CompiledStudy | None) -> str:
        """The title of the form with its number in a log; its code alone where the form is kept from the reader."""
        if study is None or (self._shown is not None and place.form not in self._shown):
            return f"{place.form} {place.form_repeat}" if place.form_repeat > 1 else place.form
        return form_called(study.study, place)

    def text(self, place: Place, study: CompiledStudy | None) -> str:
        """All of it: 01-0011 · V1 · Vital signs."""
        whose = place.subject or (f"site {place.site}" if place.site else "")
        return " · ".join(part for part in (whose, visit_of(place, study), self.form(place, study)) if part)
