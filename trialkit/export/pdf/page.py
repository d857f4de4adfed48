"""A book of pages laid out first and drawn at the end, when their number is known and every link has its target.

US letter, left margin 54 pt, the others at least 27 pt (PDF-06). Header and footer stand on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reportlab.pdfgen.canvas import Canvas

from trialkit.export.pdf.fonts import BOLD, REGULAR, width
from trialkit.export.pdf.ink import Ink

WIDTH, HEIGHT = 612.0, 792.0
LEFT, RIGHT = 54.0, 576.0
TOP, BOTTOM = 704.0, 62.0
SIZE, LEADING = 9.0, 11.0
MOST_WAITING = 8  # lines of a paragraph that is kept together with what follows
LINK = "0 0 0.75 rg"
BLACK = "0 g"


@dataclass(frozen=True, slots=True)
class Furniture:
    """What stands on every page: lines of the header (left, right), of the footer, and a banner in words, if any."""

    header: tuple[tuple[str, str], ...]
    footer: tuple[str, ...]
    banner: str = ""


@dataclass(slots=True)
class Page:
    """One page: texts as operators, rules as path operators, link areas and named places."""

    running: str = ""
    texts: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    fills: list[str] = field(default_factory=list)
    links: list[tuple[float, float, float, float, str]] = field(default_factory=list)
    places: list[tuple[str, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mark:
    """A bookmark: its level (0 to 3), title and the place it leads to."""

    level: int
    title: str
    place: str


class Book:
    """Pages in the making: a cursor that moves down and starts a page when there is no room left."""

    def __init__(self, ink: Ink) -> None:
        self.ink = ink
        self.pages: list[Page] = []
        self.marks: list[Mark] = []
        self.running = ""
        self.y = BOTTOM
        self._waiting: list[tuple[float, Callable[[], None]]] = []

    @property
    def page(self) -> Page:
        return self.pages[-1]

    def new_page(self) -> None:
        """Go on at the top of a fresh page; what still waits is drawn before."""
        if self._waiting:
            self.room(0)
        self.pages.append(Page(self.running))
        self.y = TOP

    def room(self, height: float) -> None:
        """Draw what waits together with the next `height` points: on this page if all of it fits, else on the next."""
        waiting, self._waiting = self._waiting, []
        if not self.pages or self.y - height - sum(tall for tall, _ in waiting) < BOTTOM:
            self.new_page()
        for _, draw_it in waiting:
            draw_it()

    def place(self, name: str) -> None:
        """Name the present position as the target of links and bookmarks."""
        self.page.places.append((name, self.y + 4))

    def line(self, text: str, x: float, y: float, font: str = REGULAR, size: float = SIZE) -> None:
        """One line of text at a position of this page."""
        if text:
            self.page.texts.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm {self.ink.show(text, font, size)}")

    def link(self, text: str, x: float, y: float, target: str, size: float = SIZE) -> float:
        """A blue line of text that leads to `target`; gives back where it ends."""
        end = x + width(text, REGULAR, size)
        self.page.texts.append(f"{LINK} 1 0 0 1 {x:.2f} {y:.2f} Tm {self.ink.show(text, REGULAR, size)} {BLACK}")
        self.page.links.append((x, y - 2, end, y + size - 1, target))
        return end

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A thin line."""
        self.page.rules.append(f"{x0:.2f} {y0:.2f} m {x1:.2f} {y1:.2f} l")

    def fill(self, x: float, y: float, across: float, up: float) -> None:
        """A light grey area behind text."""
        self.page.fills.append(f"{x:.2f} {y:.2f} {across:.2f} {up:.2f} re")

    def text(self, text: str, font: str = REGULAR, size: float = SIZE, after: float = 2, keep: bool = False) -> None:
        """A wrapped paragraph, broken across pages where it must be. With `keep` it waits for what comes next."""
        lines = self.ink.wrap(text, font, size, RIGHT - LEFT)
        if keep and len(lines) < MOST_WAITING:
            self._waiting.append((len(lines) * (size + 2) + after, lambda: self._lines(lines, font, size, after)))
            return
        for line in lines:
            self.room(size + 2)
            self._lines([line], font, size, 0)
        self.y -= after

    def heading(self, text: str, size: float, place: str = "") -> None:
        """A bold heading. It waits, so that it never stands alone at the foot of a page."""
        lines = self.ink.wrap(text, BOLD, size, RIGHT - LEFT)

        def draw_it() -> None:
            if self.y < TOP:
                self.y -= 6
            if place:
                self.place(place)
            self._lines(lines, BOLD, size + 1, 2, size)

        self._waiting.append((len(lines) * (size + 3) + 8, draw_it))

    def _lines(self, lines: Sequence[str], font: str, size: float, after: float, drawn: float = 0) -> None:
        for line in lines:
            self.y -= size + 2
            self.line(line, LEFT, self.y + 2, font, drawn or size)
        self.y -= after

    def mark(self, level: int, title: str, place: str) -> None:
        """Add a bookmark."""
        self.marks.append(Mark(level, title, place))


def draw(canvas: Canvas, ink: Ink, pages: Sequence[Page], furniture: Furniture) -> None:
    """Draw the pages with header and footer; `Page n of N` equals the number in the file."""
    for number, page in enumerate(pages, 1):
        canvas.addLiteral(_furnished(ink, page, furniture, f"Page {number} of {len(pages)}"))
        canvas.showPage()


def _furnished(ink: Ink, page: Page, furniture: Furniture, numbering: str) -> str:
    texts: list[str] = []

    def put(text: str, x: float, y: float, font: str = REGULAR) -> None:
        texts.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm {ink.show(text, font, SIZE)}")

    y = HEIGHT - 27 - SIZE
    for left, right in furniture.header:
        put(left, LEFT, y)
        put(right, RIGHT - width(right, REGULAR, SIZE), y)
        y -= LEADING
    if page.running:
        put(page.running, LEFT, y)
    if furniture.banner:
        put(furniture.banner, RIGHT - width(furniture.banner, BOLD, SIZE), y, BOLD)
    texts += page.texts
    y = 30 + LEADING * (len(furniture.footer) - 1)
    for line in furniture.footer:
        put(line, LEFT, y)
        y -= LEADING
    put(numbering, RIGHT - width(numbering, REGULAR, SIZE), 30)
    rules = [*page.rules, f"{LEFT} {HEIGHT - 74} m {RIGHT} {HEIGHT - 74} l", f"{LEFT} 54 m {RIGHT} 54 l"]
    fills = f"0.92 g {' '.join(page.fills)} f 0 g" if page.fills else ""
    return f"{fills} 0.4 w {' '.join(rules)} S BT {' '.join(texts)} ET"
