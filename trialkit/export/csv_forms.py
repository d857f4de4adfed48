"""One wide CSV per form and per repeating group: a row per record or grid row, streamed subject by subject.

Columns: the keys, then for each item its coded value `ITEM`, the words `ITEM_DECODE` where it has codes, and
`ITEM_MISSING` with the reason of a typed missing value. Items that this reader may not see have no column at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from trialkit.conduct.sitefile import is_file
from trialkit.export.csv_cells import Profile, Sheet
from trialkit.export.source import Scope, Source, Standing, keepers
from trialkit.export.wording import decode, missing_reason, plain, row_order, seen, split_path
from trialkit.ledger.entry import Place, Written
from trialkit.study.model import Form, Item, Study

PLACE_KEYS = ("STOREKIND", "STUDYID", "SITEID", "SUBJID", "EVENT", "VISITORDER", "EVENT_REPEAT", "FORM", "FORM_REPEAT")
STATE_KEYS = ("STATUS", "VERSION", "ENTERED_IN", "LAST_CHANGED")


@dataclass(frozen=True, slots=True)
class Column:
    """An item of a sheet with the model that explains it."""

    oid: str
    item: Item
    decoded: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """A sheet of one form: its flat items (`group` empty) or the rows of one repeating group."""

    form: str
    group: str
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        return (
            f"{self.form}-{self.group}".lower().replace("_", "-") if self.group else self.form.lower().replace("_", "-")
        )

    def header(self) -> Iterator[str]:
        yield from PLACE_KEYS
        if self.group:
            yield "ROW"
        yield from STATE_KEYS
        for column in self.columns:
            yield column.oid
            if column.decoded:
                yield f"{column.oid}_DECODE"
            yield f"{column.oid}_MISSING"


def visit_order(source: Source, event: str) -> int:
    """The position of an event in the latest study version, from 1; an event it no longer has comes after all."""
    events = list(source.study.file.events)
    return events.index(event) + 1 if event in events else len(events) + 1


def by_visit(source: Source, place: Place) -> tuple[int, int]:
    """What places are sorted by: the protocol's order of events, then the repeat. Within a visit the order stays."""
    return visit_order(source, place.event), place.event_repeat


def place_cells(source: Source, place: Place) -> list[str]:
    """The key cells of a place, STOREKIND first; what is kept in the file of a site has no subject."""
    return [
        source.snapshot.kind,
        source.study.file.oid,
        place.site,
        "" if is_file(place.subject) else place.subject,
        place.event,
        str(visit_order(source, place.event)) if place.event else "",
        str(place.event_repeat) if place.event else "",
        place.form,
        str(place.form_repeat) if place.form else "",
    ]


def layouts(source: Source, forms: Sequence[str] | None = None) -> list[Layout]:
    """The sheets of every form in sight, with the items of all study versions: retired ones keep their column."""
    found: list[Layout] = []
    newest_first = list(reversed(source.versions()))
    names = list(dict.fromkeys(oid for study in newest_first for oid in study.forms))
    for oid in names:
        if forms is not None and oid not in forms:
            continue
        groups: dict[str, dict[str, Column]] = {}
        for study in newest_first:
            form = study.forms.get(oid)
            if form is None:
                continue
            for group_oid, group in form.groups.items():
                columns = groups.setdefault(group_oid if group.repeating else "", {})
                for item_oid, item in group.items.items():
                    if seen(source, form, item_oid):
                        coded = item.codelist is not None or item.type == "yesno"
                        columns.setdefault(item_oid, Column(item_oid, item, coded))
        found += [Layout(oid, group_oid, tuple(columns.values())) for group_oid, columns in groups.items() if columns]
    return found


def cells_of(study: Study, columns: Sequence[Column], values: dict[str, Written]) -> list[str]:
    """Value, words and missing reason of each column."""
    cells: list[str] = []
    for column in columns:
        value = values.get(column.oid)
        cells.append(plain(value))
        if column.decoded:
            cells.append(decode(study, column.item, value))
        cells.append(missing_reason(value))
    return cells


def grouped(record: Standing) -> dict[str, dict[str, dict[str, Written]]]:
    """The values of a record as group -> row -> item; flat items stand under group and row ""."""
    found: dict[str, dict[str, dict[str, Written]]] = {}
    for path, value in record.values.items():
        group, row, item = split_path(path)
        found.setdefault(group, {}).setdefault(row, {})[item] = value
    return found


def state_of(record: Standing, values: dict[str, Written]) -> str:
    """The status of a record or row: `inactive` when its line was inactivated."""
    return "inactive" if values.get("@inactive") else record.status


def write_forms(
    source: Source,
    folder: Path,
    prefix: str,
    profile: Profile,
    scope: Scope,
    forms: Sequence[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Path]:
    """Write `<prefix>-<form>[-<group>].csv` for every form in sight; memory holds one subject at a time."""
    with ExitStack() as stack:
        plan: dict[str, list[tuple[Layout, Sheet]]] = {}
        sheets: list[Sheet] = []
        for layout in layouts(source, forms):
            sheet = stack.enter_context(Sheet(folder / f"{prefix}-{layout.name}.csv", layout.header(), profile))
            plan.setdefault(layout.form, []).append((layout, sheet))
            sheets.append(sheet)
        for subject in keepers(source):
            if not scope.takes(subject.id, subject.site):
                continue
            moments = source.moments(subject.id)
            for record in sorted(source.records(subject.id), key=lambda found: by_visit(source, found.place)):
                if record.place.form in plan:
                    _write_record(source, record, plan[record.place.form], moments.get(record.seq, ""))
            if progress is not None:
                progress(1)
    return [sheet.path for sheet in sheets]


def _write_record(source: Source, record: Standing, sheets: list[tuple[Layout, Sheet]], changed: str) -> None:
    study = source.version(record.study)
    form: Form = study.forms.get(record.place.form) or source.study.forms[record.place.form]
    keys = place_cells(source, record.place)
    by_group = grouped(record)
    flat = by_group.get("", {}).get("", {})
    whole = state_of(record, flat)
    tail = [str(record.version), study.file.version, changed]
    for layout, sheet in sheets:
        if not layout.group:
            sheet.row([*keys, whole, *tail, *cells_of(study, layout.columns, flat)])
            continue
        rows = by_group.get(layout.group, {})
        for row in sorted(rows, key=lambda name: row_order(form, layout.group, name)):
            values = rows[row]
            state = "inactive" if values.get("@inactive") else whole
            sheet.row([*keys, row, state, *tail, *cells_of(study, layout.columns, values)])
