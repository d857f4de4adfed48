"""Does a PDF keep the FDA's PDF specification (regulatory 10, PDF-01 to PDF-17)? Complaints name the rule and the page.

PDF-18 (same input, same bytes) needs two files and is a test. PDF-08 (every value can be found) needs the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf

from trialkit.errors import WrongFile
from trialkit.export.pdf.reading import TextRun, text_runs

FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\.pdf")
STANDARD = frozenset({"TimesNewRoman", "Arial", "CourierNew", "Symbol", "ZapfDingbats"})
MOST_BYTES = 400_000_000
FORBIDDEN = ("/JS", "/JavaScript", "/EmbeddedFiles", "/RichMedia", "/AcroForm", "/XFA", "/Movie", "/Sound")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One rule that is not kept: its id, the page (0: the whole file), and what was found."""

    rule: str
    page: int
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: " + (f"page {self.page}: " if self.page else "") + self.what


def check_pdf(path: Path, *, pages: bool = True) -> list[Complaint]:
    """Every rule that the file breaks. With `pages` also the text of each page (sizes, margins, page numbers).

    Raises WrongFile when it cannot be read as a PDF at all.
    """
    try:
        with pikepdf.open(path) as pdf:
            found = [*_file(path, pdf), *_catalog(pdf), *_outline(pdf), *_lost(pdf)]
            for number, page in enumerate(pdf.pages, 1):
                found += _page(number, page)
                if pages:
                    found += _text(number, len(pdf.pages), page)
            return found
    except pikepdf.PasswordError:
        return [Complaint("PDF-02", 0, "it is encrypted")]
    except (pikepdf.PdfError, OSError) as error:
        raise WrongFile(f"{path.name} cannot be read as a PDF", str(error)) from None


def _file(path: Path, pdf: pikepdf.Pdf) -> Iterator[Complaint]:
    if pdf.pdf_version not in ("1.4", "1.5", "1.6", "1.7"):
        yield Complaint("PDF-01", 0, f"its version is {pdf.pdf_version}, not 1.4 to 1.7")
    if pdf.is_encrypted:
        yield Complaint("PDF-02", 0, "it is encrypted")
    if not pdf.is_linearized:
        yield Complaint("PDF-13", 0, "it is not optimised for fast web view")
    if not FILE_NAME.fullmatch(path.name):
        yield Complaint("PDF-15", 0, f"{path.name} is not of lower-case letters, digits, hyphens, 64 at most")
    if path.stat().st_size > MOST_BYTES:
        yield Complaint("PDF-16", 0, "it is larger than 400 MB")
    for key in ("/Title", "/Author", "/Subject"):
        value = str(pdf.docinfo.get(key, ""))
        if value in ("", "untitled", "anonymous", "unspecified"):
            yield Complaint("PDF-17", 0, f"{key[1:]} is {value!r}")


def _catalog(pdf: pikepdf.Pdf) -> Iterator[Complaint]:
    for number, thing in enumerate(pdf.objects):
        if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
            for key in FORBIDDEN:
                if key in thing:
                    yield Complaint("PDF-03", 0, f"object {number + 1} holds {key}")
            uri = str(thing.get("/URI", "")) if isinstance(thing, pikepdf.Dictionary) else ""
            if re.match(r"(file:|/|[A-Za-z]:\\)", uri):
                yield Complaint("PDF-14", 0, f"a link leads to {uri}")
    mode = str(pdf.Root.get("/PageMode", "/UseNone"))
    wanted = "/UseOutlines" if "/Outlines" in pdf.Root else "/UseNone"
    if mode != wanted:
        yield Complaint("PDF-11", 0, f"it opens with {mode}, not {wanted}")
    if "/OpenAction" in pdf.Root:
        yield Complaint("PDF-11", 0, "it sets how it opens")
    for name, target in _destinations(pdf):
        if str(target[1]) != "/XYZ" or (len(target) > 4 and target[4] is not None and float(target[4]) != 0):
            yield Complaint("PDF-10", 0, f"destination {name} does not inherit the zoom")


def _destinations(pdf: pikepdf.Pdf) -> Iterator[tuple[str, Any]]:
    found: list[tuple[Any, Any]] = list((pdf.Root.get("/Dests") or {}).items())
    if "/Names" in pdf.Root and "/Dests" in pdf.Root.Names:
        found += pikepdf.NameTree(pdf.Root.Names.Dests).items()
    for name, target in found:
        yield str(name), target.D if isinstance(target, pikepdf.Dictionary) else target


def _outline(pdf: pikepdf.Pdf) -> Iterator[Complaint]:
    with pdf.open_outline() as outline:
        depth = 0
        level: list[Any] = list(outline.root)
        titles = [item.title for item in level]
        while level:
            depth += 1
            level = [child for item in level for child in item.children]
    if len(pdf.pages) >= 5 and not titles:
        yield Complaint("PDF-09", 0, "it has 5 pages or more and no bookmarks")
    if len(pdf.pages) >= 5 and "Contents" not in titles:
        yield Complaint("PDF-09", 0, "it has 5 pages or more and no table of contents among its bookmarks")
    if depth > 4:
        yield Complaint("PDF-09", 0, f"its bookmarks are {depth} levels deep")


def _page(number: int, page: pikepdf.Page) -> Iterator[Complaint]:
    box = [float(edge) for edge in page.mediabox]
    across, up = box[2] - box[0], box[3] - box[1]
    if {across, up} != {612.0, 792.0}:
        yield Complaint("PDF-06", number, f"its size is {across:g} x {up:g} pt, not letter")
    if int(page.get("/Rotate", 0)) != 0:
        yield Complaint("PDF-07", number, "it is rotated instead of landscape")
    for note in page.get("/Annots", []):
        if str(note.get("/Subtype")) != "/Link":
            yield Complaint("PDF-03", number, f"it has an annotation {note.get('/Subtype')}")
    for name, font in (page.resources.get("/Font") or {}).items():
        base = str(font.get("/BaseFont", ""))[1:]
        if base.split("+")[-1] not in STANDARD and not _embedded(font):
            yield Complaint("PDF-04", number, f"font {base} ({name}) is not embedded")


def _embedded(font: Any) -> bool:
    inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    descriptor = inner.get("/FontDescriptor")
    return descriptor is not None and any(f"/FontFile{n}" in descriptor for n in ("", "2", "3"))


def _text(number: int, total: int, page: pikepdf.Page) -> Iterator[Complaint]:
    landscape = float(page.mediabox[2]) > float(page.mediabox[3])
    left, top = (27.0, float(page.mediabox[3]) - 54) if landscape else (54.0, float(page.mediabox[3]) - 27)
    right, bottom = float(page.mediabox[2]) - 27, 27.0
    runs: list[TextRun] = list(text_runs(page))
    small = min((run.size for run in runs), default=9.0)
    if small < 9:
        yield Complaint("PDF-05", number, f"its smallest text is {small:g} pt")
    for run in runs:
        if run.colour not in ("black", "blue"):
            yield Complaint("PDF-05", number, f"{run.text!r} is {run.colour}")
        if not (left - 0.5 <= run.x and run.x + run.width <= right + 0.5):
            yield Complaint("PDF-06", number, f"{run.text!r} stands in the margin at the side")
        if not (bottom <= run.y and run.y + run.size <= top + 0.5):
            yield Complaint("PDF-06", number, f"{run.text!r} stands in the margin above or below")
    if not any(f"Page {number} of {total}" in run.text for run in runs):
        yield Complaint("PDF-12", number, f"it does not say 'Page {number} of {total}'")


def _lost(pdf: pikepdf.Pdf) -> Iterator[Complaint]:
    """Links whose target is nowhere in the file."""
    known = {name.lstrip("/") for name, _ in _destinations(pdf)}
    for number, page in enumerate(pdf.pages, 1):
        for note in page.get("/Annots", []):
            target = note.get("/Dest")
            if isinstance(target, (pikepdf.Name, pikepdf.String)) and str(target).lstrip("/") not in known:
                yield Complaint("PDF-09", number, f"a link leads to {str(target)!r}, which is nowhere")
