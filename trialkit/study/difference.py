"""What changed between two versions of a study, by kind: the start of every amendment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson

from trialkit.study.canonical import encoded
from trialkit.study.model import Form, ItemGroup, LookupTable, Study
from trialkit.study.node import Node


@dataclass(frozen=True, slots=True)
class Difference:
    """One change: its kind (`item added`, `code removed`, ...), its place, and what stood and stands there.

    `forbidden` marks what may not happen to a published study: an item's type never changes, and an item never
    disappears (it is retired instead).
    """

    kind: str
    place: str
    old: str = ""
    new: str = ""
    forbidden: bool = False

    def __str__(self) -> str:
        change = (
            f": {self.old} → {self.new}"
            if self.old and self.new
            else f": {self.old or self.new}"
            if self.old or self.new
            else ""
        )
        return f"{self.kind} {self.place}{change}" + (" (forbidden once published)" if self.forbidden else "")


def difference(a: Study, b: Study) -> list[Difference]:
    """What must be told about going from `a` to `b`, in the order of the study."""
    return [
        *_file(a, b),
        *_mapping("code list", a.codelists, b.codelists, ""),
        *_codes(a, b),
        *_mapping("table", a.tables, b.tables, ""),
        *(d for oid in a.tables if oid in b.tables for d in _table(oid, a.tables[oid], b.tables[oid])),
        *_mapping("form", a.forms, b.forms, "", forbidden=True, deep=True),
        *(d for oid in a.forms if oid in b.forms for d in _form(a.forms[oid], b.forms[oid])),
    ]


def _file(a: Study, b: Study) -> Iterator[Difference]:
    one, two = encoded(a.file), encoded(b.file)
    apart = ("parameters", "events", "roles", "arms", "event_sets")
    yield from _fields("study", a.file.oid, one, two, leave=apart)
    yield from _mapping("parameter", a.file.parameters, b.file.parameters, "")
    yield from _mapping("event", a.file.events, b.file.events, "")
    yield from _mapping("role", a.file.roles, b.file.roles, "")
    yield from _mapping("arm", a.file.arms, b.file.arms, "")
    for name in dict.fromkeys([*a.file.event_sets, *b.file.event_sets]):
        old, new = a.file.event_sets.get(name), b.file.event_sets.get(name)
        if old != new:
            yield Difference("event set changed", name, _shown(old), _shown(new))


def _codes(a: Study, b: Study) -> Iterator[Difference]:
    for name, old in a.codelists.items():
        new = b.codelists.get(name)
        if new is None:
            continue
        for code in dict.fromkeys([*old.codes, *new.codes]):
            one, two = old.codes.get(code), new.codes.get(code)
            if one is None:
                yield Difference("code added", f"{name}.{code}", "", str(two))
            elif two is None:
                yield Difference("code removed", f"{name}.{code}", one, "")
            elif one != two:
                yield Difference("code changed", f"{name}.{code}", one, two)


def _table(oid: str, a: LookupTable, b: LookupTable) -> Iterator[Difference]:
    yield from _mapping("column", a.columns, b.columns, f"{oid}.")
    for key in dict.fromkeys([*a.rows, *b.rows]):
        old, new = a.rows.get(key, {}), b.rows.get(key, {})
        for name in dict.fromkeys([*old, *new]):
            if old.get(name) != new.get(name):
                yield Difference("cell changed", f"{oid}.{key}.{name}", old.get(name, ""), new.get(name, ""))


def _form(a: Form, b: Form) -> Iterator[Difference]:
    yield from _fields("form", a.oid, encoded(a), encoded(b), leave=("groups", "checks"))
    yield from _mapping("group", a.groups, b.groups, f"{a.oid}.", deep=True)
    for oid, group in a.groups.items():
        if oid in b.groups:
            yield from _group(a.oid, oid, group, b.groups[oid])
    for oid in dict.fromkeys([*a.items, *b.items]):
        yield from _item(a, b, oid)
    yield from _mapping("check", a.checks, b.checks, f"{a.oid}.")
    common = [oid for oid in a.items if oid in b.items]
    if common != [oid for oid in b.items if oid in a.items]:
        yield Difference("order changed", a.oid)


def _group(form: str, oid: str, a: ItemGroup, b: ItemGroup) -> Iterator[Difference]:
    place = f"{form}.{oid}"
    yield from _fields("group", place, encoded(a), encoded(b), leave=("items", "timepoints"), forbidden=("rows",))
    yield from _mapping("timepoint", a.timepoints or {}, b.timepoints or {}, f"{place}.")


def _item(a: Form, b: Form, oid: str) -> Iterator[Difference]:
    place, old, new = f"{a.oid}.{oid}", a.items.get(oid), b.items.get(oid)
    if old is None or new is None:
        kind = "item added" if old is None else "item removed"
        label = (old or new).label  # type: ignore[union-attr]
        yield Difference(kind, place, label if old else "", label if new else "", forbidden=new is None)
        return
    if old.type != new.type:
        yield Difference("type changed", place, old.type, new.type, forbidden=True)
    if a.group_of[oid] != b.group_of[oid]:
        moved = a.groups[a.group_of[oid]].repeating or b.groups[b.group_of[oid]].repeating
        yield Difference("item moved", place, a.group_of[oid], b.group_of[oid], forbidden=moved)
    if new.retired and not old.retired:
        yield Difference("item retired", place)
    elif old.retired and not new.retired:
        yield Difference("item brought back", place)
    yield from _fields("item", place, encoded(old), encoded(new), leave=("type", "retired"), forbidden=("unit",))


def _mapping(
    what: str, a: Mapping[str, Node], b: Mapping[str, Node], prefix: str, *, forbidden: bool = False, deep: bool = False
) -> Iterator[Difference]:
    """Added, removed and (unless `deep`: told in detail elsewhere) changed entries."""
    for name in dict.fromkeys([*a, *b]):
        if name not in a:
            yield Difference(f"{what} added", prefix + name, "", _title(b[name]))
        elif name not in b:
            yield Difference(f"{what} removed", prefix + name, _title(a[name]), "", forbidden)
        elif not deep and a[name] != b[name]:
            leave = {"code list": ("codes",), "table": ("columns", "rows")}.get(what, ())
            yield from _fields(what, prefix + name, encoded(a[name]), encoded(b[name]), leave=leave)


def _fields(
    what: str,
    place: str,
    a: dict[str, object],
    b: dict[str, object],
    leave: tuple[str, ...] = (),
    forbidden: tuple[str, ...] = (),
) -> Iterator[Difference]:
    for name in dict.fromkeys([*a, *b]):
        if name not in leave and a.get(name) != b.get(name):
            banned = name in forbidden
            yield Difference(f"{what} changed", f"{place}.{name}", _shown(a.get(name)), _shown(b.get(name)), banned)


def _title(node: Node) -> str:
    return str(getattr(node, "title", None) or getattr(node, "label", None) or "")


def _shown(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else orjson.dumps(value).decode()
