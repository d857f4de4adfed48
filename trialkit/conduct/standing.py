"""A form instance as it stands while someone works on it: written values and the typed values that expressions read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import cast

from trialkit.access.gate import classes_of
from trialkit.errors import OutOfOrder
from trialkit.expressions.environment import Row, siblings
from trialkit.ledger.entry import Place, Visibility, Written
from trialkit.store.record import Record
from trialkit.study import compiled
from trialkit.study.compiled import CompiledForm
from trialkit.study.model import Study
from trialkit.values import Value, unwritten


@lru_cache(maxsize=65536)
def split(path: str) -> tuple[str, str, str]:
    """`GROUP[row].ITEM` -> (group, row, item); `ITEM` and what is said of the form (`@reason`) -> ("", "", path)."""
    return compiled.split(path)


DROPPED = "DROPPED"
"""What a mark says when what it stood on changed."""
UNBLINDED = "unblinded"
"""`@reviewed[<role>/unblinded]`: that the review of the role was of the masked values, too."""
_MARKS = ("@verified[", "@reviewed[", "@frozen", "@locked", "@unlocked")


def is_mark(path: str) -> bool:
    """Whether a path is a mark of review (verified, reviewed, frozen, locked) and no value."""
    return path.startswith(_MARKS)


def class_of_mark(path: str, classes: Mapping[str, Visibility]) -> Visibility:
    """The class of what is said of a form: a mark that falls with a masked value would tell that and when it moved."""
    if path.startswith("@reviewed[") and path.endswith(f"/{UNBLINDED}]"):
        return "unblinded"
    about = path[len("@verified[") : -1] if path.startswith("@verified[") else ""
    return "unblinded" if classes.get(about) == "unblinded" else "open"


def closed(written: Mapping[str, Written]) -> str:
    """`locked` or `frozen` if the form takes no changes, else nothing."""
    return "locked" if written.get("@locked") == "Y" else "frozen" if written.get("@frozen") == "Y" else ""


def not_locked(record: Record, refused: str) -> None:
    """Raise OutOfOrder, which says what is `refused` and who opens the form, where the form is locked."""
    if record.values.get("@locked") == "Y":
        named = record.stream.removeprefix("record/")
        raise OutOfOrder(f"{named} is locked: {refused}", "unlock it first: Review, Unlock, by two data managers")


class Standing:
    """One record in memory. `written` maps item paths to what the ledger holds; `flat` and `rows` hold typed values."""

    __slots__ = (
        "_active",
        "_keyed",
        "_row",
        "_struck",
        "_unordered",
        "cform",
        "classes",
        "flat",
        "gone",
        "journal",
        "marked",
        "place",
        "rows",
        "stored",
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
        self._row: Row | None = None
        self._keyed: dict[tuple[str, str], Row] = {}  # the rows of the groups
        self._struck: set[tuple[str, str]] = set()
        self._unordered: set[str] = set()  # groups whose rows came, went or were struck
        self.stored = self.version  # 0: it was made in this sitting
        if record:
            for path, value in record.values.items():
                self.put(path, value)

    @property
    def inactive(self) -> bool:
        return self.written.get("@inactive") == "Y"

    def struck(self, path: str) -> bool:
        """Whether the item at `path` stands in a line or row that was struck."""
        group, row, _ = split(path)
        return self.inactive or (group, row) in self._struck

    def class_of(self, path: str) -> Visibility:
        """The class of what stands or is written at `path`."""
        rule = self.cform.items.get(split(path)[2])
        return self.classes.get(path, rule.visibility if rule else "open")

    def dropped(
        self, changed: Mapping[str, tuple[Written, Written]], study: Study, *, always: bool = False
    ) -> dict[str, tuple[Written, Written]]:
        """The marks that fall when these paths change, taken down: verifications of them, and reviews of the form.

        A review is of what was shown: it outlives what changes out of its role's sight, and only that of an unblinded
        person falls with a masked value. `always` gives the other marks of masked items too, as they stand: how many
        are written with what the system worked out must not tell whether it moved. With a row or form that is struck
        the verifications of all that stands in it fall.
        """
        moved = {path for path, (old, new) in changed.items() if old != new and path != "@cleared"}
        classes = {self.class_of(path) for path in moved}
        fallen = {f"@verified[{path}]" for path in moved}
        struck = tuple(f"@verified[{path.removesuffix('@inactive')}" for path in moved if path.endswith("@inactive"))
        kept = {f"@verified[{path}]" for path in changed} if always else set()
        for path in self.written:
            if struck and path.startswith(struck):
                fallen.add(path)
            elif path.startswith("@reviewed["):
                role, _, side = path[len("@reviewed[") : -1].partition("/")
                (fallen if classes & (classes_of(role, study) - (set() if side else {"unblinded"})) else kept).add(path)
        found: dict[str, tuple[Written, Written]] = {}
        for path in (*sorted(fallen), *sorted(kept - fallen)):
            was = self.written.get(path)
            if was == "Y" and path in fallen:
                found[path] = "Y", DROPPED
                self.put(path, DROPPED)
            elif always and was is not None and class_of_mark(path, self.classes) == "unblinded":
                found[path] = was, was
        return found

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
        rule = self.cform.items.get(item)
        if rule is None:
            self.marked = self.marked or is_mark(path)
            if item == "@inactive" and group:
                (self._struck.discard if value is None else self._struck.add)((group, row))
                self._rows_moved(group)
            return
        typed = None if value is None or value.__class__ is dict else unwritten(rule.type, value)
        if not group:
            self._stand(item, typed)
            return
        rows = self.rows.setdefault(group, {})
        values = rows.get(row)
        if values is None:
            values = rows[row] = {}
            self._rows_moved(group)
        if value is None:
            values.pop(item, None)
        else:
            values[item] = typed
        made = self._keyed.get((group, row))
        if made is not None:
            _set(made, item, typed)
        if not values:  # a row is there as long as something stands in it
            del rows[row]
            self._keyed.pop((group, row), None)
            self._rows_moved(group)

    def enter(self, item: str, value: Written, typed: Value) -> None:
        """The same as `put` for a single item whose typed value is at hand."""
        if self.journal is not None:
            self.journal.append((self, item, self.written.get(item)))
        self.written[item] = value
        self._stand(item, typed)

    def _stand(self, item: str, typed: Value | None) -> None:
        self.flat[item] = typed
        if self._row is not None:
            _set(self._row, item, typed)
            for row in self._keyed.values():
                _set(row, item, typed)

    def _rows_moved(self, group: str) -> None:
        self._active.pop(group, None)
        self._unordered.add(group)

    def row(self) -> Row:
        """What expressions read: single items, and the active rows of each group. Made once, it follows every `put`."""
        record = self._row
        if record is None:
            record = self._row = self._new_row(self.flat, self.stream)
            record.groups = {}
        if self._unordered:
            groups = cast("dict[str, Sequence[Row]]", record.groups)
            for group in self._unordered:
                groups[group] = siblings([self._row_at(record, group, *pair) for pair in self.active_rows(group)])
            self._unordered.clear()
        return record

    def row_at(self, group: str, row: str) -> Row | None:
        """One active row of a group."""
        self.row()
        return None if (group, row) in self._struck else self._keyed.get((group, row))

    def values_at(self, group: str, row: str) -> Mapping[str, Value | None]:
        """The typed values of the record (no group) or of one active row of a group."""
        if not group:
            return self.flat
        return {} if (group, row) in self._struck else self.rows.get(group, {}).get(row, {})

    def _row_at(self, record: Row, group: str, key: str, values: Mapping[str, Value | None]) -> Row:
        made = self._keyed.get((group, key))
        if made is None:
            made = self._keyed[group, key] = self._new_row(record, key)
            for item, typed in values.items():
                _set(made, item, typed)
            made.groups = record.groups
        return made

    def _new_row(self, values: Mapping[str, Value | None], key: str) -> Row:
        place = self.place
        return Row(values, key=key, event=place.event, repeat=place.event_repeat, form_repeat=place.form_repeat)

    def active_rows(self, group: str) -> list[tuple[str, Mapping[str, Value | None]]]:
        """The rows of a group in their order, without inactivated ones."""
        made = self._active.get(group)
        if made is not None:
            return made
        rows: dict[str, dict[str, Value | None]] = self.rows.get(group, {})
        if self._struck:
            rows = {key: row for key, row in rows.items() if (group, key) not in self._struck}
        made = self._active[group] = self.cform.ordered(group, rows)
        return made


def _set(row: Row, item: str, typed: Value | None) -> None:
    if typed is None:
        row.pop(item, None)
    else:
        row[item] = typed
