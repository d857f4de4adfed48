"""A record on paper: who entered it and when, values with change marks, grids as tables, queries, signatures."""

from __future__ import annotations

from dataclasses import replace

from trialkit.export.csv_changes import reason_text
from trialkit.export.pdf.asked import asked
from trialkit.export.pdf.chart import CALCULATION, Chart, by_rows
from trialkit.export.pdf.fonts import BOLD
from trialkit.export.pdf.order import in_time
from trialkit.export.pdf.page import LEFT, RIGHT, SIZE, Book
from trialkit.export.pdf.table import Cell, as_cell, natural, table
from trialkit.export.source import Act, Remark, Standing
from trialkit.export.wording import both, plain, read_value, row_label, seen, split_path
from trialkit.ledger.entry import Written
from trialkit.study.model import Form, Item, ItemGroup

BLANK = "blank"
UNANSWERED = {True: BLANK, False: "not asked", None: "blank or not asked"}
SAID = {
    "query.open": "asked",
    "query.answer": "answered",
    "query.close": "closed",
    "query.reopen": "asked again",
    "query.cancel": "cancelled",
}


def record_place(record: Standing) -> str:
    """The name of a record as a target of links."""
    return record.stream


def draw_record(book: Book, chart: Chart, record: Standing) -> None:
    """The whole record at the cursor."""
    form = chart.form(record)
    title = f"{chart.record_title(record)} ({form.oid})"
    inactive = record.values.get("@inactive") == "Y"
    book.heading(f"{title} - INACTIVATED" if inactive else title, 10, record_place(record))
    for line in _who(chart, record, inactive):
        book.text(line, after=2, keep=True)
    rows = by_rows(chart, record)
    for oid, group in form.groups.items():
        items = {name: item for name, item in group.items.items() if seen(chart.source, form, name)}
        if not items:
            continue
        if group.repeating:
            _grid(book, chart, record, form, oid, group, items, rows.get(oid, {}), inactive)
        else:
            _flat(book, chart, record, group, items, inactive)
    _queries(book, chart, record, form)
    _signatures(book, chart, record)


def _who(chart: Chart, record: Standing, inactive: bool) -> list[str]:
    acts = [act for act in chart.acts.get(record.stream, []) if act.act != CALCULATION]
    version = chart.study_of(record).file.version
    status = record.status.capitalize() or "No status"
    lines = [f"{status}, version {record.version}, entered in study version {version}."]
    begun: set[str] = set()
    for number, act in enumerate(acts):
        added = _added(act, begun)
        if not number:
            lines.append(f"Entered by {_by(chart, act)}" + (f": {added}." if len(acts) > 1 and added else "."))
        elif added:
            lines.append(f"Added by {_by(chart, act)}: {added}.")
    if len(acts) > 1:
        lines.append(f"Last changed by {_by(chart, acts[-1])}.")
    if inactive:
        struck = next((a for a in reversed(acts) if any(c.item == "@inactive" for c in a.changes)), None)
        if struck is not None:
            reason = why(chart, struck).rstrip(" .") or "none given"
            lines.append(f"Line inactivated by {_by(chart, struck)}. Reason: {reason}.")
    for path, value in record.values.items():
        if path.startswith("@explanation["):
            lines.append(f"Explanation for check {path[13:-1]}: {plain(value)}")
    return lines


def _added(act: Act, begun: set[str]) -> str:
    """What an act entered for the first time, short: single items by id, rows of groups by their keys.

    A row that an earlier act had begun (`begun`, which grows) has its new items named.
    """
    single: list[str] = []
    rows: dict[str, list[str]] = {}
    for change in act.changes:
        group, row, oid = split_path(change.item)
        if change.old is None and not oid.startswith("@"):
            if row:
                rows.setdefault(f"{group} {row}", []).append(oid)
            else:
                single.append(oid)
    told = [f"{row} ({', '.join(items)})" if row in begun else row for row, items in rows.items()]
    begun.update(rows)
    return ", ".join([*single, *told])


def _by(chart: Chart, act: Act) -> str:
    return f"{act.actor.name} ({act.actor.role}, {act.actor.organisation}), {both(act.at, chart.zone)}"


def why(chart: Chart, act: Act) -> str:
    """The reason of an act in words: its code's label and what the person wrote."""
    labels = chart.source.version(act.study).file.change_reasons
    words = labels.get(act.reason or "", act.reason or "")
    return ": ".join(part for part in (words, reason_text(act)) if part)


def value_cell(
    chart: Chart, record: Standing, path: str, item: Item, value: Written, struck: bool, unit: bool = True
) -> Cell:
    """A value as it reads, with the mark that leads to its history."""
    trail = chart.trail(record, path)
    links = (trail.mark,) if trail else ()
    text = read_value(chart.source, chart.study_of(record), item, value, chart.zone, unit)
    return Cell(text, links=links, struck=struck and bool(text))


def _flat(book: Book, chart: Chart, record: Standing, group: ItemGroup, items: dict[str, Item], struck: bool) -> None:
    rows = []
    for oid, item in items.items():
        cell = value_cell(chart, record, oid, item, record.values.get(oid), struck)
        if not cell.text:
            if item.retired and not cell.links:
                continue
            answer = asked(chart, record, oid) if not item.compute else None
            words = "not calculated" if item.compute else UNANSWERED[answer]
            cell = Cell(words, links=cell.links)
        rows.append((f"{item.label} ({oid})", cell))
    if rows:
        table(book, (group.title, "Value"), rows, (46, 54))


def _grid(
    book: Book,
    chart: Chart,
    record: Standing,
    form: Form,
    oid: str,
    group: ItemGroup,
    items: dict[str, Item],
    rows: dict[str, dict[str, Written]],
    struck: bool,
) -> None:
    """A grid: a line per row; columns that do not fit side by side follow in a part of their own, rows named again."""
    book.heading(f"{group.title} ({oid})", SIZE)
    if not rows:
        book.text("No row was entered.")
        return
    names = in_time(form, oid, rows)
    taken = any(item.label == "Timepoint" for item in items.values())
    timed = any(point.minute is not None for point in (group.timepoints or {}).values())
    first = "Timepoint" if timed and not taken else "Row"
    lines: list[list[Cell | str]] = []
    for name in names:
        gone = struck or rows[name].get("@inactive") == "Y"
        label = row_label(form, oid, name)
        flag = chart.trail(record, f"{oid}[{name}].@inactive")
        lines.append([Cell(label, bold=True, struck=gone, links=(flag.mark,) if flag else ())])
        for item_oid, item in items.items():
            path = f"{oid}[{name}].{item_oid}"
            lines[-1].append(value_cell(chart, record, path, item, rows[name].get(item_oid), gone, unit=False))
    header = [first, *(f"{item.label} [{item.unit}]" if item.unit else item.label for item in items.values())]
    if _names_rows(next(iter(items.values()), None), first, lines):
        header = header[1:]
        lines = [[_named(as_cell(line[0]), as_cell(line[1])), *line[2:]] for line in lines]
    used = [0] + [n for n in range(1, len(header)) if any(_filled(line[n]) for line in lines)]
    empty = [header[n] for n in range(1, len(header)) if n not in used]
    widths = natural(book, header, lines, most=110)
    for band in _bands(widths, used, RIGHT - LEFT):
        cells = [[line[n] for n in band] for line in lines]
        shares = [widths[n] for n in band]
        table(book, [header[n] for n in band], cells, shares, right=min(RIGHT, LEFT + 1.25 * sum(shares)))
    if empty:
        book.text(f"Blank in every row: {'; '.join(empty)}.")


def _names_rows(item: Item | None, first: str, lines: list[list[Cell | str]]) -> bool:
    """Whether a grid's first item says in each row what the row is called already: its number, its substance."""
    if item is None or not (item.label == first or item.type == "code"):
        return False
    pairs = [(as_cell(line[0]).text, as_cell(line[1]).text) for line in lines]
    return all(text == name or text.startswith(f"{name} (") for name, text in pairs)


def _named(row: Cell, value: Cell) -> Cell:
    return replace(value, bold=True, struck=row.struck, links=row.links + value.links)


def _filled(cell: Cell | str) -> bool:
    return bool(cell.text or cell.links) if isinstance(cell, Cell) else bool(cell)


def _bands(widths: list[float], columns: list[int], room: float) -> list[list[int]]:
    """Columns in parts that fit the page; the first column leads each part."""
    lead, rest = columns[0], columns[1:]
    bands: list[list[int]] = [[lead]]
    used = widths[lead]
    for column in rest:
        if used + widths[column] > room and len(bands[-1]) > 1:
            bands.append([lead])
            used = widths[lead]
        bands[-1].append(column)
        used += widths[column]
    return bands


def _queries(book: Book, chart: Chart, record: Standing, form: Form) -> None:
    queries = [q for q in chart.queries.get(record.place.record, []) if seen(chart.source, form, q.item.split(".")[-1])]
    if not queries:
        return
    rows = []
    for query in queries:
        said = "\n".join(
            f"{both(remark.at, chart.zone)}, {remark.actor.name} ({remark.actor.role}), {_said(remark)}"
            for remark in query.thread
        )
        item = form.items.get(query.item.split(".")[-1])
        where = f"{item.label} ({query.item})" if item else query.item or "The form"
        kind = "asked by a person" if query.check in ("", "MANUAL") else f"{query.check} {query.severity}".strip()
        rows.append((Cell(where), Cell(query.status.lower(), bold=query.status.upper() != "CLOSED"), kind, said))
    table(book, ("Query on", "State", "Raised by", "Thread"), rows, (24, 12, 14, 50))


def _said(remark: Remark) -> str:
    word = SAID.get(remark.act, remark.act)
    return f"{word}: {remark.text}" if remark.text else word


def _signatures(book: Book, chart: Chart, record: Standing) -> None:
    for signature in chart.signatures.get(record.place.record, []):
        words = f"Signed by {signature.name} ({signature.role}), {both(signature.at, chart.zone)}"
        book.text(f"{words}, meaning: {signature.meaning}. This signature is {signature.state}.", font=BOLD)
