"""Rows of several groups of one visit side by side in time order: what was done, and what the monitor showed."""

from __future__ import annotations

from trialkit.export.deliverable import Timeline, TimelineColumn, TimelineSource
from trialkit.export.pdf.chart import Chart, Visit, by_rows
from trialkit.export.pdf.legend import bold_legend, limits
from trialkit.export.pdf.order import minute_of
from trialkit.export.pdf.page import LEFT, RIGHT, Book
from trialkit.export.pdf.table import Cell, fitting, table
from trialkit.export.source import Standing
from trialkit.export.wording import in_words, plain, row_order, seen
from trialkit.ledger.entry import Written

Row = tuple[int, list[Cell | str]]
Line = tuple[int, int, list[Cell | str]]
BEFORE = 360
"""Minutes before the start in which a clock time still is of before it; the rest of the day comes after."""


def draw_timeline(book: Book, chart: Chart, visit: Visit, timeline: Timeline) -> None:
    """The facts, then one line per moment; nothing is drawn when none of the groups has a row."""
    records = {record.place.form: record for record in chart.at(visit) if record.values.get("@inactive") != "Y"}
    start = minute_of(_fact(records, timeline.start or "")) if timeline.start else None
    columns = [column for column in timeline.columns if _visible(chart, records, column)]
    lines: list[Line] = []
    for order, source in enumerate(timeline.rows):
        form, _, group = source.group.partition(".")
        if form in records:
            lines += [(m, order, cells) for m, cells in _rows(chart, records[form], group, source, columns, start)]
    if not lines:
        return
    book.heading(_title(records, timeline, start), 10)
    told = "; ".join(fact for fact in (_told(chart, records, path) for path in timeline.facts) if fact)
    if told:
        book.text(told.rstrip(".") + ".", keep=True)
    for line in (bold_legend(chart, records, timeline), limits(chart, records, timeline)):
        if line:
            book.text(line, keep=True)
    lines = _merged(sorted(lines, key=lambda line: (line[0], line[1])), 1 if start is None else 2)
    header = ["Time", *(["Minute"] if start is not None else []), *(column.title for column in columns)]
    shares = [9.0, *([9.0] if start is not None else []), *(float(column.share) * 10 for column in columns)]
    drawn = [cells for _, _, cells in lines]
    table(book, header, drawn, fitting(header, drawn, shares, RIGHT - LEFT))


def _title(records: dict[str, Standing], timeline: Timeline, start: int | None) -> str:
    """The timeline's title, or what stands in its place when there was nothing to time."""
    absent = timeline.absent
    if absent is None or start is not None:
        return timeline.title
    return absent.title if plain(_fact(records, absent.item)) in absent.codes else absent.unknown


def _merged(lines: list[Line], keys: int) -> list[Line]:
    """Lines of one minute become one where no cell of theirs is taken twice: the step beside the reading."""
    found: list[Line] = []
    for minute, order, cells in lines:
        last = found[-1] if found else None
        if (
            last is not None
            and last[0] == minute
            and not any(_taken(a) and _taken(b) for a, b in _pairs(last, cells, keys))
        ):
            both = [a if _taken(a) else b for a, b in _pairs(last, cells, keys)]
            found[-1] = (minute, order, [*last[2][:keys], *both])
        else:
            found.append((minute, order, cells))
    return found


def _pairs(last: Line, cells: list[Cell | str], keys: int) -> list[tuple[Cell | str, Cell | str]]:
    return list(zip(last[2][keys:], cells[keys:], strict=True))


def _taken(cell: Cell | str) -> bool:
    return bool(cell.text or cell.links) if isinstance(cell, Cell) else bool(cell)


def _rows(
    chart: Chart, record: Standing, group: str, source: TimelineSource, columns: list[TimelineColumn], start: int | None
) -> list[Row]:
    form = chart.form(record)
    if group not in form.groups:
        return []
    found = by_rows(chart, record).get(group, {})
    lines: list[Row] = []
    for name in sorted(found, key=lambda row: row_order(form, group, row)):
        values = found[name]
        minute = minute_of(values.get(source.time))
        if minute is None or values.get("@inactive") == "Y":
            continue
        if start is not None:  # of the day on which it lies from six hours before the start to 18 hours after it
            minute = start + (minute - start + BEFORE) % 1440 - BEFORE
        bold = any(plain(values.get(item)) in codes for item, codes in source.bold.items())
        cells: list[Cell | str] = [Cell(plain(values.get(source.time))[:5], bold=bold)]
        if start is not None:
            cells.append(Cell(f"{minute - start:+d}" if minute != start else "0", bold=bold))
        for column in columns:
            mine = column.group == source.group
            cells.append(_cell(chart, record, group, name, values, column, bold) if mine else "")
        lines.append((minute, cells))
    return lines


def _cell(
    chart: Chart, record: Standing, group: str, row: str, values: dict[str, Written], column: TimelineColumn, bold: bool
) -> Cell:
    texts: list[str] = []
    links: tuple[tuple[str, str], ...] = ()
    form = chart.form(record)
    for oid in column.items:
        item = form.groups[group].items.get(oid)
        if item is None or not seen(chart.source, form, oid):
            continue
        trail = chart.trail(record, f"{group}[{row}].{oid}")
        links += (trail.mark,) if trail else ()
        text = in_words(chart.source, chart.study_of(record), item, values.get(oid), chart.zone, column.units)
        if text:
            texts.append(text)
    return Cell(column.separator.join(texts), bold=bold, links=links)


def _visible(chart: Chart, records: dict[str, Standing], column: TimelineColumn) -> bool:
    record = records.get(column.group.partition(".")[0])
    return record is not None and any(seen(chart.source, chart.form(record), oid) for oid in column.items)


def _fact(records: dict[str, Standing], path: str) -> Written:
    form, _, item = path.partition(".")
    return records[form].values.get(item) if form in records else None


def _told(chart: Chart, records: dict[str, Standing], path: str) -> str:
    form_oid, _, oid = path.partition(".")
    record = records.get(form_oid)
    if record is None:
        return ""
    form = chart.form(record)
    item = form.items.get(oid)
    if item is None or not seen(chart.source, form, oid):
        return ""
    text = in_words(chart.source, chart.study_of(record), item, record.values.get(oid), chart.zone, True)
    return f"{item.label}: {text}" if text else ""
