"""PDF pages with a title, 30 rows of wrapped text and a footer: by hand on reportlab's canvas, and with platypus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Paragraph, Table

from benchmarks.clinic import ITEMS, answers
from trialkit.export.pdf.fonts import BOLD, REGULAR, typeface

SIZE, LEADING = 7, 8.4
WIDTH, HEIGHT = A4
COLUMNS = (40.0, 220.0, 360.0, WIDTH - 40)
HEAD = ("Item", "Value", "Entered")
ENTERED = "2026-05-12 10:22 Ana Souza, first entry"


def forms(pages: int) -> Iterator[tuple[str, str, list[Sequence[str]]]]:
    """Subject, form and rows of each page."""
    for n in range(pages):
        said = answers(n, 0)
        rows: list[Sequence[str]] = [
            (f"Item {item}", said[item], "2026-05-12 10:22 Ana Souza, first entry") for item in ITEMS
        ]
        yield f"01-{n // 10:06d}", f"Visit {n % 10 + 1}", rows


@lru_cache(maxsize=1 << 16)
def _wrapped(text: str, width: float) -> list[str]:
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if stringWidth(longer, REGULAR, SIZE) <= width:
            line = longer
        else:
            lines.append(line)
            line = word
    return [*lines, line]


def by_canvas(path: Path, pages: int) -> None:
    """Strings and lines on the canvas, as reportlab's user guide draws them."""
    typeface(REGULAR), typeface(BOLD)
    canvas = Canvas(str(path), pagesize=A4, pageCompression=1, invariant=1)
    last = ""
    for number, (subject, form, rows) in enumerate(forms(pages), start=1):
        if subject != last:
            canvas.bookmarkPage(subject)
            canvas.addOutlineEntry(f"Subject {subject}", subject, 0)
            last = subject
        canvas.bookmarkPage(f"{subject}/{form}")
        canvas.addOutlineEntry(form, f"{subject}/{form}", 1)
        canvas.setFont(BOLD, 12)
        canvas.drawString(40, HEIGHT - 50, f"Subject {subject}, {form}")
        top, edges = HEIGHT - 70.0, [HEIGHT - 70.0]
        text = canvas.beginText()
        text.setFont(REGULAR, SIZE)
        for row in [HEAD, *rows]:
            cells = [_wrapped(cell, COLUMNS[n + 1] - COLUMNS[n] - 6) for n, cell in enumerate(row)]
            for n, lines in enumerate(cells):
                for k, line in enumerate(lines):
                    text.setTextOrigin(COLUMNS[n] + 3, top - 8 - k * LEADING)
                    text.textOut(line)
            top -= max(map(len, cells)) * LEADING + 3
            edges.append(top)
        canvas.drawText(text)
        canvas.setLineWidth(0.4)
        canvas.lines([(COLUMNS[0], y, COLUMNS[-1], y) for y in edges] + [(x, edges[0], x, edges[-1]) for x in COLUMNS])
        canvas.setFont(REGULAR, SIZE)
        canvas.drawRightString(WIDTH - 40, 25, f"Page {number}")
        canvas.showPage()
    canvas.save()


def by_platypus(path: Path, pages: int) -> None:
    """Tables of paragraphs."""
    typeface(REGULAR), typeface(BOLD)
    small = ParagraphStyle("small", fontName=REGULAR, fontSize=SIZE, leading=LEADING)
    large = ParagraphStyle("large", fontName=BOLD, fontSize=12, leading=15)
    style: Any = [("GRID", (0, 0), (-1, -1), 0.4, colors.black), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    story: list[Flowable] = []
    for subject, form, rows in forms(pages):
        cells = [[Paragraph(escape(cell), small) for cell in row] for row in [HEAD, *rows]]
        story.append(Paragraph(f"Subject {subject}, {form}", large))
        story.append(Table(cells, colWidths=[180, 140, WIDTH - 400], style=style, repeatRows=1))
        story.append(PageBreak())
    document = BaseDocTemplate(str(path), pagesize=A4, invariant=1)
    document.addPageTemplates(PageTemplate(frames=[Frame(40, 40, WIDTH - 80, HEIGHT - 80, 0, 0, 0, 0)]))
    document.build(story)
