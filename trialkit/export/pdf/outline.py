"""The table of contents, which mirrors the bookmarks title for title (PDF-09)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trialkit.export.pdf.fonts import BOLD, REGULAR, width
from trialkit.export.pdf.ink import Ink
from trialkit.export.pdf.page import BOTTOM, LEADING, LEFT, RIGHT, SIZE, TOP, Book, Mark, Page

GAP, NUMBER, INDENT, TITLE = 18.0, 30.0, 9.0, 20.0
COLUMN = (RIGHT - LEFT - GAP) / 2


def with_contents(book: Book, front: int) -> list[Page]:
    """The pages of a book with its table of contents after the first `front` of them."""
    extra = contents_length(book.ink, book.marks)
    numbers = {"contents": front + 1}
    for index, page in enumerate(book.pages):
        for place, _ in page.places:
            numbers.setdefault(place, index + 1 + (extra if index >= front else 0))
    return [*book.pages[:front], *contents(book.ink, book.marks, numbers), *book.pages[front:]]


def contents_length(ink: Ink, marks: Sequence[Mark]) -> int:
    """How many pages the table of contents takes."""
    return len(_layout(ink, marks))


def contents(ink: Ink, marks: Sequence[Mark], numbers: Mapping[str, int]) -> list[Page]:
    """The pages of the contents: each title a link, with the number of its page."""
    book = Book(ink)
    for page in _layout(ink, marks):
        book.running = "Contents"
        book.new_page()
        if len(book.pages) == 1:
            book.place("contents")
            book.line("Contents", LEFT, TOP - 12, BOLD, 12)
        for column, lines in enumerate(page):
            left = LEFT + column * (COLUMN + GAP)
            y = TOP - TITLE
            for mark, text, last in lines:
                y -= LEADING
                book.link(text, left + INDENT * mark.level, y, mark.place)
                if last:
                    number = str(numbers[mark.place])
                    book.line(number, left + COLUMN - width(number, REGULAR, SIZE), y)
    return book.pages


def _layout(ink: Ink, marks: Sequence[Mark]) -> list[list[list[tuple[Mark, str, bool]]]]:
    """Pages of two columns of lines; a title that wraps stays whole."""
    height = int((TOP - TITLE - BOTTOM) // LEADING)
    columns: list[list[tuple[Mark, str, bool]]] = [[]]
    for mark in marks:
        lines = ink.wrap(mark.title, REGULAR, SIZE, COLUMN - NUMBER - INDENT * mark.level)
        if len(columns[-1]) + len(lines) > height:
            columns.append([])
        columns[-1] += [(mark, line, n == len(lines) - 1) for n, line in enumerate(lines)]
    return [columns[n : n + 2] for n in range(0, len(columns), 2)]
