"""The text of a page as it was drawn: where each run stands, how large, in which colour, what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf

_BLOCK = re.compile(r"beginbf(char|range)(.*?)endbf", re.DOTALL)
_PAIR = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_RANGE = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")


@dataclass(frozen=True, slots=True)
class TextRun:
    """One run of text: its start, width and size in points, its colour in words, its characters."""

    x: float
    y: float
    width: float
    size: float
    colour: str
    text: str


class _Font:
    """Widths and characters of a simple font, or none known."""

    def __init__(self, font: Any) -> None:
        self.first = int(font.get("/FirstChar", 0))
        self.widths = [float(width) for width in font.get("/Widths", [])]
        self.characters: dict[int, str] = {}
        if "/ToUnicode" in font:
            for kind, block in _BLOCK.findall(font.ToUnicode.read_bytes().decode("latin-1")):
                if kind == "char":
                    self.characters |= {int(code, 16): _character(point) for code, point in _PAIR.findall(block)}
                    continue
                for low, high, point in _RANGE.findall(block):
                    codes = range(int(low, 16), min(int(high, 16), 0xFF) + 1)  # a simple font has one byte a code
                    self.characters |= {n: _later(_character(point), n - codes.start) for n in codes}

    def width(self, codes: bytes, size: float) -> float:
        inside = (code - self.first for code in codes)
        return sum(self.widths[n] for n in inside if 0 <= n < len(self.widths)) * size / 1000

    def text(self, codes: bytes) -> str:
        return "".join(self.characters.get(code, chr(code)) for code in codes)


def _character(point: str) -> str:
    """UTF-16 in hex; what is none reads as U+FFFD, which no text of ours holds, so that a comparison finds it."""
    try:
        return bytes.fromhex(point).decode("utf-16-be", "replace")
    except ValueError:
        return "\ufffd"


def _later(first: str, steps: int) -> str:
    """The character of a range, `steps` after its first."""
    try:
        return first[:-1] + chr(ord(first[-1]) + steps)
    except (ValueError, IndexError):
        return "\ufffd"


def text_runs(page: pikepdf.Page) -> Iterator[TextRun]:
    """Every run of text in drawing order. Follows Tf, Tm, Td, Tj, TJ and fill colours, all that these documents use."""
    fonts = {name: _Font(font) for name, font in (page.resources.get("/Font") or {}).items()}
    font, size, x, y, colour = _Font({}), 0.0, 0.0, 0.0, "black"
    for instruction in pikepdf.parse_content_stream(page, "Tf Tm Td Tj TJ g rg"):
        operands: Any = instruction.operands
        operator = str(instruction.operator)
        match operator:
            case "Tf":
                font, size = fonts.get(str(operands[0]), _Font({})), float(operands[1])
            case "Tm":
                x, y = float(operands[4]), float(operands[5])
            case "Td":
                x, y = x + float(operands[0]), y + float(operands[1])
            case "g":
                colour = "black" if float(operands[0]) == 0 else "grey"
            case "rg":
                red, green, blue = (float(part) for part in operands)
                colour = "black" if not (red or green or blue) else "blue" if blue > max(red, green) else "coloured"
            case "Tj" | "TJ":
                parts = [operands[0]] if operator == "Tj" else [p for p in operands[0] if isinstance(p, pikepdf.String)]
                for part in parts:
                    codes = bytes(part)
                    wide = font.width(codes, size)
                    yield TextRun(x, y, wide, size, colour, font.text(codes))
                    x += wide
