"""Time that went by between two moments of a site, whose clocks are set forward in spring and back in autumn.

Moments are as the site's clocks showed them, without zone. One that came twice is taken for the first, unless it says
that it is the second (`fold`); one that was left out is taken as the clocks before the change would have shown it.
"""

from __future__ import annotations

import datetime as dt

_NOTHING = dt.timedelta()


def elapsed(start: dt.datetime, end: dt.datetime, zone: dt.tzinfo | None) -> dt.timedelta:
    """How long it was from `start` to `end`; without a zone as the clocks showed it."""
    if zone is None:
        return end - start
    before, then = start.replace(tzinfo=zone).utcoffset(), end.replace(tzinfo=zone).utcoffset()
    return end - start + (before or _NOTHING) - (then or _NOTHING)


def after(start: dt.datetime, span: dt.timedelta, zone: dt.tzinfo) -> dt.datetime:
    """What the clocks show when `span` has gone by since `start`."""
    return (start.replace(tzinfo=zone).astimezone(dt.UTC) + span).astimezone(zone).replace(tzinfo=None)


def around(moment: dt.datetime, time: dt.time, before: dt.timedelta) -> dt.datetime:
    """The first moment at which the clocks show `time` that is not earlier than `before` before `moment`.

    It lies within 24 hours from then, by the clocks. Raises OverflowError outside the years 1 to 9999.
    """
    first = moment - before
    at = dt.datetime.combine(first.date(), time)
    return at if at >= first else at + dt.timedelta(days=1)


def read(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """A moment as people read it; with the name of its time where the clocks show it twice."""
    here = moment.replace(tzinfo=zone)
    first, second = here.replace(fold=0).utcoffset(), here.replace(fold=1).utcoffset()
    return f"{here:%d-%b-%Y %H:%M}" if first == second else f"{here:%d-%b-%Y %H:%M %Z}"
