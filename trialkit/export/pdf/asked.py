"""Whether a question without an answer was asked: its condition, where the record itself decides that."""

from __future__ import annotations

from decimal import InvalidOperation
from typing import NoReturn

from trialkit.errors import WrongStudy
from trialkit.export.pdf.chart import Chart
from trialkit.export.source import Standing
from trialkit.export.wording import seen, split_path
from trialkit.ledger.entry import Place
from trialkit.study.building import compile_study
from trialkit.study.compiled import CompiledStudy
from trialkit.study.model import Study
from trialkit.values import unwritten

_compiled: dict[str, tuple[Study, CompiledStudy | None]] = {}  # by hash, one a version; None: it does not compile


class _BeyondTheRecord(Exception):
    """A condition that reads more than its own record."""


class _NoFacts:
    """The visit of a record, and in place of the rest of the subject an exception."""

    def __init__(self, place: Place) -> None:
        self.event, self.event_repeat, self.site = place.event, place.event_repeat, place.site

    def __getattr__(self, name: str) -> NoReturn:
        raise _BeyondTheRecord(name)


def asked(chart: Chart, record: Standing, oid: str) -> bool | None:
    """Whether the study asks for this single item of the record; None where the record alone cannot tell."""
    form = chart.form(record)
    if form.items[oid].when is None and form.groups[form.group_of[oid]].when is None:
        return True
    study = _ready(chart.study_of(record))
    known = study.forms.get(form.oid) if study is not None else None
    if known is None:
        return None
    conditions = [c for c in (known.items[oid].when, known.groups[form.group_of[oid]].when) if c is not None]
    if any(
        c.elsewhere or c.asks or c.uses_now or not all(seen(chart.source, form, name) for name in c.own)
        for c in conditions
    ):
        return None
    try:
        values = {
            path: unwritten(form.items[item].type, value)
            for path, value in record.values.items()
            if (item := split_path(path)[2]) in form.items
        }
        place = record.place
        row = known.row(values, event=place.event, repeat=place.event_repeat, form_repeat=place.form_repeat)
        return all(condition.evaluate(row, _NoFacts(place)) is True for condition in conditions)
    except (_BeyondTheRecord, ValueError, InvalidOperation):
        return None


def _ready(study: Study) -> CompiledStudy | None:
    found = _compiled.get(study.hash)
    if found is None or found[0] is not study:
        try:
            found = (study, compile_study(study))
        except WrongStudy:
            found = (study, None)
        _compiled[study.hash] = found
    return found[1]
