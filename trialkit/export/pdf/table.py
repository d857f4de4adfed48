"""Tables at canvas speed: wrapped cells, a header that repeats, rows that break across pages and lose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialkit.export.pdf.fonts import BOLD, REGULAR, width
from trialkit.export.pdf.page import BLACK, BOTTOM, LEADING, LEFT, LINK, RIGHT, SIZE, Book

PAD = 3.0
_LINKS = (LINK, BLACK)


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with its font, links behind it (words, target) and whether it is struck through."""

    text: str
    bold: bool = False
    links: tuple[tuple[str, str], ...] = ()
    struck: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    font: str
    struck: bool
    links: tuple[tuple[str, str], ...] = ()


WHOLE = 14 * LEADING
"""A row lower than this is kept on one page."""


def as_cell(value: Cell | str) -> Cell:
    """A bare text as a plain cell."""
    return value if isinstance(value, Cell) else Cell(value)


def table(
    book: Book,
    header: Sequence[str],
    rows: Sequence[Sequence[Cell | str]],
    shares: Sequence[float],
    left: float = LEFT,
    right: float = RIGHT,
) -> None:
    """Draw a table whose columns share the width in these proportions; the header repeats on every page."""
    total = sum(shares)
    edges = [left]
    for share in shares:
        edges.append(edges[-1] + (right - left) * share / total)
    grid = _Grid(book, edges)
    head = [grid.lines(Cell(title, bold=True), column) for column, title in enumerate(header)]
    body = [[as_cell(cell) for cell in row] for row in rows]
    first = [grid.lines(cell, column) for column, cell in enumerate(body[0])] if body else []
    tall = grid.height(first) if first else 0.0
    book.room(grid.height(head) + (tall if tall < WHOLE else 6 * LEADING))  # no head alone at the foot of a page
    grid.start(head)
    for row in body:
        cells = [grid.lines(cell, column) for column, cell in enumerate(row)]
        places = [cell.place for cell in row if cell.place]
        grid.row(cells, places, head)
    grid.finish()
    book.y -= 4


def natural(
    book: Book, header: Sequence[str], rows: Sequence[Sequence[Cell | str]], most: float = 170.0
) -> list[float]:
    """Column widths that hold the longest word of each column and, up to `most` points, its longest text."""
    found = []
    for column, title in enumerate(header):
        texts = [as_cell(row[column]).text for row in rows]
        word = max((width(w, BOLD, SIZE) for w in title.split()), default=0.0)
        word = max([word, *(width(w, REGULAR, SIZE) for text in set(texts) for w in text.split())])
        whole = max([width(line, REGULAR, SIZE) for text in set(texts) for line in text.split("\n")], default=0.0)
        extra = max((width(" ".join(w for w, _ in as_cell(r[column]).links), REGULAR, SIZE) for r in rows), default=0.0)
        found.append(min(max(word, whole + extra), max(most, min(word, most))) + 2 * PAD + 1)
    return found


def fitting(
    header: Sequence[str], rows: Sequence[Sequence[Cell | str]], shares: Sequence[float], room: float
) -> list[float]:
    """Column widths in these proportions of `room` points, but none too narrow for its longest word or its numbers.

    Where even those do not fit side by side, the proportions stand.
    """
    needs = []
    for column, title in enumerate(header):
        cells = [as_cell(row[column]) for row in rows]
        words = [(word, BOLD) for word in title.split()]
        for cell in cells:
            whole = not any(letter.isalpha() for letter in cell.text)  # 185 / 112 is read at a glance
            words += [(word, BOLD if cell.bold else REGULAR) for word in ([cell.text] if whole else cell.text.split())]
        needs.append(max((width(word, font, SIZE) for word, font in words), default=0.0) + 2 * PAD + 1)
    if sum(needs) > room:
        return list(shares)
    held: set[int] = set()
    while True:
        left = room - sum(needs[column] for column in held)
        total = sum(share for column, share in enumerate(shares) if column not in held)
        found = [needs[c] if c in held else left * share / total for c, share in enumerate(shares)]
        narrow = {column for column, wide in enumerate(found) if column not in held and wide < needs[column]}
        if not narrow:
            return found
        held |= narrow


class _Grid:
    """The drawing of one table: where its columns stand and where its present page part began."""

    def __init__(self, book: Book, edges: list[float]) -> None:
        self.book = book
        self.edges = edges
        self.began = book.y
        self._plain: dict[tuple[str, str, bool, float], list[_Line]] = {}

    def lines(self, cell: Cell, column: int) -> list[_Line]:
        """The lines of a cell; its links stand behind the last one, or below it where there is no room."""
        font = BOLD if cell.bold else REGULAR
        room = self.edges[column + 1] - self.edges[column] - 2 * PAD
        key = (cell.text, font, cell.struck, room)
        lines = self._plain.get(key)
        if lines is None:
            found = self.book.ink.wrap(cell.text, font, SIZE, room)
            lines = self._plain[key] = [_Line(text, font, cell.struck) for text in found]
        if not cell.links:
            return lines
        lines = list(lines)
        for words, target in cell.links:
            last = lines[-1]
            used = width(last.text, font, SIZE) + sum(width(f" {w}", REGULAR, SIZE) for w, _ in last.links)
            if used + width(f" {words}", REGULAR, SIZE) <= room or not (last.text or last.links):
                lines[-1] = _Line(last.text, last.font, last.struck, (*last.links, (words, target)))
            else:
                lines.append(_Line("", font, cell.struck, ((words, target),)))
        return lines

    def height(self, cells: list[list[_Line]]) -> float:
        return max(map(len, cells)) * LEADING + PAD

    def start(self, head: list[list[_Line]]) -> None:
        """Draw the header at the cursor."""
        book = self.book
        self.began = book.y
        book.rule(self.edges[0], book.y, self.edges[-1], book.y)
        height = self.height(head)
        book.fill(self.edges[0], book.y - height, self.edges[-1] - self.edges[0], height)
        self._part(head)

    def row(self, cells: list[list[_Line]], places: list[str], head: list[list[_Line]]) -> None:
        """Draw one row; what does not fit goes on under a repeated header."""
        book = self.book
        height = self.height(cells)
        fresh = False
        if book.y - height < BOTTOM and (book.y - BOTTOM < 5 * LEADING or height < WHOLE):
            self._turn(head)
            fresh = True
        for place in places:
            book.place(place)
        while book.y - self.height(cells) < BOTTOM:
            fit = int((book.y - BOTTOM - PAD) // LEADING)
            if fit < 1 and not fresh:
                self._turn(head)
                fresh = True
                continue
            fit = max(fit, 1)
            self._part([lines[:fit] for lines in cells])
            cells = [lines[fit:] for lines in cells]
            self._turn(head)
            fresh = True
        self._part(cells)

    def finish(self) -> None:
        """Draw the upright rules of the part on this page."""
        for x in self.edges:
            self.book.rule(x, self.began, x, self.book.y)

    def _turn(self, head: list[list[_Line]]) -> None:
        self.finish()
        self.book.new_page()
        self.start(head)

    def _part(self, cells: list[list[_Line]]) -> None:
        book = self.book
        show, add = book.ink.show, book.page.texts.append
        top, deepest = book.y - SIZE, 1
        for edge, lines in zip(self.edges, cells, strict=False):
            x, y = edge + PAD, top
            deepest = max(deepest, len(lines))
            for line in lines:
                if line.text:
                    add(f"1 0 0 1 {x:.2f} {y:.2f} Tm {show(line.text, line.font, SIZE)}")
                    if line.struck:
                        book.rule(x, y + 3, x + width(line.text, line.font, SIZE), y + 3)
                if line.links:
                    end = x + (width(line.text + " ", line.font, SIZE) if line.text else 0)
                    for words, target in line.links:
                        end = book.link(words, end, y, target) + width(" ", REGULAR, SIZE)
                y -= LEADING
        book.y -= deepest * LEADING + PAD
        book.rule(self.edges[0], book.y, self.edges[-1], book.y)
