"""A mapping: which columns of an outside CSV file become which items of which form, as text that people can review.

Read like a study (docs/importing.md): every scalar is text, every complaint has its place, nothing is dropped unsaid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from trialkit.errors import WrongFile
from trialkit.study.model import Flag, Line, Node, Oid
from trialkit.study.text import Source, read
from trialkit.study.validation import validated


class Cell(Node):
    """How the text of one column becomes a value: cut, captured, brought into number form, translated; in this order."""

    column: Line
    cut: Literal["date", "time"] | None = None
    """Of `2014-07-02T11:45` only the date, or only the time (none in `2014-07-02`)."""
    pattern: str | None = None
    """A regular expression that the whole text must match; its first group, if it has one, is the value."""
    as_: Literal["integer"] | None = Field(None, alias="as")
    """`integer`: `63.0` is written as 63; a fraction is refused."""
    table: dict[str, str] | None = None
    """Outside word -> our word; a word that is not in it is refused."""


class Status(Node):
    """A column that says why there is no value: its word -> the study's missing reason."""

    column: Line
    table: dict[str, str]


class Target(Node):
    """One item of the form and where its value comes from: a column's cell, or the same `value` in every row.

    `to` is ITEM or, in a repeating group, GROUP.ITEM (the row comes from `place.row`). With `when` it applies only to
    rows in which these columns hold these texts.
    """

    to: Line
    column: str | None = None
    value: str | None = None
    cut: Literal["date", "time"] | None = None
    pattern: str | None = None
    as_: Literal["integer"] | None = Field(None, alias="as")
    table: dict[str, str] | None = None
    when: dict[str, str] = {}
    missing: Status | None = None
    empty: str = "leave"
    """An empty cell: `leave` what stands, `clear` it, or a missing reason of the study."""

    @property
    def cell(self) -> Cell | None:
        """The column's cell, None for a constant."""
        if self.column is None:
            return None
        return Cell.model_validate(
            {"column": self.column, "cut": self.cut, "pattern": self.pattern, "as": self.as_, "table": self.table}
        )


class Where(Node):
    """Where a row belongs. `event` gives EVENT or EVENT.REPEAT; `row` is the row key in the group of its targets."""

    subject: Cell
    site: Cell
    event: Cell | Oid
    form_repeat: Cell | None = None
    row: Cell | None = None


class Agreement(Node):
    """What a column must say in rows in which column `by` says so; the empty text stands for an empty cell."""

    by: Line
    table: dict[str, str]


class CsvMapping(Node):
    """A mapping file. `expect` columns must hold what is stated; `ignore` columns are left out, each with its reason."""

    title: Line
    form: Oid
    delimiter: Literal["comma", "semicolon", "tab"] = "comma"
    guarded: Flag = False  # cells were guarded against formulas by trialkit's own export: take the apostrophe off
    enrol: Flag = False  # subjects that are not enrolled yet are
    reason: str | None = None  # code of the study's change_reasons, used where a value differs from what stands
    because: str | None = None  # and what is said with it
    explain: dict[str, Line] = {}  # check id -> explanation with which a hard check on a past event passes
    place: Where
    expect: dict[str, str | Agreement] = {}
    items: list[Target]
    ignore: dict[str, Line] = {}

    def columns(self) -> Iterator[tuple[str, tuple[str | int, ...]]]:
        """Every column that the mapping names, with the path at which it does."""
        for name, cell in self._places():
            if isinstance(cell, Cell):
                yield cell.column, ("place", name, "column")
        for name, expected in self.expect.items():
            yield name, ("expect", name)
            if isinstance(expected, Agreement):
                yield expected.by, ("expect", name, "by")
        for n, target in enumerate(self.items):
            if target.column is not None:
                yield target.column, ("items", n, "column")
            for name in target.when:
                yield name, ("items", n, "when", name)
            if target.missing is not None:
                yield target.missing.column, ("items", n, "missing", "column")
        for name in self.ignore:
            yield name, ("ignore", name)

    def _places(self) -> Iterator[tuple[str, Cell | str | None]]:
        place = self.place
        yield from (("subject", place.subject), ("site", place.site), ("event", place.event))
        yield from (("form_repeat", place.form_repeat), ("row", place.row))

    @property
    def separator(self) -> str:
        """The character between two cells."""
        return {"comma": ",", "semicolon": ";", "tab": "\t"}[self.delimiter]

    @property
    def cells(self) -> Mapping[tuple[str | int, ...], Cell]:
        """Every cell that is read, by its path in the mapping."""
        found: dict[tuple[str | int, ...], Cell] = {}
        for name, cell in self._places():
            if isinstance(cell, Cell):
                found["place", name] = cell
        for n, target in enumerate(self.items):
            if target.cell is not None:
                found["items", n] = target.cell
        return found


def read_mapping(file: str | Path) -> tuple[CsvMapping, Source]:
    """The mapping in a file, with its text for complaints that need the study. Raises WrongFile with every fault."""
    source = read(Path(file))
    mapping = validated(source, CsvMapping)
    if mapping is None or source.complaints:
        raise wrong(source)
    return mapping, source


def wrong(source: Source) -> WrongFile:
    """All complaints of a source as one refusal, a line each."""
    lines = [str(complaint) for complaint in sorted(set(source.complaints))]
    return WrongFile("\n".join(lines), "", complaints=sorted(set(source.complaints)))
