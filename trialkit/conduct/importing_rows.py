"""From rows of a file to what would be typed where: each row by itself, then rows of one record side by side.

Nothing is guessed: a word without translation, a row that two rules claim differently, a number that is none in this
form is a fault of its row, told with the column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trialkit.conduct.answers import Typed
from trialkit.conduct.importing_mapping import Cell, CsvMapping, Target
from trialkit.conduct.importing_rules import CLEAR, LEAVE
from trialkit.conduct.importing_table import SourceRow, Table, shown
from trialkit.errors import WrongValue
from trialkit.ledger.entry import Place
from trialkit.study.compiled import path_of
from trialkit.values import Missing, nearest

Read = Callable[[Sequence[str]], str]
_WHOLE = re.compile(r"([+-]?[0-9]{1,15})(?:\.0*)?", re.ASCII)
_KEPT = 10_000  # texts of a column whose reading is remembered


@dataclass(slots=True)
class Filled:
    """A row as it wants to be entered: its place and what is typed at which path, or why it cannot be."""

    row: SourceRow
    place: Place | None = None
    typed: dict[str, Typed] = field(default_factory=dict)
    fault: str = ""
    hint: str = ""


@dataclass(slots=True)
class Batch:
    """The rows of one record, in the order of the file."""

    place: Place
    rows: list[Filled] = field(default_factory=list)

    def typed(self) -> dict[str, Typed]:
        """What all rows together type; they do not contradict each other."""
        return {path: raw for filled in self.rows for path, raw in filled.typed.items()}


def fill(mapping: CsvMapping, table: Table) -> list[Filled]:
    """Every row of the table, read through the mapping."""
    reading = _Reading(mapping, table.index)
    return [reading.filled(row) for row in table.rows]


def by_subject(filled: Iterable[Filled]) -> dict[tuple[str, str], list[Batch]]:
    """Good rows as records under their (site, subject), in the order of the file; contradicting rows become faults."""
    records: dict[Place, Batch] = {}
    for row in filled:
        if row.place is not None and not row.fault:
            records.setdefault(row.place, Batch(row.place)).rows.append(row)
    subjects: dict[tuple[str, str], list[Batch]] = {}
    for batch in records.values():
        _contradictions(batch)
        batch.rows = [row for row in batch.rows if not row.fault]
        if batch.rows:
            subjects.setdefault((batch.place.site, batch.place.subject), []).append(batch)
    return subjects


def _contradictions(batch: Batch) -> None:
    if len(batch.rows) == 1:
        return
    said: dict[str, list[Filled]] = {}
    for row in batch.rows:
        for path in row.typed:
            said.setdefault(path, []).append(row)
    for path, rows in said.items():
        first = rows[0]
        other = next((row for row in rows if row.typed[path] != first.typed[path]), None)
        if other is None:
            continue
        for row in rows:  # also those that repeat one side: nobody knows which side is right
            _contradicts(row, other if row.typed[path] == first.typed[path] else first, path)


def _contradicts(row: Filled, other: Filled, path: str) -> None:
    if not row.fault:
        here, there = _quoted(row.typed[path]), _quoted(other.typed[path])
        row.fault = f"{path} is {here} here and {there} in row {other.row.number}"
        row.hint = "both rows are of the same record and item; keep the right one"


def _quoted(raw: Typed) -> str:
    return f"missing ({raw.reason})" if isinstance(raw, Missing) else repr(shown(str(raw)))


class _Reading:
    """A mapping made ready for the columns of one file."""

    def __init__(self, mapping: CsvMapping, index: Mapping[str, int]) -> None:
        self.mapping = mapping
        self.index = index
        where = mapping.place
        self.site, self.subject, self.event = (self._cell(cell) for cell in (where.site, where.subject, where.event))
        self.form_repeat = self._cell(where.form_repeat) if where.form_repeat else None
        self.row = self._cell(where.row) if where.row else None
        self.expected = [(name, index[name], text) for name, text in mapping.expect.items()]
        self.agreed = [(a, index[a.column], index[a.by]) for a in mapping.agree]
        self.targets = [_Aim(target, self._cell(target), index) for target in mapping.items]
        self.deciding = sorted({index[name] for target in mapping.items for name in target.when})
        self.chosen: dict[tuple[str, ...], list[_Aim]] = {}
        self.places: dict[tuple[str, str, str, str], Place] = {}

    def _cell(self, cell: Cell) -> Read:
        if cell.column is None:
            constant = cell.value or ""
            return lambda cells: constant
        at, read = self.index[cell.column], _steps(cell, self.mapping.guarded)
        known: dict[str, str] = {}

        def reading(cells: Sequence[str]) -> str:
            raw = cells[at]
            text = known.get(raw)
            if text is None:
                text = read(raw)
                if len(known) < _KEPT:
                    known[raw] = text
            return text

        return reading

    def filled(self, row: SourceRow) -> Filled:
        """The row, read; a fault of the file or of a cell is in it."""
        filled = Filled(row, fault=row.fault, hint=row.hint)
        if row.fault:
            return filled
        try:
            filled.place = self._place(row.cells)
            self._said(row.cells)
            key = self.row(row.cells) if self.row else ""
            for aim in self._aims(row.cells):
                aim.take(row.cells, key, filled.typed)
        except WrongValue as wrong:
            filled.fault, filled.hint, filled.typed = wrong.sentence, wrong.hint, {}
        return filled

    def _place(self, cells: Sequence[str]) -> Place:
        repeat = self.form_repeat(cells) if self.form_repeat else "1"
        key = (self.site(cells), self.subject(cells), self.event(cells), repeat)
        place = self.places.get(key)
        if place is None:
            site, subject, given, _ = key
            for noun, text in (("site", site), ("subject", subject), ("event", given)):
                if not text:
                    raise WrongValue(f"nothing says which {noun} the row belongs to", "look at its cells")
            event, _, event_repeat = given.partition(".")
            if not (repeat.isascii() and repeat.isdigit() and len(repeat) < 6 and int(repeat) > 0):
                raise WrongValue(f"{shown(repeat)} is no number of a record", "records are numbered from 1")
            place = Place(site, subject, event, int(event_repeat or 1), self.mapping.form, int(repeat))
            self.places[key] = place
        return place

    def _said(self, cells: Sequence[str]) -> None:
        _expect(self.expected, cells)
        for agreement, at, by in self.agreed:
            expected = agreement.table.get(cells[by])
            if expected is None or cells[at] != expected:
                what = f"{agreement.column} is {shown(cells[at])!r} where {agreement.by} is {shown(cells[by])!r}"
                raise WrongValue(
                    what, f"the mapping expects {expected!r}" if expected is not None else "not in the mapping's table"
                )

    def _aims(self, cells: Sequence[str]) -> list[_Aim]:
        texts = tuple(cells[at] for at in self.deciding)
        chosen = self.chosen.get(texts)
        if chosen is None:
            chosen = [aim for aim in self.targets if aim.concerns(cells)]
            if self.deciding and not any(aim.target.when for aim in chosen):
                names = [name for name, at in self.index.items() if at in self.deciding]
                said = ", ".join(f"{name} {shown(cells[self.index[name]])!r}" for name in names)
                raise WrongValue(f"no item of the mapping takes a row with {said}", "add it to the mapping's items")
            if len(self.chosen) < _KEPT:
                self.chosen[texts] = chosen
        return chosen


class _Aim:
    """One target, ready to read rows."""

    __slots__ = ("expected", "group", "index", "item", "paths", "read", "status", "target")

    def __init__(self, target: Target, read: Read, index: Mapping[str, int]) -> None:
        self.target = target
        self.read = read
        self.index = index
        self.group, _, self.item = target.to.rpartition(".")
        self.status = index[target.missing.column] if target.missing else None
        self.expected = [(name, index[name], text) for name, text in target.expect.items()]
        self.paths: dict[str, str] = {}

    def concerns(self, cells: Sequence[str]) -> bool:
        """Whether the row is one of those it speaks of."""
        return all(cells[self.index[name]] == text for name, text in self.target.when.items())

    def take(self, cells: Sequence[str], key: str, typed: dict[str, Typed]) -> None:
        """Put the row's value, or why it is missing, at its path."""
        text = self.read(cells)
        empty = not text or text.isspace()
        raw: Typed = text
        if self.status is not None and (status := cells[self.status]):
            raw = self._missing(status, text, empty)
        elif empty:
            if self.target.empty == LEAVE:
                return
            raw = "" if self.target.empty == CLEAR else Missing(self.target.empty)
        else:
            _expect(self.expected, cells)
        typed[self._path(key)] = raw

    def _path(self, key: str) -> str:
        path = self.paths.get(key)
        if path is None:
            if self.group and not key:
                raise WrongValue(f"nothing says which row of {self.group} this is", "see place.row of the mapping")
            path = path_of(self.group or None, key, self.item)
            if len(self.paths) < _KEPT:
                self.paths[key] = path
        return path

    def _missing(self, status: str, text: str, empty: bool) -> Missing:
        assert self.target.missing is not None
        column, table = self.target.missing.column, self.target.missing.table
        if status not in table:
            raise WrongValue(f"{column} says {shown(status)!r}", f"the mapping knows {', '.join(table)}")
        if not empty:
            raise WrongValue(
                f"{self.item} has the value {shown(text)!r} and is {shown(status)!r}", "one of the two is wrong"
            )
        return Missing(table[status])


def _expect(expected: Iterable[tuple[str, int, str]], cells: Sequence[str]) -> None:
    for name, at, text in expected:
        if cells[at] != text:
            raise WrongValue(
                f"{name} is {shown(cells[at])!r}, expected was {text!r}", "is this the right file and mapping?"
            )


def _steps(cell: Cell, guarded: bool) -> Callable[[str], str]:
    pattern = re.compile(cell.pattern) if cell.pattern is not None else None

    def read(raw: str) -> str:
        text = raw[1:] if guarded and raw.startswith("'") else raw
        if cell.cut is not None:
            text = _cut(text, cell.cut)
        if pattern is not None and text:
            found = pattern.fullmatch(text)
            if found is None:
                raise WrongValue(
                    f"{cell.column} {shown(text)!r} is not of the form expected", f"the pattern is {cell.pattern}"
                )
            text = (found.group(1) or "") if pattern.groups else text
        if cell.integer and text:
            whole = _WHOLE.fullmatch(text.strip())
            if whole is None:
                raise WrongValue(f"{cell.column} {shown(text)!r} is not a whole number", "a fraction is not cut off")
            text = whole.group(1)
        if cell.table and (text or text in cell.table):
            if text not in cell.table:
                meant = nearest(text, cell.table) if len(text) < 200 else None
                hint = f"did you mean {meant}?" if meant else "add it to the mapping's table"
                raise WrongValue(f"{cell.column} {shown(text)!r} is not in the mapping's table", hint)
            text = cell.table[text]
        return text

    return read


def _cut(text: str, part: str) -> str:
    date, time = (text[:10], text[11:]) if text[10:11] in ("T", " ") else (text, "")
    return date if part == "date" else time
