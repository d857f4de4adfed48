"""The trail of values: how one came to be, and what differs between two moments (21 CFR 11.10(e), EMA 2023 A5).

Both read the ledger itself, so that what is told is what was written: time, person, role, old, new, reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trialkit.conduct.standing import is_mark, split
from trialkit.ledger.entry import Place, Written
from trialkit.store.log import Wanted
from trialkit.store.readers import Reader
from trialkit.store.record import EntryView

MOST = 5_000
"""Entries between two moments that are compared, at most; the newest."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a value: the entry, what stood and what stands, why, and what of it was a mark of review."""

    entry: EntryView
    path: str
    old: Written
    new: Written
    why: str
    mark: bool = False

    @property
    def check(self) -> str:
        """The check that wrote it, if one did."""
        return str(self.entry.origin.get("check", ""))


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that stood otherwise at the second moment than at the first, and who last moved it in between."""

    place: Place
    path: str
    old: Written
    new: Written
    last: EntryView
    times: int


def history(reader: Reader, stream: str, path: str) -> list[Step]:
    """How the value at `path` of a record came to be, oldest first, its verifications among it."""
    marks = {f"@verified[{path}]"}
    found = []
    for entry in reader.history(stream=stream):
        for part in entry.changes:
            if part.change.item in {path, *marks} and part.change.old != part.change.new:
                mark = part.change.item in marks
                found.append(Step(entry, part.change.item, part.change.old, part.change.new, because(entry), mark))
    return found


def because(entry: EntryView) -> str:
    """What was said of an act in the person's own words; empty where nothing was."""
    return next((str(p.change.new) for p in entry.changes if p.change.item.startswith("@reason") and p.change.new), "")


def differences(
    reader: Reader, since: str, until: str, *, site: str = "", subject: str = ""
) -> tuple[list[Difference], bool]:
    """Values of forms that stood otherwise at `until` than at `since` (UTC), and whether that is all of them.

    What was changed and changed back is no difference. Newest change first.
    """
    wanted = Wanted(site=site, subject=subject, acts=("record.", "import."), since=since, until=until, most=MOST)
    news: dict[tuple[str, str], Difference] = {}
    whole = reader.look(wanted)
    for entry in whole.entries:
        if not entry.stream.startswith("record/"):
            continue
        for path, old, new in _values(entry):
            key = entry.stream, path
            later = news.get(key)
            news[key] = Difference(
                entry.place, path, old, later.new if later else new, later.last if later else entry,
                later.times + 1 if later else 1,
            )  # fmt: skip
    return [one for one in news.values() if one.old != one.new], whole.next is None


def _values(entry: EntryView) -> Iterator[tuple[str, Written, Written]]:
    for part in entry.changes:
        path = part.change.item
        if is_mark(path) or split(path)[2].startswith(("@reason", "@explanation")):
            continue
        yield path, part.change.old, part.change.new
