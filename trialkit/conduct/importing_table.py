"""An outside CSV file, read strictly: bytes, header and rows are looked at before any of it is believed.

RFC 4180 with the delimiter that the mapping states. What cannot be a table is WrongFile with its place; a row that does
not fit the header stays a row, with its fault, so that the others can still be used.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from trialkit.errors import WrongFile
from trialkit.values import nearest

LARGEST_FILE = 256_000_000
"""Bytes; a larger file is refused and can be split."""

LONGEST_CELL = 100_000
"""Characters; a row with a longer cell is refused."""

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row: its number (1 is the first after the header), the line on which it starts, its cells, what is wrong."""

    number: int
    line: int
    cells: Sequence[str]
    fault: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Table:
    """A file that was read: its name, the SHA-256 of its bytes, its columns, its rows."""

    name: str
    sha256: str
    columns: tuple[str, ...]
    rows: tuple[SourceRow, ...]

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Column -> its position."""
        return {name: n for n, name in enumerate(self.columns)}


def read_table(file: str | Path, separator: str = ",") -> Table:
    """The table in a file. Raises WrongFile where it is none; rows with faults are in it, marked."""
    path = Path(file)
    try:
        if not path.is_file():
            raise WrongFile(f"{path.name} is no file", "give the path of a CSV file")
        if path.stat().st_size > LARGEST_FILE:
            raise WrongFile(f"{path.name} is larger than {LARGEST_FILE:,} bytes", "split it by subject")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no such path"
        raise WrongFile(f"{path.name} cannot be read: {why}", "check the path and its permissions") from None
    return table_of(path.name, data, separator)


def table_of(name: str, data: bytes, separator: str = ",") -> Table:
    """The same for the bytes of a file."""
    text = _text(name, data)
    rows = _rows(name, text, separator)
    header = next(rows, None)
    if header is None:
        raise WrongFile(f"{name} has no header", "the first line names the columns")
    columns = tuple(cell.strip() for cell in header.cells)
    _header(name, columns, separator)
    found = tuple(
        SourceRow(number, row.line, row.cells, *_fault(row.cells, columns)) for number, row in enumerate(rows, 1)
    )
    return Table(name, sha256(data).hexdigest(), columns, found)


def _text(name: str, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise WrongFile(f"{name} is UTF-16", "save it as UTF-8 (in spreadsheets: CSV UTF-8)")
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise WrongFile(f"{name} is empty", "it needs a header and rows")
    if (nul := data.find(b"\0")) >= 0:
        raise WrongFile(f"{name} holds a NUL at {_spot(data, nul)}", "the file is damaged, or no text; export it again")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"{name} is not UTF-8: {_spot(data, error.start)} is {data[error.start]:#04x}"
        raise WrongFile(what, "save it as UTF-8 (in spreadsheets: CSV UTF-8)") from None
    if "\r" in text and "\n" not in text:
        raise WrongFile(f"{name} ends its lines with CR alone", "save it with Windows or Unix line ends")
    return text


def _spot(data: bytes, at: int) -> str:
    line = data.count(b"\n", 0, at) + 1
    return f"byte {at + 1:,} (line {line:,})"


def _rows(name: str, text: str, separator: str) -> Iterator[SourceRow]:
    # The limit belongs to the whole process; it is only ever raised. How long a cell may be is LONGEST_CELL's matter.
    csv.field_size_limit(max(csv.field_size_limit(), LARGEST_FILE))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield SourceRow(0, line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        said = str(error)
        what = "a quote is opened and not closed" if "unexpected end" in said else "the quotes do not fit"
        if "new-line" in said:
            what = "a carriage return stands inside a row"
        raise WrongFile(
            f"{name}, row starting in line {line:,}: {what}", 'quotes inside a cell are doubled: ""'
        ) from None


def _header(name: str, columns: tuple[str, ...], separator: str) -> None:
    empty = [str(n) for n, column in enumerate(columns, 1) if not column]
    if empty:
        raise WrongFile(f"{name}: column {', '.join(empty)} has no name", "name every column in the first line")
    double = sorted({column for column in columns if columns.count(column) > 1})
    if double:
        raise WrongFile(
            f"{name}: two columns are called {', '.join(map(shown, double))}", "columns need different names"
        )
    if len(columns) == 1:
        other = next((word for mark, word in _MARKS if mark != separator and mark in columns[0]), None)
        if other:
            raise WrongFile(f"{name} seems to be separated by {other}s", f"write delimiter: {other} in the mapping")


_MARKS = ((",", "comma"), (";", "semicolon"), ("\t", "tab"))


def _fault(cells: Sequence[str], columns: tuple[str, ...]) -> tuple[str, str]:
    if len(cells) != len(columns):
        return f"the row has {len(cells)} cells, the header {len(columns)}", "look for a missing or unquoted delimiter"
    for column, cell in zip(columns, cells, strict=True):
        if len(cell) > LONGEST_CELL:
            return f"the cell in {shown(column)} has {len(cell):,} characters", f"at most {LONGEST_CELL:,} are read"
    return "", ""


def columns_fit(table: Table, mapped: Iterable[str]) -> None:
    """Return if the file has the columns of the mapping and no others; otherwise WrongFile names every one."""
    names = dict.fromkeys(mapped)
    complaints = []
    for column in table.columns:
        if column not in names:
            meant = nearest(column, names.keys() - table.index.keys())
            remedy = f"did you mean {meant}?" if meant else "map it, or list it under ignore with the reason"
            complaints.append(f"column {shown(column)} is not in the mapping ({remedy})")
    for name in names:
        if name not in table.index:
            meant = nearest(name, table.index.keys() - names.keys())
            remedy = f"did you mean {shown(meant)}?" if meant else "the mapping needs it"
            complaints.append(f"there is no column {name} ({remedy})")
    if complaints:
        raise WrongFile(f"{table.name}: " + "; ".join(complaints), "", columns=complaints)


def shown(text: str) -> str:
    """A text from outside as a message may quote it: short, on one line."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...").strip("'")
