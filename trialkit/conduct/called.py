"""Forms and visits by the names that people know."""

from __future__ import annotations

from trialkit.ledger.entry import Place
from trialkit.study.model import Study


def form_called(study: Study, place: Place) -> str:
    """Vital signs; of what is kept line by line its number: Adverse events 2; its code if the study has none such."""
    form = study.forms.get(place.form)
    if form is None:
        return f"{place.form} {place.form_repeat}" if place.form_repeat > 1 else place.form
    return f"{form.title} {place.form_repeat}" if form.repeating else form.title


def visit_called(study: Study, place: Place) -> str:
    """V3, or UNS (2); nothing for what is kept from visit to visit, and for a site's own file."""
    event = study.file.events.get(place.event)
    if event is not None and event.kind in ("common", "site"):
        return ""
    return place.event if place.event_repeat == 1 else f"{place.event} ({place.event_repeat})"


def called(study: Study, place: Place, joint: str = ", ") -> str:
    """Vital signs, V3; with ` at ` between them as part of a sentence."""
    return joint.join(filter(None, [form_called(study, place), visit_called(study, place)]))
