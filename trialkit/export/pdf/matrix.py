"""The visit matrix: which form was entered at which visit, each sign a link to the form."""

from __future__ import annotations

from trialkit.export.pdf.chart import Chart, Visit
from trialkit.export.pdf.page import Book
from trialkit.export.pdf.records import record_place
from trialkit.export.pdf.table import Cell, table
from trialkit.export.source import Standing

ACROSS = 11
LEGEND = (
    "\u25cf entered, complete   \u25d0 entered, not complete   ? an open query   \u00d7 inactivated or not done   "
    "\u25cb planned, not entered. A number is the line of a log. Each sign leads to the form."
)


def draw_matrix(book: Book, chart: Chart) -> None:
    """Forms down, visits across, in parts of as many visits as stand side by side."""
    book.text(LEGEND)
    visits = _visits(chart)
    by_cell: dict[tuple[str, Visit], list[Standing]] = {}
    for record in chart.records:
        key = (record.place.form, (record.place.event, record.place.event_repeat))
        by_cell.setdefault(key, []).append(record)
    planned = {(form, (event, 1)) for event in chart.events for form in chart.forms[event]}
    for begin in range(0, len(visits), ACROSS):
        part = visits[begin : begin + ACROSS]
        forms = [f for f in _forms(chart) if any((f, v) in by_cell or (f, v) in planned for v in part)]
        header = ["Form", *(event if repeat == 1 else f"{event} ({repeat})" for event, repeat in part)]
        rows: list[list[Cell | str]] = []
        for form in forms:
            title = chart.study.forms[form].title if form in chart.study.forms else form
            rows.append([f"{title} ({form})"])
            for visit in part:
                found = by_cell.get((form, visit), [])
                if found:
                    rows[-1].append(Cell("", links=tuple((_sign(chart, r), record_place(r)) for r in found)))
                else:
                    rows[-1].append("\u25cb" if (form, visit) in planned else "")
        table(book, header, rows, [34.0, *[6.0] * len(part)], right=_right(len(part)))


def _right(visits: int) -> float:
    return 54.0 + 522.0 * (34 + 6 * visits) / (34 + 6 * ACROSS)


def _visits(chart: Chart) -> list[Visit]:
    """Scheduled visits up to the last one reached, and every other visit that has records."""
    reached = chart.visits()
    events = chart.study.file.events
    last = max((chart.events.index(event) for event, _ in reached if event in chart.events), default=-1)
    planned = [(e, 1) for n, e in enumerate(chart.events) if events[e].kind == "scheduled" and n <= last]
    order = {event: number for number, event in enumerate(chart.events)}
    return sorted({*reached, *planned}, key=lambda visit: (order.get(visit[0], len(order)), visit[1]))


def _forms(chart: Chart) -> list[str]:
    visible = [
        oid
        for oid, form in chart.study.forms.items()
        if not chart.source.hides(oid) and form.visibility in chart.source.visibility
    ]
    return visible + sorted({r.place.form for r in chart.records} - set(visible))


def _sign(chart: Chart, record: Standing) -> str:
    number = str(record.place.form_repeat) if chart.form(record).repeating else ""
    if record.values.get("@inactive") == "Y" or record.status.upper() in ("NOT DONE", "NOT_DONE"):
        return number + "\u00d7"
    if any(query.status.upper() != "CLOSED" for query in chart.queries.get(record.place.record, [])):
        return number + "?"
    return number + ("\u25cf" if record.status.upper() in ("COMPLETE", "VERIFIED", "SIGNED", "LOCKED") else "\u25d0")
