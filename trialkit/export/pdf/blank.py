"""The blank case report form of a study: its visits, every form with its questions and answers, and the code lists.

With `annotated` each item also tells where it goes in SDTM (FDA study data conformance guide, aCRF).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trialkit.errors import Broken
from trialkit.export.pdf.check import check_pdf
from trialkit.export.pdf.document import About, Document
from trialkit.export.pdf.fonts import BOLD
from trialkit.export.pdf.outline import contents, contents_length
from trialkit.export.pdf.page import Book, Furniture
from trialkit.export.pdf.table import Cell, table
from trialkit.export.web.spoken import span, window
from trialkit.study.compiled import CompiledForm, CompiledGroup, CompiledItem, CompiledStudy

TITLE = "Blank case report form"
MOST = 12
"""Codes that are printed as boxes beside the question; a longer list stands at the end."""
BOX = "\u2610"
_LINES = {
    "date": "__-___-____", "partialDate": "__-___-____ (UN, UNK where unknown)", "time": "__:__",
    "datetime": "__-___-____ __:__", "person": "name ______________________",
}  # fmt: skip


def write_blank(study: CompiledStudy, path: Path, software: str, *, annotated: bool, blinded: bool) -> int:
    """Write the forms of `study` to `path`; the number of pages. The same study gives the same bytes.

    Raises Broken if it breaks the rules of regulatory PDF files.
    """
    file, kind = study.study.file, ", annotated" if annotated else ""
    about = About(f"{file.oid} {TITLE}", file.sponsor or file.oid, f"{file.title}, version {file.version}", software)
    document = Document(about)
    book = Book(document.ink)
    _cover(book, study, blinded)
    front = len(book.pages)
    book.mark(0, "Contents", "contents")
    _schedule(book, study)
    for number, form in enumerate(study.forms.values()):
        if not number:
            book.mark(0, "Forms", f"form-{form.oid}")
        _form(book, study, form, annotated)
    _codelists(book, study)
    extra = contents_length(document.ink, book.marks)
    numbers = {"contents": front + 1}
    for index, page in enumerate(book.pages):
        for place, _ in page.places:
            numbers.setdefault(place, index + 1 + (extra if index >= front else 0))
    pages = [*book.pages[:front], *contents(document.ink, book.marks, numbers), *book.pages[front:]]
    furniture = Furniture(
        header=((file.oid, f"{TITLE}{kind}"), ("Site ______  Subject __________", _side(blinded))),
        footer=(f"Study version {file.version} ({study.hash[:12]})", software),
    )
    count = document.write(path, pages, book.marks, furniture)
    complaints = check_pdf(path, pages=False)
    if complaints:
        raise Broken(f"{path.name} breaks the rules of PDF files: {complaints[0]}", "", file=path.name)
    return count


def _side(blinded: bool) -> str:
    return "blinded: without masked forms and items" if blinded else "UNBLINDED: with masked forms and items"


def _begin(book: Book, level: int, title: str, place: str) -> None:
    book.running = title
    book.new_page()
    book.mark(level, title, place)
    book.heading(title, 12, place)


def _cover(book: Book, study: CompiledStudy, blinded: bool) -> None:
    file = study.study.file
    book.running = "Cover"
    book.new_page()
    book.mark(0, "Cover", "cover")
    book.place("cover")
    book.text(TITLE, font=BOLD, size=12, after=2)
    book.text(file.title, size=12, after=6)
    facts = [
        ("Study", file.oid), ("Protocol", file.protocol or ""), ("Sponsor", file.sponsor or ""),
        ("Study version", f"{file.version} (definition {study.hash})"), ("Copy", _side(blinded)),
        ("Forms", str(len(study.forms))), ("Items", str(sum(len(form.items) for form in study.forms.values()))),
    ]  # fmt: skip
    table(book, ("This document", ""), [[Cell(name, bold=True), text] for name, text in facts if text], (26, 74))
    book.heading("How to read it", 10)
    book.text(f"{BOX} is a box to tick; a line is an answer to write. An answer is required unless 'optional' stands "
              "with its question. 'Calculated' items are worked out by the system and not asked. Dates are written "
              "dd-MMM-yyyy, times of day 24-hour.")  # fmt: skip


def _schedule(book: Book, study: CompiledStudy) -> None:
    _begin(book, 0, "Schedule of visits", "schedule")
    rows: list[list[Cell | str]] = []
    for oid, event in study.study.file.events.items():
        links = tuple((form, f"form-{form}") for form in study.events[oid])
        if links:
            rows.append([Cell(oid, bold=True), event.title, window(event.window) or event.kind, Cell("", links=links)])
    table(book, ("Visit", "Title", "When", "Forms"), rows, (9, 22, 25, 44))


def _form(book: Book, study: CompiledStudy, form: CompiledForm, annotated: bool) -> None:
    said = form.form
    _begin(book, 1, f"{said.title} ({form.oid})", f"form-{form.oid}")
    visits = [event for event, forms in study.events.items() if form.oid in forms]
    titles = study.study.file.roles
    facts = [
        ("At", ", ".join(visits)), ("Kind", "a log: one sheet a line" if said.repeating else ""),
        ("Filled in by", ", ".join(titles[role].title if role in titles else role for role in said.entered_by)),
        ("Signed by", titles[said.signed_by].title if said.signed_by in titles else said.signed_by or ""),
        ("SDTM domain", said.domain or "" if annotated else ""), ("Instructions", said.instructions or ""),
    ]  # fmt: skip
    book.text("   ".join(f"{name}: {text}" for name, text in facts if text), after=4, keep=True)
    for group in form.groups.values():
        _group(book, study, group, annotated)


def _group(book: Book, study: CompiledStudy, group: CompiledGroup, annotated: bool) -> None:
    items = [item for item in group.items if not item.item.retired]
    if not items:
        return
    book.heading(group.group.title, 10)
    points = group.group.timepoints
    if points:
        told = ", ".join(point.label + (" (as often as needed)" if point.repeats else "") for point in points.values())
        book.text(f"One row at each of: {told}", keep=True)
    elif group.group.rows:
        book.text("As many rows as needed.", keep=True)
    if group.when is not None:
        book.text(f"Only if {group.when.source}", keep=True)
    rows: list[list[Cell | str]] = []
    for item in items:
        notes = [item.oid, *_notes(item)]
        if annotated:
            notes += [f"\u2192 {one.target}" + (f" {one.testcd}" if one.testcd else "") for one in item.item.sdtm]
        question = item.item.question or item.item.label
        question += f"\n{item.item.help}" if item.item.help else ""
        rows.append([question, _answer(study, item), "\n".join(notes)])
    table(book, ("Question", "Answer", "Item, limits, SDTM" if annotated else "Item, limits"), rows, (40, 32, 28))


def _answer(study: CompiledStudy, item: CompiledItem) -> Cell | str:
    said = item.item
    unit = f" {said.unit}" if said.unit else ""
    if item.compute is not None or said.compute:
        return f"calculated,{unit}" if unit else "calculated"
    if item.labels:
        if len(item.labels) <= MOST:
            return "\n".join(f"{BOX} {words}" for words in item.labels.values())
        title = study.study.codelists[said.codelist].title if said.codelist else ""
        return Cell("______________________ one of", links=((title, f"list-{said.codelist}"),))
    if item.type in ("integer", "decimal"):
        return f"__________{unit}"
    return _LINES.get(item.type, "______________________\n\n") + unit


def _notes(item: CompiledItem) -> Iterator[str]:
    said = item.item
    if said.optional:
        yield "optional"
    if item.when is not None:
        yield f"only if {item.when.source}"
    for name, limits in (("possible", said.hard), ("usual", said.soft)):
        if limits:
            yield f"{name} {span(limits)}"


def _codelists(book: Book, study: CompiledStudy) -> None:
    lists = {oid: one for oid, one in study.study.codelists.items() if len(one.codes) > MOST}
    if not lists:
        return
    _begin(book, 0, "Long code lists", "lists")
    for oid, one in lists.items():
        book.mark(1, one.title, f"list-{oid}")
        book.heading(one.title, 10, f"list-{oid}")
        table(book, ("Code", "Meaning"), [[code, words] for code, words in one.codes.items()], (30, 70))
