"""Dates as people write them by hand: what can be read one way only is read, of the rest it is said how to write it."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress

_NUMERIC = re.compile(r"([0-9]{1,2})[./ -]([0-9]{1,2})[./ -]([0-9]{4})", re.ASCII)
_SPOKEN = re.compile(r"([0-9]{1,2}|UN|UNK)[ -]([A-Za-z]{2,9})[ -]([0-9]{4}|[0-9]{2})", re.ASCII | re.IGNORECASE)
_MONTH = re.compile(r"[A-Za-z]{3,9}[ -][0-9]{4}", re.ASCII)
_MONTHS = "january february march april may june july august september october november december".split()


def spoken(text: str) -> str | None:
    """ISO text of `12-JAN-2024`, `12 Jan 24`, `UN-JAN-2024`, `Jan 2024`, `UN-UNK-2024`, or None.

    Years of two digits are 1950 to 2049.
    """
    found = _SPOKEN.fullmatch(f"UN {text}" if _MONTH.fullmatch(text) else text)
    if not found:
        return None
    day, month, year = found.groups()
    if len(year) == 2:
        year = ("20" if int(year) < 50 else "19") + year
    if month.upper() in ("UN", "UNK"):
        return year if day.upper() in ("UN", "UNK") else None
    named = [n for n, name in enumerate(_MONTHS, start=1) if len(month) > 2 and name.startswith(month.lower())]
    if not named:
        return None
    known = "" if day.upper() in ("UN", "UNK") else f"-{int(day):02}"
    return f"{year}-{named[0]:02}{known}"


def spelled(text: str) -> str:
    """How to write a date that was not understood, so that it can be read one way only."""
    days = dict[str, None]()
    if found := _NUMERIC.fullmatch(text):
        first, second, year = (int(part) for part in found.groups())
        for day, month in ((first, second), (second, first)):
            with suppress(ValueError):
                days[f"{day:02}-{_MONTHS[dt.date(year, month, day).month - 1][:3].title()}-{year}"] = None
    match list(days):
        case [one]:
            return f"write the month as letters: {one}"
        case [one, other]:
            return f"it can be read two ways: write {one} or {other}"
        case _:
            return "write the month as letters, as in 12-Jan-2024, or 2024-01-12"
