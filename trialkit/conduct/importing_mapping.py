"""A mapping: which columns of an outside CSV file become which items of which form, as text that people can review.

Read like a study (docs/importing.md): every scalar is text, every complaint has its place, nothing is dropped unsaid.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from trialkit.errors import WrongFile
from trialkit.study.model import Oid
from trialkit.study.node import Flag, Line, Node
from trialkit.study.text import Source, read
from trialkit.study.validation import validated

Steps = tuple[str | int, ...]
"""Keys and list positions from the top of a mapping to a value."""


class Cell(Node):
    """Where a value comes from: a `column`, or the same `value` in every row.

    A column's text is cut, matched, brought into number form and translated, in this order.
    """

    column: Line | None = None
    value: Line | None = None
    cut: Literal["date", "time"] | None = None
    """Of `2014-07-02T11:45` only the date, or only the time (nothing of `2014-07-02`)."""
    pattern: str | None = None
    """A regular expression that the whole text must match; its first group, if it has one, is the value."""
    integer: Flag = False
    """`63.0` is written as 63; a fraction is refused."""
    table: dict[str, str] = {}
    """Outside word -> our word; a word that is not in it is refused."""


class Status(Node):
    """A column that says why there is no value: its word -> the study's missing reason."""

    column: Line
    table: dict[str, str]


class Target(Cell):
    """A value and the item it goes to: ITEM or, in a repeating group, GROUP.ITEM (the row comes from `place.row`).

    With `when` it concerns only rows in which these columns hold these texts.
    """

    to: Line
    when: dict[str, str] = {}
    expect: dict[str, str] = {}
    """What other columns must say beside a value: its unit, for example."""
    missing: Status | None = None
    empty: str = "leave"
    """What an empty cell does: `leave` what stands, `clear` it, or put a missing reason of the study."""


class Where(Node):
    """Where a row belongs. `event` gives EVENT or EVENT.REPEAT; `row` is the row key in the repeating group."""

    subject: Cell
    site: Cell
    event: Cell
    form_repeat: Cell | None = None
    row: Cell | None = None


class Agreement(Node):
    """What a column must say in rows in which column `by` says so; the empty text stands for an empty cell."""

    column: Line
    by: Line
    table: dict[str, str]


class CsvMapping(Node):
    """A mapping file. `expect` columns must hold what is stated; `ignore` columns are left out, each for a reason."""

    title: Line
    form: Oid
    delimiter: Literal["comma", "semicolon", "tab"] = "comma"
    guarded: Flag = False  # cells were guarded against formulas by trialkit's own export: take the apostrophe off
    enrol: Flag = False  # subjects that are not enrolled yet are
    reason: str | None = None  # code of the study's change_reasons, given where a value differs from what stands
    because: str | None = None  # and what is said with it
    explain: dict[str, Line] = {}  # check id -> explanation with which a hard check on a past event passes
    place: Where
    expect: dict[str, str] = {}
    agree: list[Agreement] = []
    items: list[Target]
    ignore: dict[str, Line] = {}

    @property
    def separator(self) -> str:
        """The character between two cells."""
        return {"comma": ",", "semicolon": ";", "tab": "\t"}[self.delimiter]

    def cells(self) -> Iterator[tuple[Cell, Steps]]:
        """Every cell, with its path in the mapping."""
        place = self.place
        named = {"subject": place.subject, "site": place.site, "event": place.event}
        named |= {name: cell for name, cell in (("form_repeat", place.form_repeat), ("row", place.row)) if cell}
        for name, cell in named.items():
            yield cell, ("place", name)
        for n, target in enumerate(self.items):
            yield target, ("items", n)

    def columns(self) -> Iterator[str]:
        """Every column that the mapping names; repeats included."""
        yield from (*self.used(), *self.ignore)

    def used(self) -> Iterator[str]:
        """The columns that are read."""
        for cell, _ in self.cells():
            if cell.column is not None:
                yield cell.column
        yield from self.expect
        for agreement in self.agree:
            yield from (agreement.column, agreement.by)
        for target in self.items:
            yield from (*target.when, *target.expect)
            if target.missing is not None:
                yield target.missing.column


def read_mapping(file: str | Path) -> tuple[CsvMapping, Source]:
    """The mapping in a file, and its text for complaints that need the study. Raises WrongFile with every fault."""
    source = read(Path(file))
    mapping = validated(source, CsvMapping)
    if mapping is None or source.complaints:
        raise wrong(source)
    return mapping, source


def wrong(source: Source) -> WrongFile:
    """All complaints of a source as one refusal, a line each."""
    complaints = sorted(set(source.complaints))
    return WrongFile("\n".join(map(str, complaints)), "", complaints=complaints)
