"""Text as PDF operators, wrapped and cached: the same words on the same kind of line cost their work once."""

from __future__ import annotations

from reportlab.pdfgen.canvas import Canvas

from trialkit.export.pdf.fonts import REGULAR, drawable, spelled, typeface, width, widths

_ESCAPES = {ord("\\"): "\\\\", ord("("): "\\(", ord(")"): "\\)"} | {
    n: f"\\{n:03o}" for n in (*range(32), *range(127, 256))
}


class Ink:
    """Shapes text for one canvas: subset codes belong to a document, so the cache does too."""

    def __init__(self, canvas: Canvas) -> None:
        self._document = canvas._doc  # type: ignore[attr-defined]  # the key of a font's subsets
        self._shown: dict[tuple[str, str, float], str] = {}
        self._names: dict[str, str] = {}
        self._wrapped: dict[tuple[str, str, float, float], tuple[str, ...]] = {}

    def show(self, text: str, font: str, size: float) -> str:
        """The operators that draw one line from the current text position."""
        key = (text, font, size)
        code = self._shown.get(key)
        if code is None:
            code = self._shown[key] = self._code(text, font, size)
        return code

    def wrap(self, text: str, font: str, size: float, room: float) -> tuple[str, ...]:
        """The lines of a text that fit into `room` points: broken at spaces, inside a word only when it must be."""
        key = (text, font, size, room)
        lines = self._wrapped.get(key)
        if lines is None:
            lines = self._wrapped[key] = tuple(_wrap(text, font, size, room))
        return lines

    def _code(self, text: str, font: str, size: float) -> str:
        if text.isascii() and text.isprintable():  # such characters have their own codes in the first subset
            return f"{self._first(font)} {size:g} Tf ({text.translate(_ESCAPES)}) Tj"
        known = drawable(REGULAR)
        if all(character in known for character in text):
            return self._run(text, font, size)
        parts: list[str] = []
        plain = ""
        for character in text:
            if character in known:
                plain += character
                continue
            if plain:
                parts.append(self._run(plain, font, size))
                plain = ""
            actual = character.encode("utf-16-be").hex().upper()
            parts.append(f"/Span <</ActualText <FEFF{actual}>>> BDC {self._run(spelled(character), font, size)} EMC")
        if plain:
            parts.append(self._run(plain, font, size))
        return " ".join(parts)

    def _first(self, font: str) -> str:
        name = self._names.get(font)
        if name is None:
            face = typeface(font)
            face.splitString(" ", self._document)
            name = self._names[font] = face.getSubsetInternalName(0, self._document)
        return name

    def _run(self, text: str, font: str, size: float) -> str:
        face = typeface(font)
        return " ".join(
            f"{face.getSubsetInternalName(subset, self._document)} {size:g} Tf"
            f" ({codes.decode('latin-1').translate(_ESCAPES)}) Tj"
            for subset, codes in face.splitString(text, self._document)
        )


def _wrap(text: str, font: str, size: float, room: float) -> list[str]:
    lines: list[str] = []
    for paragraph in text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").split("\n"):
        lines += _wrap_line(paragraph, font, size, room)
    return lines


def _wrap_line(text: str, font: str, size: float, room: float) -> list[str]:
    if width(text, font, size) <= room:
        return [text]
    lines: list[str] = []
    line, used = "", 0.0
    space = width(" ", font, size)
    for word in text.split(" "):
        need = width(word, font, size)
        if line and used + space + need <= room:
            line, used = f"{line} {word}", used + space + need
            continue
        if line:
            lines.append(line)
        while need > room:
            cut = _fitting(word, font, size, room)
            lines.append(word[:cut])
            word = word[cut:]
            need = width(word, font, size)
        line, used = word, need
    lines.append(line)
    return lines


def _fitting(word: str, font: str, size: float, room: float) -> int:
    table, used = widths(font), 0.0
    for position, character in enumerate(word):
        used += table[character] * size
        if used > room:
            return max(position, 1)
    return len(word)
