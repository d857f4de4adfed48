"""The history of every changed value: old to new, who, when, why and by what (21 CFR 11.10(e))."""

from __future__ import annotations

from trialkit.export.csv_changes import origin_text
from trialkit.export.pdf.chart import Chart, Trail
from trialkit.export.pdf.page import Book
from trialkit.export.pdf.records import record_place, why
from trialkit.export.pdf.table import Cell, table
from trialkit.export.source import Standing
from trialkit.export.wording import both, read_value, row_label, split_path
from trialkit.ledger.entry import Written
from trialkit.study.model import Item, Study

HEADER = ("Mark", "Item", "Old value", "New value", "Who", "When", "Why and by what")
SHARES = (7, 17, 16, 16, 16, 15, 17)


def draw_history(book: Book, chart: Chart) -> None:
    """One table per record with changed values, in the order of the casebook."""
    trails: dict[str, list[Trail]] = {}
    for trail in chart.trails.values():
        trails.setdefault(trail.stream, []).append(trail)
    if not trails:
        book.text("No value was changed after its first entry.")
    for record in chart.records:
        found = trails.get(record.stream)
        if found:
            visit = chart.visit_title((record.place.event, record.place.event_repeat))
            book.heading(f"{visit}: {chart.record_title(record)}", 10)
            table(book, HEADER, [row for trail in found for row in _rows(chart, record, trail)], SHARES)


def _rows(chart: Chart, record: Standing, trail: Trail) -> list[list[Cell | str]]:
    group, row, oid = split_path(trail.path)
    form = chart.form(record)
    item = form.items.get(oid)
    label = "Line inactivated" if oid == "@inactive" else f"{item.label} ({oid})" if item else oid
    if row:
        label = f"{row_label(form, group, row)}: {label}"
    rows: list[list[Cell | str]] = []
    for number, (act, change) in enumerate(trail.steps):
        study = chart.source.version(act.study)
        texts = [_read(chart, study, oid, item, value) for value in (change.old, change.new)]
        first = Cell("", links=((f"[{trail.number}]", record_place(record)),), place=trail.place) if not number else ""
        cause = why(chart, act)
        origin = origin_text(act)
        told = "\n".join(part for part in (cause, f"by {origin}" if origin else "", f"entry {act.seq}") if part)
        who = f"{act.actor.name} ({act.actor.role}, {act.actor.organisation})"
        rows.append([first, label if not number else "", *texts, who, both(act.at, chart.zone), told])
    return rows


def _read(chart: Chart, study: Study, oid: str, item: Item | None, value: Written) -> str:
    if oid == "@inactive":
        return "inactive" if value == "Y" else "active"
    return read_value(chart.source, study, item, value, chart.zone) or "(blank)"
