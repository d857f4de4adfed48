"""The evidence of a study's checks as a document for the trial master file: cover, summary, cases, mutants."""

from __future__ import annotations

from pathlib import Path

from trialkit.errors import Broken
from trialkit.export.evidence import SIGNED, TITLE, UNREASONED, Evidence, TriedCheck
from trialkit.export.pdf.check import check_pdf
from trialkit.export.pdf.document import About, Document
from trialkit.export.pdf.fonts import BOLD
from trialkit.export.pdf.outline import with_contents
from trialkit.export.pdf.page import Book, Furniture
from trialkit.export.pdf.table import Cell, table
from trialkit.study.coverage import SCOPES


def write_evidence_pdf(evidence: Evidence, path: Path) -> int:
    """Writes the document; the number of its pages. Raises Broken if it breaks the rules of regulatory PDF files."""
    file = evidence.study.study.file
    about = About(f"{file.oid} {TITLE}", evidence.by, f"{file.title}, version {file.version}", evidence.software)
    document = Document(about)
    book = Book(document.ink)
    _cover(book, evidence)
    front = len(book.pages)
    book.mark(0, "Contents", "contents")
    _summary(book, evidence)
    _cases(book, evidence)
    _mutants(book, evidence)
    _unread(book, evidence)
    pages = with_contents(book, front)
    furniture = Furniture(
        header=((file.oid, TITLE), (f"Study version {file.version}", f"Run by {evidence.by}, {evidence.moment}")),
        footer=(f"Study {evidence.study.hash}", evidence.software),
    )
    count = document.write(path, pages, book.marks, furniture)
    complaints = check_pdf(path, pages=False)
    if complaints:
        raise Broken(f"{path.name} breaks the rules of PDF files: {complaints[0]}", "", file=path.name)
    return count


def _begin(book: Book, title: str, place: str) -> None:
    book.running = title
    book.new_page()
    book.mark(0, title, place)


def _cover(book: Book, evidence: Evidence) -> None:
    _begin(book, "Cover", "cover")
    book.place("cover")
    book.text(TITLE, font=BOLD, size=12, after=2)
    book.text(evidence.study.study.file.title, size=12, after=6)
    table(book, ("What was run", ""), [[Cell(name, bold=True), text] for name, text in evidence.facts], (26, 74))
    book.heading("Result", 10)
    book.text(evidence.verdict, font=BOLD, after=8)
    book.text(
        "Each check of the study has cases: values with which it must fire, and values with which it must not. This "
        "document lists every case with what came of it. It is written by the software that ran them, and the same "
        "study run by the same person at the same moment gives the same file, byte for byte.",
        after=10,
    )
    rows: list[list[Cell | str]] = [
        [Cell(what, bold=True), f"{evidence.by if what == SIGNED[0] else ''}\n\n", "", ""] for what in SIGNED
    ]
    table(book, ("", "Name", "Date", "Signature"), rows, (14, 34, 18, 34))


def _summary(book: Book, evidence: Evidence) -> None:
    _begin(book, "Checks", "checks")
    book.heading("Checks", 12, "checks")
    book.text("Scope: " + ", ".join(f"{letter} {meaning}" for letter, meaning in SCOPES.items()) + ".")
    book.text("Cases: firing and passing. Edges: ordering comparisons with cases on both sides, one step apart.")
    book.text("Mutants: small mistakes in the check that its cases notice, of all that were tried.", after=6)
    rows: list[list[Cell | str]] = []
    for one in evidence.checks:
        rows.append([
            Cell("", links=((one.check.oid, _place(one)),)),
            one.title,
            one.check.form,
            one.check.severity,
            one.covers.scope,
            f"{one.covers.fires} + {one.covers.passes}",
            one.covers.edges,
            one.covers.noticed,
            "as expected" if one.good else Cell(one.said, bold=True),
        ])  # fmt: skip
    heads = ("Check", "Title", "Form", "Severity", "Scope", "Cases", "Edges", "Mutants", "Result")
    table(book, heads, rows, (15, 34, 8, 10, 8, 8, 9, 11, 13))


def _cases(book: Book, evidence: Evidence) -> None:
    form = ""
    for one in evidence.checks:
        if one.check.form != form:
            first, form = not form, one.check.form
            title = f"{form}: {evidence.study.forms[form].form.title}"
            book.running = title
            book.new_page()
            if first:
                book.mark(0, "Cases by form", f"form-{form}")
            book.mark(1, title, f"form-{form}")
            book.heading(title, 12, f"form-{form}")
        book.mark(2, f"{one.check.oid} {one.title}", _place(one))
        _check(book, one)


def _check(book: Book, one: TriedCheck) -> None:
    book.heading(f"{one.check.oid}  {one.title}", 10, _place(one))
    forms = f", reads {', '.join(one.covers.forms[1:])}" if len(one.covers.forms) > 1 else ""
    scope = ", ".join(SCOPES[letter] for letter in one.covers.scope)
    book.text(f"Number {one.covers.number}, {one.check.severity}, {scope}{forms}", keep=True)
    for key, text in one.rules:
        book.text(f"{key}: {text}", keep=True)
    book.text(f"Message: {one.check.check.message}", keep=True, after=3)
    rows: list[list[Cell | str]] = [
        [
            case.number,
            "\n".join(case.lines),
            case.expected,
            "as expected" if case.result.good else Cell(case.result.said, bold=True),
            case.shown,
        ]
        for case in one.cases
    ]
    if rows:
        table(book, ("Case", "Values", "Expected", "Result", "Message shown"), rows, (11, 40, 12, 13, 30))
    else:
        book.text("This check has no case.")


def _mutants(book: Book, evidence: Evidence) -> None:
    _begin(book, "Mutants that no case notices", "mutants")
    book.heading(book.running, 12, "mutants")
    book.text(
        "Each check was varied by the small mistakes an author could make (a comparison flipped, a constant moved by "
        "its last digit, a clause left out, an item taken for another), and each mutant run on the cases of its check. "
        f"{evidence.noticed}.",
        after=6,
    )
    rows: list[list[Cell | str]] = [
        [
            Cell("", links=((one.survivor.check, f"check-{one.survivor.check}"),)),
            one.survivor.was,
            one.survivor.now,
            f"{one.reason.reason}: {one.reason.because}" if one.reason else UNREASONED,
        ]
        for one in evidence.survivors
    ]
    if rows:
        table(book, ("Check", "Text", "Mutant", "Reason"), rows, (14, 32, 32, 30))


def _unread(book: Book, evidence: Evidence) -> None:
    _begin(book, "Items that no check reads", "unread")
    book.heading(book.running, 12, "unread")
    book.text(
        "The checks that every study has (type, code list, range, required answers) hold for them all the same.",
        after=6,
    )
    rows: list[list[Cell | str]] = [
        [Cell(form, bold=True), ", ".join(items)] for form, items in evidence.unread.items()
    ]
    if rows:
        table(book, ("Form", "Items"), rows, (14, 86))


def _place(one: TriedCheck) -> str:
    return f"check-{one.check.oid}"
