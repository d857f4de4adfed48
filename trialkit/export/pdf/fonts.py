"""The two typefaces of every document, shipped with the package and embedded in each file (PDF-04).

DejaVu Sans Condensed covers Latin, Greek, Cyrillic and the signs that clinical data hold. A character that it lacks, or
beyond U+FFFF (its map to Unicode would be written as no PDF reader takes it), is written as its code point, `<U+6F22>`,
with the character itself as the text that search and copying find.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from reportlab.pdfbase.pdfmetrics import getFont, registerFont
from reportlab.pdfbase.ttfonts import TTFont

REGULAR = "DejaVuSansCondensed"
BOLD = "DejaVuSansCondensed-Bold"


@cache
def typeface(name: str) -> TTFont:
    """The registered font of this name."""
    registerFont(TTFont(name, str(Path(__file__).parent / "fonts" / f"{name}.ttf"), asciiReadable=1))
    font = getFont(name)
    assert isinstance(font, TTFont)
    return font


class _Widths(dict[str, float]):
    """Width of each character at 1 pt, found when first asked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        face = typeface(name).face
        self._widths: dict[int, float] = face.charWidths
        self._default: float = face.defaultWidth

    def __missing__(self, character: str) -> float:
        if character in drawable(REGULAR):
            width = self._widths.get(ord(character), self._default) / 1000
        else:
            width = sum(map(self.__getitem__, spelled(character)))
        self[character] = width
        return width


class _Drawable:
    """The characters that a font can draw."""

    def __init__(self, name: str) -> None:
        self._glyphs = typeface(name).face.charToGlyph

    def __contains__(self, character: object) -> bool:
        return isinstance(character, str) and " " <= character <= "\uffff" and ord(character) in self._glyphs


@cache
def drawable(name: str) -> _Drawable:
    """What this font can draw; both typefaces are asked, so that bold and regular agree."""
    return _Drawable(name)


@cache
def widths(name: str) -> _Widths:
    """Character widths of a font at 1 pt."""
    return _Widths(name)


def width(text: str, font: str, size: float) -> float:
    """How wide a text stands, in points."""
    return _width(text, font) * size


@lru_cache(maxsize=1 << 16)
def _width(text: str, font: str) -> float:
    return sum(map(widths(font).__getitem__, text))


def spelled(character: str) -> str:
    """How a character without a glyph is written."""
    return f"<U+{ord(character):04X}>"
