"""The subject casebook (21 CFR 312.62(b), E6(R3) 4.2; regulatory 16.3): cover, contents, matrix, visits, history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trialkit.export.deliverable import Casebook
from trialkit.export.pdf.chart import Chart
from trialkit.export.pdf.cover import draw_cover
from trialkit.export.pdf.document import About, Document
from trialkit.export.pdf.history import draw_history
from trialkit.export.pdf.matrix import draw_matrix
from trialkit.export.pdf.outline import contents, contents_length
from trialkit.export.pdf.page import Book, Furniture, Mark
from trialkit.export.pdf.records import draw_record, record_place
from trialkit.export.pdf.timeline import draw_timeline
from trialkit.export.source import Source, SubjectRow
from trialkit.export.wording import utc

TITLE = "Subject casebook"


def write_casebook(source: Source, path: Path, subject: SubjectRow, plan: Casebook) -> int:
    """Write one subject's casebook to `path`; the number of its pages."""
    chart = Chart(source, subject)
    study = chart.study.file
    about = About(
        f"{study.oid} {TITLE} {subject.site} {subject.id}",
        study.sponsor or study.oid,
        f"{study.title}, subject {subject.id}, data as of {utc(source.snapshot.at)}",
        source.snapshot.software,
    )
    document = Document(about)
    book = Book(document.ink)
    book.running = "Cover"
    book.new_page()
    book.mark(0, "Cover", "cover")
    draw_cover(book, chart, plan, subject.status.capitalize())
    front = len(book.pages)
    book.mark(0, "Contents", "contents")
    _matrix(book, chart)
    _visits(book, chart, plan)
    _by_form(book, chart)
    _history(book, chart)
    extra = contents_length(document.ink, book.marks)
    numbers = {"contents": front + 1}
    for index, page in enumerate(book.pages):
        for place, _ in page.places:
            numbers.setdefault(place, index + 1 + (extra if index >= front else 0))
    pages = [*book.pages[:front], *contents(document.ink, book.marks, numbers), *book.pages[front:]]
    return document.write(path, pages, book.marks, furniture(source, subject, plan))


def furniture(source: Source, subject: SubjectRow, plan: Casebook) -> Furniture:
    """Header and footer of every page (regulatory 16.0)."""
    study, snapshot = source.study.file, source.snapshot
    blinding = "blinded" if snapshot.blinded else "UNBLINDED"
    site = f"Site {subject.site} {source.site_name(subject.site)}".strip()
    return Furniture(
        header=(
            (f"{study.oid}  {plan.short_title or ''}".strip(), TITLE),
            (f"{site}   Subject {subject.id}", f"{plan.copy_type} copy, {blinding}"),
        ),
        footer=(
            f"Data as of {utc(snapshot.at)}, entry {snapshot.as_of}, head {snapshot.head[:12]}",
            f"Study version {study.version} ({source.study.hash[:12]}), {snapshot.software}",
        ),
        banner="TRAINING - not a real subject" if snapshot.kind == "training" else "",
    )


def _matrix(book: Book, chart: Chart) -> None:
    book.running = "Visit matrix"
    book.new_page()
    book.mark(0, "Visit matrix", "matrix")
    book.heading("Visit matrix", 12, "matrix")
    draw_matrix(book, chart)


def _visits(book: Book, chart: Chart, plan: Casebook) -> None:
    visits = chart.visits()
    if not visits:
        return
    book.mark(0, "By visit", f"visit-{visits[0][0]}-{visits[0][1]}")
    for visit in visits:
        title, date = chart.visit_title(visit), chart.visit_date(visit)
        place = f"visit-{visit[0]}-{visit[1]}"
        book.running = title
        book.new_page()
        book.mark(1, title, place)
        book.heading(f"{title}, {date}" if date else title, 12, place)
        for timeline in plan.timelines:
            draw_timeline(book, chart, visit, timeline)
        for record in chart.at(visit):
            book.mark(2, chart.record_title(record), record_place(record))
            draw_record(book, chart, record)


def _by_form(book: Book, chart: Chart) -> None:
    """The second branch of the bookmarks: the same places, by form."""
    if not chart.records:
        return
    marks = list(_form_marks(chart))
    book.mark(0, "By form", marks[0].place)
    book.marks += marks


def _form_marks(chart: Chart) -> Iterator[Mark]:
    order = [*chart.study.forms, *sorted({r.place.form for r in chart.records} - set(chart.study.forms))]
    for form in order:
        records = [record for record in chart.records if record.place.form == form]
        if records:
            yield Mark(1, f"{chart.form(records[0]).title} ({form})", record_place(records[0]))
        for record in records:
            visit = chart.visit_title((record.place.event, record.place.event_repeat))
            number = f", {record.place.form_repeat}" if chart.form(record).repeating else ""
            yield Mark(2, f"{visit}{number}", record_place(record))


def _history(book: Book, chart: Chart) -> None:
    snapshot = chart.source.snapshot
    book.running = "History of changed values"
    book.new_page()
    book.mark(0, book.running, "history")
    book.heading(book.running, 12, "history")
    draw_history(book, chart)
    sight = "that a blinded reader may see" if snapshot.blinded else "of this subject, unblinded values included"
    book.heading("What this copy holds", 10)
    book.text(
        f"This casebook shows all {len(chart.records)} records {sight}, and every value that ever stood in them, as of "
        f"the first {snapshot.as_of} entries of the study's ledger. The Merkle root over them is {snapshot.head}."
    )
