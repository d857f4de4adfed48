"""Patterns in the change log that a reviewer of audit trails looks for (EMA 2023 A5, ICH E6(R3) 4.2.2).

They accuse nobody: each names the entries to look at. Only people's acts count, never what the system worked out.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from trialkit.conduct.standing import DROPPED, is_mark
from trialkit.conduct.trail import because
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place
from trialkit.ledger.header import moment
from trialkit.store.record import EntryView
from trialkit.study.compiled import split

KINDS: Mapping[str, str] = {
    "late": "Entered late",
    "query": "Changed after a query",
    "verified": "Changed after verification or review",
    "burst": "Many saves in a minute",
    "reason": "The same reason again and again",
    "clock": "The server's clock stepped back",
}
"""What is looked for, in words."""

LATE_DAYS = 5
BURST, WITHIN = 10, dt.timedelta(minutes=1)
AGAIN = 5
_SAVES = ("record.save", "record.correct", "record.inactivate")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Something to look at: its kind, one sentence, who and where, and the entries, newest first."""

    kind: str
    words: str
    person: str
    place: Place
    entries: tuple[EntryView, ...]


def patterns(trial: Trial, entries: Sequence[EntryView]) -> list[Pattern]:
    """Every pattern among these entries, which a reader gave newest first."""
    by_time = list(reversed(entries))
    found = [*_late(trial, by_time), *_queried(trial, by_time), *_dropped(by_time), *_bursts(by_time), *_again(by_time)]
    found += [
        Pattern("clock", f"The clock stood {int(one.skew) / 1e6:.1f} s before the entry before.", "", one.place, (one,))
        for one in by_time
        if one.skew
    ]
    order = list(KINDS)
    return sorted(found, key=lambda one: (order.index(one.kind), -one.entries[0].seq))


def _people(entries: Sequence[EntryView], acts: tuple[str, ...] = _SAVES) -> Iterator[EntryView]:
    return (one for one in entries if one.act in acts and one.actor.role != "system")


def _late(trial: Trial, entries: Sequence[EntryView]) -> Iterator[Pattern]:
    zones: dict[str, ZoneInfo] = {}
    for one in _people(entries, ("record.save",)):
        form = trial.compiled(one.study).study.forms.get(one.place.form) if one.study and one.version == 1 else None
        if form is None or form.dated_by is None:
            continue
        day = next((p.change.new for p in one.changes if p.change.item == form.dated_by), None)
        if not isinstance(day, str) or len(day) < 10:
            continue
        site = one.place.site
        zone = zones.setdefault(site, trial.zone(site))
        days = (moment(one.recorded_at).astimezone(zone).date() - dt.date.fromisoformat(day[:10])).days
        if days > LATE_DAYS:
            words = f"{form.title} of {day[:10]} was entered {days} days later."
            yield Pattern("late", words, one.actor.name, one.place, (one,))


def _queried(trial: Trial, entries: Sequence[EntryView]) -> Iterator[Pattern]:
    asked: dict[tuple[str, str], EntryView] = {}
    for one in entries:
        if one.act == "query.open":
            item = next((str(p.change.new) for p in one.changes if p.change.item == "item"), "")
            item = item or one.stream.split("/")[-2]
            asked[one.place.record, item] = one
        elif one.act in _SAVES and one.actor.role != "system":
            for part in one.changes:
                key = one.stream, part.change.item
                if part.change.old is not None and key in asked and one.stream.startswith("record/"):
                    words = f"{_item(trial, one, part.change.item)} was changed after it was asked about."
                    yield Pattern("query", words, one.actor.name, one.place, (one, asked[key]))


def _item(trial: Trial, entry: EntryView, path: str) -> str:
    """The label of an item, with its row."""
    _, row, oid = split(path)
    form = trial.compiled(entry.study).forms.get(entry.place.form) if entry.study else None
    label = form.items[oid].item.label if form and oid in form.items else oid
    return f"{label} ({row})" if row else label


def _dropped(entries: Sequence[EntryView]) -> Iterator[Pattern]:
    for one in _people(entries):
        fell = [p.change.item for p in one.changes if is_mark(p.change.item) and p.change.new == DROPPED]
        if fell:
            words = f"{len(fell)} mark{'s' if len(fell) > 1 else ''} of verification or review fell."
            yield Pattern("verified", words, one.actor.name, one.place, (one,))


def _bursts(entries: Sequence[EntryView]) -> Iterator[Pattern]:
    by_person: dict[str, list[EntryView]] = defaultdict(list)
    for one in _people(entries):
        if one.origin.get("kind") == "screen":
            by_person[one.actor.id].append(one)
    for acts in by_person.values():
        start = 0
        while start < len(acts):
            end, began = start, moment(acts[start].recorded_at)
            while end < len(acts) and moment(acts[end].recorded_at) - began <= WITHIN:
                end += 1
            if end - start >= BURST:
                some = tuple(reversed(acts[start:end]))
                yield Pattern("burst", f"{len(some)} forms were saved within a minute.", some[0].actor.name,
                              some[0].place, some)  # fmt: skip
                start = end
            else:
                start += 1


def _again(entries: Sequence[EntryView]) -> Iterator[Pattern]:
    by_reason: dict[tuple[str, str], list[EntryView]] = defaultdict(list)
    for one in _people(entries):
        said = because(one) or one.reason or ""
        if said:
            by_reason[one.actor.id, said.casefold()].append(one)
    for (_, _), acts in by_reason.items():
        if len(acts) >= AGAIN:
            some = tuple(reversed(acts))
            said = because(some[0]) or str(some[0].reason)
            yield Pattern("reason", f"“{said[:80]}” was given {len(some)} times.", some[0].actor.name, some[0].place,
                          some)  # fmt: skip
