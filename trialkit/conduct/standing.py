"""A form instance as it stands while someone works on it: written values and the typed values that expressions read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from trialkit.expressions.environment import Row, row_for
from trialkit.ledger.entry import Place, Visibility, Written
from trialkit.store.record import Record
from trialkit.study import compiled
from trialkit.study.compiled import CompiledForm
from trialkit.values import Value, unwritten


@lru_cache(maxsize=65536)
def split(path: str) -> tuple[str, str, str]:
    """`GROUP[row].ITEM` -> (group, row, item); `ITEM` and what is said of the form (`@reason`) -> ("", "", path)."""
    return compiled.split(path)


DROPPED = "DROPPED"
"""What a mark says when what it stood on changed."""
_MARKS = ("@verified[", "@reviewed[", "@frozen", "@locked", "@unlocked")


def is_mark(path: str) -> bool:
    """Whether a path is a mark of review (verified, reviewed, frozen, locked) and no value."""
    return path.startswith(_MARKS)


def closed(written: Mapping[str, Written]) -> str:
    """`locked` or `frozen` if the form takes no changes, else nothing."""
    return "locked" if written.get("@locked") == "Y" else "frozen" if written.get("@frozen") == "Y" else ""


def dropped(written: Mapping[str, Written], changed: Iterable[str]) -> dict[str, tuple[Written, Written]]:
    """The marks that fall when these paths change: verifications of them, and every review of the form."""
    paths = [f"@verified[{path}]" for path in changed]
    paths += [path for path in written if path.startswith("@reviewed[")]
    return {path: ("Y", DROPPED) for path in paths if written.get(path) == "Y"}


class Standing:
    """One record in memory. `written` maps item paths to what the ledger holds; `flat` and `rows` hold typed values."""

    __slots__ = (
        "_active",
        "cform",
        "classes",
        "flat",
        "gone",
        "journal",
        "marked",
        "place",
        "rows",
        "stream",
        "study",
        "version",
        "written",
    )

    def __init__(self, cform: CompiledForm, place: Place, record: Record | None, study: str) -> None:
        self.cform = cform
        self.place = place
        self.stream = place.record
        self.version = record.version if record else 0
        self.study = study
        self.journal: list[tuple[Standing, str, Written]] | None = None
        self.written: dict[str, Written] = {}
        self.marked = False  # whether anybody has verified, reviewed, frozen or locked it
        # What is protected in the ledger, also what this process cannot open or what was erased.
        self.classes: dict[str, Visibility] = dict(record.classes) if record else {}
        self.gone = self.classes.keys() - record.values.keys() if record and record.classes else frozenset[str]()
        self.flat: dict[str, Value | None] = {}
        self.rows: dict[str, dict[str, dict[str, Value | None]]] = {}
        self._active: dict[str, list[tuple[str, Mapping[str, Value | None]]]] = {}  # rows in order, until one moves
        if record:
            for path, value in record.values.items():
                self.put(path, value)

    @property
    def inactive(self) -> bool:
        return self.written.get("@inactive") == "Y"

    def struck(self, path: str) -> bool:
        """Whether the item at `path` stands in a line or row that was struck."""
        group, row, _ = split(path)
        return self.inactive or (bool(group) and self.written.get(f"{group}[{row}].@inactive") == "Y")

    def answered(self, path: str) -> bool:
        """Whether something was answered at `path`, be it erased since or out of this process's sight."""
        return path in self.written or path in self.gone

    def put(self, path: str, value: Written) -> None:
        """Let `value` stand at `path`; None takes it away."""
        if self.journal is not None:
            self.journal.append((self, path, self.written.get(path)))
        if value is None:
            self.written.pop(path, None)
        else:
            self.written[path] = value
        group, row, item = split(path)
        self._active.pop(group, None)
        rule = self.cform.items.get(item)
        if rule is None:
            self.marked = self.marked or is_mark(path)
            return
        typed = None if value is None or value.__class__ is dict else unwritten(rule.type, value)
        if group:
            self.rows.setdefault(group, {}).setdefault(row, {})[item] = typed
        else:
            self.flat[item] = typed

    def enter(self, item: str, value: Written, typed: Value) -> None:
        """The same as `put` for a single item whose typed value is at hand."""
        if self.journal is not None:
            self.journal.append((self, item, self.written.get(item)))
        self.written[item] = value
        self.flat[item] = typed

    def row(self) -> Row:
        """What expressions read: single items, and the active rows of each group."""
        groups = {group: self.active_rows(group) for group in self.rows}
        return row_for(
            self.flat,
            groups,
            key=self.stream,
            event=self.place.event,
            repeat=self.place.event_repeat,
            form_repeat=self.place.form_repeat,
        )

    def active_rows(self, group: str) -> list[tuple[str, Mapping[str, Value | None]]]:
        """The rows of a group in their order, without inactivated ones."""
        made = self._active.get(group)
        if made is not None:
            return made
        rows: dict[str, dict[str, Value | None]] = self.rows.get(group, {})
        if any(path.endswith("].@inactive") for path in self.written):
            rows = {key: row for key, row in rows.items() if self.written.get(f"{group}[{key}].@inactive") != "Y"}
        made = self._active[group] = self.cform.ordered(group, rows)
        return made
