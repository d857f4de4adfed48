"""Cells and sheets of CSV: UTF-8, comma, `\\n`, quotes where needed; formulas neutralised so that it can be undone.

Two profiles (security 3.5). `spreadsheet` puts an apostrophe before a cell that a spreadsheet would run or that begins
with one itself; `machine` writes the cell as it is. `unguard` is the exact inverse.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TextIO

Profile = Literal["spreadsheet", "machine"]

_DANGEROUS = frozenset("=+-@\t\r\n\0'")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?\Z")


def guard(cell: str) -> str:
    """The cell with an apostrophe before it when a spreadsheet would take it for a formula; numbers stay."""
    if cell[:1] in _DANGEROUS and cell and not _NUMBER.match(cell):
        return "'" + cell
    return cell


def unguard(cell: str) -> str:
    """What `guard` was given."""
    return cell[1:] if cell.startswith("'") else cell


class _Lines:
    """A file whose rows end with a newline alone."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> int:
        return self._file.write(row[:-2] + "\n")


class Sheet:
    """A CSV file being written row by row; a context manager."""

    def __init__(self, path: Path, header: Iterable[str], profile: Profile) -> None:
        self.path = path
        self.rows = 0
        self._guarded = profile == "spreadsheet"
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(_Lines(self._file))  # its own line end makes it quote a lone carriage return too
        self._writer.writerow(list(header))

    def row(self, cells: list[str]) -> None:
        """Write one row of as many cells as the header has."""
        if self._guarded:
            cells = [guard(cell) if cell[:1] in _DANGEROUS else cell for cell in cells]
        self._writer.writerow(cells)
        self.rows += 1

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
