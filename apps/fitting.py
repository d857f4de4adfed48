"""Texts in cells of a list: whole if they fit, else shortened with a sign of it, never cut through a line."""

from __future__ import annotations

import textwrap

LETTER = 6.4
"""The width (px) of a letter of a list, on the generous side."""
EDGES = 16
"""What a cell keeps free at its sides (px)."""


def fitted(text: str, width: int, lines: int) -> str:
    """A text for a cell of `width` px in which so many lines stand. What was left out stands where the row leads to."""
    broken = textwrap.wrap(text, max(1, int((width - EDGES) / LETTER)), break_long_words=False)
    return text if len(broken) <= lines else " ".join(broken[:lines]).rstrip(" .,;:·") + " …"
