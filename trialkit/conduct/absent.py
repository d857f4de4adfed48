"""Visits that did not take place: the form that dates a visit is complete, and certainly asks for no date."""

from __future__ import annotations

from trialkit.conduct.answers import asked
from trialkit.conduct.facts import Subject
from trialkit.conduct.schedule import Visit
from trialkit.conduct.standing import Standing
from trialkit.conduct.trial import Trial
from trialkit.store.readers import Reader
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledStudy


def absent(trial: Trial, reader: Reader, study: CompiledStudy, subject: str, site: str) -> set[Visit]:
    """The visits of a subject that are on record as missed or not applicable, as far as `reader` sees it."""
    form = (study.study.file.date_item or "").partition(".")[0]
    if not form or (reader.sight.forms is not None and form not in reader.sight.forms):
        return set()
    return {
        (record.place.event, record.place.event_repeat) for record in reader.records(subject=subject, form=form)
        if record.status == "COMPLETE" and record.values.get("@inactive") != "Y" and _undated(trial, record, site)
    }  # fmt: skip


def _undated(trial: Trial, record: Record, site: str) -> bool:
    study = trial.compiled(record.study)  # another version may date its visits by another item
    item = (study.study.file.date_item or "").partition(".")[2]
    rule = study.forms[record.place.form].items.get(item)
    if rule is None or rule.repeating or item in record.values or item in record.classes:
        return False
    facts = Subject(trial, study, trial.everything(), record.place.subject, site, trial.moment_at(trial.site(site)))
    return asked(facts, Standing(study.forms[record.place.form], record.place, record, study.hash), item) is False
