"""From laid-out pages to a file that the FDA's PDF specification accepts (regulatory 10): same pages, same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pikepdf
from reportlab import rl_config
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

from trialkit.export.pdf.fonts import BOLD, REGULAR, typeface
from trialkit.export.pdf.ink import Ink
from trialkit.export.pdf.links import add_links, add_outline
from trialkit.export.pdf.page import Furniture, Mark, Page, draw

rl_config.useA85 = 0  # binary streams: smaller and quicker than text


@dataclass(frozen=True, slots=True)
class About:
    """The document's own metadata."""

    title: str
    author: str
    subject: str
    creator: str


class Document:
    """A PDF in the making. Lay pages out with `ink`, then `write` them."""

    def __init__(self, about: About) -> None:
        typeface(REGULAR)
        typeface(BOLD)
        self._bytes = BytesIO()
        self._canvas = Canvas(
            self._bytes,
            pagesize=letter,
            pageCompression=1,
            invariant=1,
            pdfVersion=(1, 7),
            initialFontName=REGULAR,  # type: ignore[arg-type]  # the stub says float; it is a name
            initialFontSize=9,
            lang="en",
        )
        self._canvas.setTitle(about.title)
        self._canvas.setAuthor(about.author)
        self._canvas.setSubject(about.subject)
        self._canvas.setCreator(about.creator)
        self._canvas.setProducer(about.creator)
        self.ink = Ink(self._canvas)

    def write(self, path: Path, pages: Sequence[Page], marks: Sequence[Mark], furniture: Furniture) -> int:
        """Draw, link, linearise (PDF-13) and save; the number of pages. Call once."""
        draw(self._canvas, self.ink, pages, furniture)
        self._canvas.save()
        self._bytes.seek(0)
        with pikepdf.open(self._bytes) as pdf:
            add_outline(pdf, marks, add_links(pdf, pages))
            pdf.save(path, linearize=True, deterministic_id=True)
        return len(pages)
