"""A study ready to run: items with parsers and ranges, expressions as closures, checks and computations in order.

Each part tells what it reads; that decides which checks run on a save, which queries close, and what is traced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from trialkit.expressions import Compiled, Row, Vocabulary, row_for
from trialkit.expressions.environment import rows_for
from trialkit.expressions.reach import NOWHERE, Reach
from trialkit.ledger.entry import Visibility
from trialkit.study.message import Message
from trialkit.study.model import Check, Form, Item, ItemGroup, Severity, Study
from trialkit.values import ItemType, PartialDate, Value, parse

Reading = tuple[str, Literal["check", "compute", "when"], str]
"""(form, what kind of expression, its check or item id): one expression that reads something."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Lowest and highest value, both included; None where there is none."""

    low: Any
    high: Any

    def exclude(self, value: Any) -> bool:
        """Whether the value lies definitely outside; a partial date only if every day it may be does."""
        if value.__class__ is PartialDate:
            return (self.low is not None and value.high < self.low) or (self.high is not None and value.low > self.high)
        return (self.low is not None and value < self.low) or (self.high is not None and value > self.high)


@dataclass(frozen=True, slots=True)
class CompiledItem:
    """One item: how to read what is typed, what is allowed, when it is asked, how it is calculated."""

    oid: str
    item: Item
    form: str
    group: str
    repeating: bool  # stands in a repeating group
    type: ItemType
    labels: Mapping[str, str] | None  # code -> meaning
    missing: tuple[str, ...]  # reasons allowed
    visibility: Visibility
    hard: Bounds | None
    soft: Bounds | None
    when: Compiled | None
    compute: Compiled | None
    conditions: tuple[Compiled, ...] = ()  # its section's and its own: it is asked when none of them is false
    asked: Reach = NOWHERE  # what these read
    follows: Reach = NOWHERE  # what its calculation reads, with them

    def parse(self, text: str | Sequence[str]) -> Value:
        """The typed value; raises WrongValue for a wrong type, code, length or number of digits."""
        return parse(self.type, text, codes=self.labels, length=self.item.length, digits=self.item.digits)

    def range_fault(self, value: Value) -> Literal["hard", "soft"] | None:
        """Which range the value lies outside of."""
        if self.hard is not None and self.hard.exclude(value):
            return "hard"
        return "soft" if self.soft is not None and self.soft.exclude(value) else None


@dataclass(frozen=True, slots=True)
class CompiledGroup:
    """One section of a form with its items in order; `references` gives each timepoint's reference moment."""

    oid: str
    group: ItemGroup
    when: Compiled | None
    items: tuple[CompiledItem, ...]
    references: Mapping[str, Compiled]


@dataclass(frozen=True, slots=True)
class CompiledOpens:
    """The record that a check opens: its form, and the value of each item as an expression where the check stands."""

    form: str
    values: Mapping[str, Compiled]  # item -> its value, of the item's type; unknown is left empty


@dataclass(frozen=True, slots=True)
class CompiledCheck:
    """One check. `item` is where its query stands, `group` the repeating group of whose rows it asks, if any.

    `visibility` is the strictest class of what it and its message read; its query inherits it.
    """

    oid: str
    check: Check
    form: str
    group: str | None
    item: str | None
    severity: Severity
    when: Compiled | None
    test: Compiled
    wanted: bool  # the verdict at which it fires: require False, finding True
    message: Message
    visibility: Visibility
    own: frozenset[str]
    elsewhere: frozenset[tuple[str, str]]
    reads: frozenset[tuple[str, str]]
    uses_now: bool
    reach: Reach
    opens: CompiledOpens | None = None
    asks: frozenset[str] = frozenset()  # what it asks beside values: see Compiled.asks

    def fires(self, row: Row, facts: Any) -> bool:
        """Whether the row is definitely at fault; unknown never is."""
        if self.when is not None and self.when.evaluate(row, facts) is not True:
            return False
        return self.test.evaluate(row, facts) is self.wanted

    def found(self, record: Row, facts: Any) -> list[str]:
        """Where it fires in a record: row keys, or [""] for the record itself; empty if it does not."""
        if self.group is None:
            return [""] if self.fires(record, facts) else []
        return [row.key for row in record.groups.get(self.group, ()) if self.fires(row, facts)]


@dataclass(frozen=True, slots=True)
class CompiledForm:
    """One form: items and groups in order, computations in the order of their dependence, checks in order."""

    oid: str
    form: Form
    groups: Mapping[str, CompiledGroup]
    items: Mapping[str, CompiledItem]
    computes: tuple[CompiledItem, ...]
    checks: tuple[CompiledCheck, ...]
    checks_of: Mapping[str, tuple[CompiledCheck, ...]] = field(default_factory=dict)  # own item -> checks reading it
    required: tuple[CompiledItem, ...] = ()  # must be answered when they are asked
    soft_ranged: tuple[CompiledItem, ...] = ()
    single: Mapping[str, CompiledItem] = field(default_factory=dict)  # typed by people, once a record
    conditional: frozenset[str] = frozenset()  # asked only under a condition of their own or of their section
    named: Mapping[str, str] = field(default_factory=dict)  # items with a role of their own -> that role
    classes: frozenset[Visibility] = frozenset()
    by_check: Mapping[str, CompiledCheck] = field(default_factory=dict)

    @property
    def tabular(self) -> bool:
        """Whether some of it is asked in rows, which read each other."""
        return any(group.group.repeating for group in self.groups.values())

    def check(self, oid: str) -> CompiledCheck | None:
        """The check of that id."""
        return self.by_check.get(oid)

    def row(self, values: Mapping[str, Value | None], *, event: str = "", repeat: int = 1, form_repeat: int = 1) -> Row:
        """The row of a record whose values are keyed by item path: `ITEM` and `GROUP[row].ITEM`."""
        single: dict[str, Value | None] = {}
        grouped: dict[str, dict[str, dict[str, Value | None]]] = {}
        for path, value in values.items():
            if "[" in path:
                group, key, item = split(path)
                grouped.setdefault(group, {}).setdefault(key, {})[item] = value
            elif path[0] != "@":
                single[path] = value
        groups = {oid: self.ordered(oid, grouped.get(oid, {})) for oid, g in self.groups.items() if g.group.repeating}
        return row_for(single, groups, event=event, repeat=repeat, form_repeat=form_repeat)

    def ordered(
        self, group: str, rows: Mapping[str, Mapping[str, Value | None]]
    ) -> list[tuple[str, Mapping[str, Value | None]]]:
        """Rows of a group in order: timepoints as the study lists them, other rows by number."""
        timepoints = list(self.groups[group].group.timepoints or ())
        places = {code: n for n, code in enumerate(timepoints)}

        def order(key: str) -> tuple[int, int, str]:
            code, _, number = key.rpartition(".")
            if not code or code not in places:
                code, number = key, ""
            if places:
                return places.get(code, len(places)), int(number) if number.isdigit() else 0, key
            return 0, int(key) if key.isdigit() else 10**9, key

        return sorted(rows.items(), key=lambda pair: order(pair[0]))


@dataclass(frozen=True, slots=True)
class CompiledStudy:
    """A study with everything compiled; `readers`: what reads a form from elsewhere, `item_readers` an item."""

    study: Study
    vocabulary: Vocabulary
    forms: Mapping[str, CompiledForm]
    events: Mapping[str, tuple[str, ...]]
    checks: Mapping[str, CompiledCheck]
    first_dose: Compiled | None
    readers: Mapping[str, frozenset[Reading]]
    item_readers: Mapping[tuple[str, str], frozenset[Reading]]

    @property
    def hash(self) -> str:
        return self.study.hash

    def forms_at(self, event: str) -> tuple[str, ...]:
        """The forms of a study event in order, event sets spelt out."""
        return self.events.get(event, ())

    def single(self, form: str) -> bool:
        """Whether a subject has at most one record of the form."""
        words = self.vocabulary.forms[form]
        kinds = [self.study.file.events[event].kind for event in words.events]
        return not words.repeating and len(kinds) == 1 and kinds[0] != "unscheduled"


def path_of(group: str | None, row: str, item: str) -> str:
    """The stored path of an item: `ITEM`, or `GROUP[row].ITEM`."""
    return f"{group}[{row}].{item}" if group and row else item


def split(path: str) -> tuple[str, str, str]:
    """Group, row and item of a stored path; group and row are empty for single items and what is said of the form."""
    if path[:1] == "@":
        return "", "", path
    group, bracket, rest = path.partition("[")
    if not bracket:
        return "", "", path
    row, _, item = rest.rpartition("].")
    return group, row, item


def recompute(
    form: CompiledForm,
    row: Row,
    facts: Any,
    note: Callable[[str, Value | None], None] | None = None,
    keep: Callable[[Row, str], bool] = lambda row, item: False,
) -> None:
    """Calculates the computed items of a record in place, a whole column at a time, each after what it reads.

    `note` is told every (path, value); where `keep(row, item)` is true the value that stands is left.
    """
    for item in form.computes:
        assert item.compute is not None
        for at in row.groups.get(item.group, ()) if item.repeating else (row,):
            if keep(at, item.oid):
                continue
            value = item.compute.evaluate(at, facts)
            _set(row, at, item, value)
            if note is not None:
                note(path_of(item.group if item.repeating else None, at.key, item.oid), value)


def _set(record: Row, at: Row, item: CompiledItem, value: Value | None) -> None:
    rows: Iterable[Row] = (at,) if item.repeating else (record, *(r for rows in record.groups.values() for r in rows))
    for row in rows:
        if value is None:
            row.pop(item.oid, None)
        else:
            row[item.oid] = value


__all__ = [
    "Bounds", "CompiledCheck", "CompiledForm", "CompiledGroup", "CompiledItem", "CompiledOpens", "CompiledStudy",
    "Reading", "path_of", "recompute", "rows_for", "split",
]  # fmt: skip
