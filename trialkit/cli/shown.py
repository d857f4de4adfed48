"""Forms and their histories as lines of text: labels in full, codes with what they mean, struck lines marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from textwrap import wrap
from zoneinfo import ZoneInfo

from trialkit.ledger.entry import Change, Written
from trialkit.store.readers import Reader
from trialkit.store.record import EntryView, Record
from trialkit.study.compiled import split
from trialkit.study.model import Form, Item, Study

WIDTH = 116
_LABEL, _VALUE = 52, 60
_STRUCK = "(struck)"


def records_of(reader: Reader, study: Study, keeper: str) -> Iterator[str]:
    """The forms of a subject or of a site's file, event by event: state, version, open queries."""
    order = {event: n for n, event in enumerate(study.file.events)}
    left = [query for query in reader.queries(subject=keeper) if query.status != "CLOSED"]
    before = ""
    records = reader.records(subject=keeper)
    for record in sorted(records, key=lambda one: (order.get(one.place.event, 999), one.place.event_repeat)):
        place = record.place
        event = place.event + (f".{place.event_repeat}" if place.event_repeat > 1 else "")
        if event != before:
            yield f"{event}  {study.file.events[place.event].title}"
            before = event
        form = place.form + (f".{place.form_repeat}" if study.forms[place.form].repeating else "")
        asked = sum(1 for query in left if query.place == place)
        state = "struck" if record.values.get("@inactive") == "Y" else record.status.lower()
        more = f"  {asked} open quer{'y' if asked == 1 else 'ies'}" if asked else ""
        yield f"  {form:<6} {study.forms[place.form].title:<42} {state:<12} version {record.version}{more}"


def form_lines(record: Record, study: Study) -> Iterator[str]:
    """A form as it stands: single items one a line with their labels, rows of a group as a table."""
    form = study.forms[record.place.form]
    struck = record.values.get("@inactive") == "Y"
    yield f"{form.title}: {'struck, was ' if struck else ''}{record.status.lower()}, version {record.version}"
    if struck:
        yield "struck: it counts nowhere"
    rows: dict[str, dict[str, dict[str, str]]] = {}
    gone = {split(path)[:2] for path, value in record.values.items() if path.endswith("].@inactive") and value == "Y"}
    for path, value in record.values.items():
        group, row, oid = split(path)
        if oid in form.items:
            item = form.items[oid]
            unit = item.unit if isinstance(value, str) and not row else None
            text = f"{_meant(value, item, study)} {unit or ''}".rstrip()
            rows.setdefault(group or form.group_of[oid], {}).setdefault(row, {})[oid] = text
    for oid, group_of in form.groups.items():
        found = rows.get(oid, {})
        if found:
            yield group_of.title
        if group_of.repeating:
            ordered = sorted(found, key=lambda row: _rank(form, oid, row))
            marked = {f"{row} {_STRUCK}" if (oid, row) in gone else row: found[row] for row in ordered}
            yield from _table(marked, [item for item in group_of.items if any(item in row for row in found.values())])
            if len(marked.keys() - found.keys()) > 0:
                yield f"  Rows marked {_STRUCK} were struck: they count nowhere."
        else:
            there = found.get("", {})
            for name in (name for name in group_of.items if name in there):
                yield from _single(name, form.items[name].label, there[name])


def _single(name: str, label: str, value: str) -> Iterator[str]:
    labels, values = wrap(label, _LABEL) or [""], wrap(value, _VALUE) or [""]
    for at, (left, right) in enumerate(zip_longest(labels, values, fillvalue="")):
        yield f"  {'' if at else name:<16} {left:<{_LABEL}} {right}".rstrip()


def _table(rows: dict[str, dict[str, str]], items: list[str]) -> Iterator[str]:
    """Rows under their items, in as many blocks as the width of a page needs."""
    first = max((len(row) for row in rows), default=0)
    widths = {item: max(len(item), *(len(row.get(item, "")) for row in rows.values())) for item in items}
    while items:
        block: list[str] = []
        while items and (not block or first + sum(widths[item] + 2 for item in (*block, items[0])) <= WIDTH):
            block.append(items.pop(0))
        for key, row in {"": {item: item for item in block}, **rows}.items():
            yield "  ".join([f"  {key:<{first}}", *(f"{row.get(item, ''):<{widths[item]}}" for item in block)]).rstrip()


def _rank(form: Form, group: str, row: str) -> tuple[int, int]:
    points = list(form.groups[group].timepoints or ())
    head, _, number = row.partition(".")
    place = points.index(head) if head in points else 0
    return place, int(number or head) if (number or head).isdigit() else 0


def _meant(value: Written, item: Item, study: Study) -> str:
    """A value with what its codes mean, as the study version it was entered in says."""
    if isinstance(value, dict):
        words = study.file.missing_reasons.get(value["m"])
        return _text(value) + (f": {words}" if words else "")
    codes: Mapping[str, str] = study.codelists[item.codelist].codes if item.codelist else {}
    if item.type == "yesno" and isinstance(value, str):
        return {"Y": "Yes", "N": "No"}.get(value, value)
    said = value if isinstance(value, list) else [value or ""]
    return "; ".join(f"{codes[code]} ({code})" if codes.get(code, code) != code else code for code in said)


@dataclass
class Telling:
    """Tells the acts on a form in their order; `codes`: what the study's change reasons mean."""

    zone: ZoneInfo
    codes: Mapping[str, str]
    _known: set[str] = field(default_factory=set)  # items that had a value once

    def lines(self, entry: EntryView) -> Iterator[str]:
        """Who did what and when, each change, and why; nothing of an entry of which all is withheld."""
        if entry.withheld and not entry.changes:
            return
        there = datetime.fromisoformat(entry.recorded_at).astimezone(self.zone)
        when = f"{entry.recorded_at[:19]}Z ({there:%d %b %H:%M} at the site)"
        yield f"{entry.seq:>6}  {when}  {entry.act}  {entry.actor.name} ({entry.actor.role})"
        said = [self.codes.get(entry.reason, entry.reason)] if entry.reason else []
        for change in (shown.change for shown in entry.changes):
            if change.item.startswith("@reason"):
                said.append(_text(change.new))
            elif change.item not in ("@status", "@cleared"):
                yield f"        {self._told(change)}"
        if said:
            yield f"        because: {': '.join(said)}" + (f"  [{entry.reason}]" if entry.reason else "")

    def _told(self, change: Change) -> str:
        place, _, mark = change.item.rpartition("@")
        if mark == "inactive":
            return f"{place.rstrip('.') or 'the whole form'}: struck"
        if mark.startswith("explanation["):
            return f"explains {mark[12:-1]}: {_text(change.new)}"
        old = _text(change.old) if change.old is not None else "(blank)" if change.item in self._known else ""
        self._known.add(change.item)
        return f"{change.item}: {old}{' -> ' if old else ''}{_text(change.new) or '(cleared)'}"


def _text(value: Written) -> str:
    if isinstance(value, dict):
        return f"missing ({value['m']})"
    return "; ".join(value) if isinstance(value, list) else value or ""
