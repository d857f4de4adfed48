"""Values in, values out: what a file says, read through its mapping, against an item-level export made afterwards.

It looks at files only, not at the store, so that it tests the whole way: import, ledger, projection, export.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trialkit.conduct.answers import Typed
from trialkit.conduct.importing_mapping import read_mapping
from trialkit.conduct.importing_rows import fill
from trialkit.conduct.importing_table import Table, columns_fit, read_table, shown
from trialkit.errors import WrongFile
from trialkit.ledger.entry import Place
from trialkit.study.compiled import path_of
from trialkit.values import Missing

_KEYS = ("SITEID", "SUBJID", "EVENT", "EVENT_REPEAT", "FORM", "FORM_REPEAT", "GROUP", "ROW", "ITEM", "VALUE", "MISSING")
_NUMBER = re.compile(r"[+]?(-?)0*([0-9](?:[0-9]*)(?:\.[0-9]+)?)", re.ASCII)
Where = tuple[Place, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not the same; `row` is the row of the source file, 0 when only the export has it."""

    row: int
    place: Place
    path: str
    source: str
    export: str

    def __str__(self) -> str:
        at = self.place
        where = f"{at.subject} {at.event}.{at.event_repeat} {at.form}.{at.form_repeat}"
        return f"row {self.row or '-'}: {where} {self.path}: file {shown(self.source)!r}, export {shown(self.export)!r}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much was compared, what differs, and how many numbers differ by nothing but leading zeros (097.8, 97.8)."""

    rows: int
    values: int
    differences: tuple[Difference, ...]
    zeros: int


def compare(
    mapping: str | Path, file: str | Path, exports: Iterable[str | Path], *, guarded: bool = False
) -> Comparison:
    """Compare `file` with item-level exports; `guarded` if these are of the spreadsheet profile. Raises WrongFile."""
    said, _ = read_mapping(mapping)
    table = read_table(file, said.separator)
    columns_fit(table, said.columns())
    out: dict[Where, str] = {}
    for export in exports:
        out |= _exported(read_table(export), said.form, guarded)
    found: list[Difference] = []
    seen: set[Where] = set()
    zeros = 0
    for row in fill(said, table):
        if row.place is None or row.fault:
            found.append(Difference(row.row.number, row.place or Place(), "(row)", row.fault, ""))
            continue
        for path, raw in row.typed.items():
            seen.add((row.place, path))
            value, there = _said(raw), out.get((row.place, path), "")
            if value != there and _same_number(value, there):
                zeros += 1
            elif value != there:
                found.append(Difference(row.row.number, row.place, path, value, there))
    extra = [Difference(0, place, path, "", out[place, path]) for place, path in out if (place, path) not in seen]
    return Comparison(len(table.rows), len(seen), (*found, *extra), zeros)


def _same_number(one: str, other: str) -> bool:
    """Whether two texts are one number with the same digits after the point; a number has no leading zeros here."""
    a, b = _NUMBER.fullmatch(one), _NUMBER.fullmatch(other)
    return a is not None and b is not None and a.groups() == b.groups()


def _said(raw: Typed) -> str:
    if isinstance(raw, Missing):
        return f"missing: {raw.reason}"
    return raw if isinstance(raw, str) else ";".join(raw or ())


def _exported(table: Table, form: str, guarded: bool) -> dict[Where, str]:
    lacking = [name for name in _KEYS if name not in table.index]
    if lacking:
        raise WrongFile(
            f"{table.name} is no item-level export: it has no {', '.join(lacking)}", "export kind csv-items"
        )
    site, subject, event, event_repeat, name, repeat, group, key, item, value, missing = map(
        table.index.__getitem__, _KEYS
    )
    values: dict[Where, str] = {}
    for row in table.rows:
        cells = row.cells
        if row.fault:
            raise WrongFile(f"{table.name}, line {row.line}: {row.fault}", "make the export anew")
        if cells[name] != form:
            continue
        try:
            numbers = int(cells[event_repeat]), int(cells[repeat])
        except ValueError:
            raise WrongFile(f"{table.name}, line {row.line}: a repeat is no number", "make the export anew") from None
        place = Place(cells[site], cells[subject], cells[event], numbers[0], form, numbers[1])
        text = cells[value][1:] if guarded and cells[value].startswith("'") else cells[value]
        values[place, path_of(cells[group] or None, cells[key], cells[item])] = (
            f"missing: {cells[missing]}" if cells[missing] else text
        )
    return values
