"""Visits that did not take place: the form that dates a visit is complete, and asks for no date."""

from __future__ import annotations

from trialkit.conduct.schedule import Visit
from trialkit.store.readers import Reader
from trialkit.study.compiled import CompiledStudy


def absent(reader: Reader, study: CompiledStudy, subject: str) -> set[Visit]:
    """The visits of a subject that are on record as missed or not applicable, as far as `reader` sees it."""
    form, _, item = (study.study.file.date_item or "").partition(".")
    if not form or (reader.sight.forms is not None and form not in reader.sight.forms):
        return set()
    return {
        (record.place.event, record.place.event_repeat) for record in reader.records(subject=subject, form=form)
        if record.status == "COMPLETE" and record.values.get(item) is None and record.values.get("@inactive") != "Y"
    }  # fmt: skip
