"""Whether a visit's day lies in its window; unknown where the anchor or the hour is."""

from __future__ import annotations

import datetime as dt

from trialkit.study.model import Window
from trialkit.study.schedule_rules import LAST_DOSE


def in_window(window: Window | None, day: dt.date, anchor: dt.date | None) -> bool | None:
    """Whether `day` lies in the window counted from the anchor's date; None without window, target or anchor.

    A window in hours is judged by what every hour of both days would say, otherwise it is unknown.
    """
    if window is None or anchor is None or window.day is None:
        return None
    if window.unit == "hours":
        least, most = ((day - anchor).days - 1) * 24, ((day - anchor).days + 1) * 24
        low, high = window.day - window.early, window.day + window.late
        if low <= least and most <= high:
            return True
        return False if most <= low or least >= high else None
    offset = window.day if window.anchor == LAST_DOSE or window.day < 0 else window.day - 1
    distance = (day - anchor).days - offset
    return -window.early <= distance <= window.late
