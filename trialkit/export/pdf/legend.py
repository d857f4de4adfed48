"""What stands above a timeline: which rows are bold, and the limits of the study that its readings are held against."""

from __future__ import annotations

import re
from collections.abc import Mapping

from trialkit.export.deliverable import Timeline
from trialkit.export.pdf.chart import Chart
from trialkit.export.source import Standing
from trialkit.export.wording import decode, seen

_COMPARED = re.compile(r"([A-Z][A-Z0-9_]*) *(?:<=?|>=?) *([A-Z][A-Z0-9_]*)")


def bold_legend(chart: Chart, records: Mapping[str, Standing], timeline: Timeline) -> str:
    """`Bold: Action is Pause or Stop; Stop rule met is Yes`, or nothing."""
    told = []
    for source in timeline.rows:
        record = records.get(source.group.partition(".")[0])
        if record is None:
            continue
        form, study = chart.form(record), chart.study_of(record)
        for oid, codes in source.bold.items():
            if oid in form.items and seen(chart.source, form, oid):
                words = [decode(study, form.items[oid], code) or code for code in codes]
                told.append(f"{form.items[oid].label} is {' or '.join(words)}")
    return f"Bold rows: {'; '.join(told)}." if told else ""


def limits(chart: Chart, records: Mapping[str, Standing], timeline: Timeline) -> str:
    """The parameters that calculations and checks of the rows compare a reading with: label, value and unit."""
    used: set[str] = set()
    study = chart.study
    for source in timeline.rows:
        form_oid, _, group = source.group.partition(".")
        if form_oid in records:
            study = chart.study_of(records[form_oid])
            used |= _compared(chart, records[form_oid], group)
    found = [
        f"{parameter.label} {parameter.value} {parameter.unit or ''}".strip()
        for name, parameter in study.file.parameters.items()
        if name in used
    ]
    return f"Limits of the study: {'; '.join(found)}." if found else ""


def _compared(chart: Chart, record: Standing, group: str) -> set[str]:
    """The names that stand across < or > from an item that people enter in the group and this reader may see."""
    form = chart.form(record)
    items = form.groups[group].items if group in form.groups else {}
    shown = {oid: item for oid, item in items.items() if seen(chart.source, form, oid)}
    texts = [item.compute for item in shown.values() if item.compute]
    for check in form.checks.values():
        if check.group == group:
            texts += [text for text in (check.when, check.require, check.finding) if text]
    read = {oid for oid, item in shown.items() if not item.compute}
    pairs = [pair for text in texts for pair in _COMPARED.findall(text)]
    return {b for a, b in pairs if a in read} | {a for a, b in pairs if b in read}
