"""The order of a grid's rows on paper: timepoints as planned, unplanned readings between them by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from trialkit.export.wording import plain, row_order
from trialkit.ledger.entry import Written
from trialkit.study.model import Form

HALF_DAY = 720


def minute_of(value: Written) -> int | None:
    """The minute of the day of a clock time, or of a date and time."""
    text = plain(value)[-8:] if "T" not in plain(value) else plain(value).partition("T")[2]
    try:
        found = time.fromisoformat(text)
    except ValueError:
        return None
    return found.hour * 60 + found.minute


def in_time(form: Form, group: str, rows: Mapping[str, Mapping[str, Written]]) -> list[str]:
    """The keys of a group's rows: a row of an unlimited timepoint stands after the last planned row of its minute.

    The clock is the group's first item of type time or datetime; a row without it stays at its planned place.
    """
    names = sorted(rows, key=lambda name: row_order(form, group, name))
    points = form.groups[group].timepoints or {}
    clock = next((o for o, item in form.groups[group].items.items() if item.type in ("time", "datetime")), None)
    if clock is None or not points:
        return names
    minutes = {name: minute for name in names if (minute := minute_of(rows[name].get(clock))) is not None}
    free = [name for name in minutes if (point := points.get(name.partition(".")[0])) and point.repeats]
    order = [name for name in names if name not in free]
    first = next((minutes[name] for name in order if name in minutes), None)
    if first is None:
        return names
    late = {name: minute + (1440 if minute < first - HALF_DAY else 0) for name, minute in minutes.items()}
    for name in sorted(free, key=lambda found: late[found]):
        before = [n for n, other in enumerate(order) if other in late and late[other] <= late[name]]
        timed = [n for n, other in enumerate(order) if other in late]
        order.insert(before[-1] + 1 if before else timed[0], name)
    return order
