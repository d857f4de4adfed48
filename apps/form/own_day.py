"""The day of a visit: whether the clock on the wall still tells a time of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from apps import here
from trialkit.conduct import infusion
from trialkit.conduct.schedule import forms_at
from trialkit.ledger.entry import Place, Written
from trialkit.study.compiled import CompiledStudy

BEFORE, AFTER = dt.timedelta(hours=6), dt.timedelta(hours=12)
"""So long before the first and after the last moment of a visit that is known a time is of the same night."""


def dated(study: CompiledStudy, visit: Place) -> Written:
    """The date of a visit with a session, as far as this person may see it."""
    spec = study.study.file.session.visit if study.study.file.session else None
    if spec is None or spec.form not in forms_at(study.study, visit.event, here.who().role):
        return None
    record = here.reader().record(infusion.part(visit, spec.form))
    return record.values.get(spec.date) if record else None


def another_day(date: Written, moments: Sequence[dt.datetime], now: dt.datetime) -> str:
    """The date of the visit if what is read `now` is not of it, else "". All in site time.

    Where `moments` of the visit are known, its start or when readings are due, a night goes on past midnight; else
    only its `date` counts, and where that is not known either every time may be of it.
    """
    full = date if isinstance(date, str) and len(date) == len("2025-01-31") else ""
    if moments:
        close = min(moments) - BEFORE <= now <= max(moments) + AFTER
        return "" if close else full or f"{min(moments):%Y-%m-%d}"
    return full if full != f"{now:%Y-%m-%d}" else ""


def why(other: str) -> str:
    """Why no clock is read at a visit of that day: "" for none."""
    return f"This visit is of {here.day(other)}: type the time at which it was read." if other else ""
