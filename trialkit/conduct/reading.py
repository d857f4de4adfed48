"""The readings of a grid: when each is due, which is next, and which came late. Windows are the study's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from trialkit.ledger.entry import Written
from trialkit.study.compiled import CompiledGroup, path_of
from trialkit.study.dosing_day import Monitoring


@dataclass(frozen=True, slots=True)
class Reading:
    """One row of the grid. Moments are site time; `due`, `first` and `last` are None while nobody can tell.

    `state`: done, off (done outside its window), untimed (nobody said when), not done (with a reason), overdue, due,
    ahead, or open: not there, and due at no known moment, or at one that has gone by with what it was to be taken
    before. Or dropped: due after the dose was stopped early, and of those that are not read then.
    """

    row: str
    label: str
    state: Literal["done", "off", "untimed", "not done", "overdue", "due", "ahead", "open", "dropped"]
    due: dt.datetime | None = None
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    at: dt.datetime | None = None

    @property
    def off(self) -> int:
        """Whole minutes by which it missed its window: late is more than 0, early less."""
        if self.at is None or self.first is None or self.last is None:
            return 0
        edge = self.first if self.at < self.first else self.last if self.at > self.last else self.at
        minutes = (self.at - edge).total_seconds() / 60
        return int(minutes) or (1 if minutes > 0 else -1 if minutes < 0 else 0)


def readings(
    grid: Monitoring, group: CompiledGroup, values: Mapping[str, Written],
    targets: Mapping[tuple[str, str], dt.datetime], now: dt.datetime, stopped: dt.datetime | None = None,
) -> list[Reading]:  # fmt: skip
    """Every row of the grid in its order, with rows of repeated timepoints that exist.

    `now` is site time, and so is `stopped`: when the dose was stopped early, if it was.
    """
    now = now.replace(tzinfo=None)
    about = min(targets.values(), default=now)  # where a reading that is due at no known moment lies in time
    read = read_items(grid, group)
    found = []
    for code, point in (group.group.timepoints or {}).items():
        begun = {path[len(grid.group) + 1 :].partition("]")[0] for path in values if path.startswith(f"{grid.group}[")}
        rows = sorted((r for r in begun if r.startswith(f"{code}.")), key=lambda r: int(r.rpartition(".")[2]))
        for row in rows if point.repeats else [code]:
            if values.get(path_of(grid.group, row, "@inactive")) == "Y":
                continue
            due = targets.get((grid.group, code))
            first = due - dt.timedelta(minutes=point.early) if due else None
            last = due + dt.timedelta(minutes=point.late) if due else None
            time = values.get(path_of(grid.group, row, grid.time))
            at = near(dt.time.fromisoformat(time), due or about) if isinstance(time, str) else None
            gone = values.get(path_of(grid.group, row, grid.not_done)) if grid.not_done else None
            if at is not None:
                state = "off" if first and last and not first <= at <= last else "done"
            elif gone is not None:
                state = "not done"
            elif any(isinstance(values.get(path_of(grid.group, row, oid)), str | list) for oid in read):
                state = "untimed"
            elif stopped and due and due > stopped and grid.stopped and code in grid.stopped.rows:
                state = "dropped"
            elif due is None or first is None or last is None or (point.minute or 0) < 0:
                state = "open"
            else:
                state = "overdue" if now > last else "due" if now >= first else "ahead"
            found.append(Reading(row, point.label, state, due, first, last, at))  # type: ignore[arg-type]
    return found


def read_items(grid: Monitoring, group: CompiledGroup) -> list[str]:
    """What is read at a reading, beside when, by whom, and why it was not."""
    said_of_it = {grid.time, grid.not_done, grid.by}
    return [rule.oid for rule in group.items if rule.compute is None and rule.oid not in said_of_it]


def next_due(found: Sequence[Reading]) -> Reading | None:
    """The reading to take next: of those not taken and due, the one due first. Where none is due yet, the first of all
    as long as nothing has been read."""
    waiting = [one for one in found if one.state in ("overdue", "due", "ahead") and one.due is not None]
    if waiting:
        return min(waiting, key=lambda one: one.due)  # type: ignore[arg-type,return-value]
    return found[0] if found and all(one.state == "open" for one in found) else None


def near(time: dt.time, moment: dt.datetime) -> dt.datetime:
    """The moment with this clock time that is nearest to another: a night session does not jump by a day."""
    days = [moment.date() + dt.timedelta(days=n) for n in (-1, 0, 1)]
    return min((dt.datetime.combine(day, time) for day in days), key=lambda at: abs(at - moment))
