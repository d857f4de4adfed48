"""What moves by itself: the site's clock, the pump, the volume so far, and the next reading counting down."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from html import escape

import streamlit as st

from apps import here
from apps.infusion.room import Room
from apps.infusion.words import amount, clock, span
from trialkit.conduct.reading import Reading, next_due
from trialkit.expressions.elapsed import elapsed

STATES = {"waiting": "Not started", "running": "Running", "paused": "Paused", "over": "Ended"}


@st.fragment(run_every=2)
def ticking(room: Room, found: list[Reading], over: bool) -> None:
    """Runs on a timer and reads only versions; when somebody recorded more, the page is drawn anew."""
    streams = {form: room.place(form).record for form in (room.day.steps.form, room.day.monitoring.form)}
    stands, _ = here.reader().together([stream for form, stream in streams.items() if form in room.shown])
    if any(record.version != room.version(record.place.form) for record in stands.values()):
        st.rerun(scope="app")
    now = here.trial().now(room.visit.site).replace(tzinfo=None, microsecond=0)
    boxes = [_today(room, now)]
    boxes += [_pump(room, now), _volume(room, now)]
    if found:
        boxes.append(_next(found, now, over, room.course.state == "waiting"))
    st.html("<div class='tk-now'>" + "".join(
        f"<div class='{kind}'><span>{escape(name)}</span><b>{escape(big)}</b><span>{escape(small)}</span></div>"
        for name, big, small, kind in boxes) + "</div>")  # fmt: skip


def _today(room: Room, now: dt.datetime) -> tuple[str, str, str, str]:
    """The clock; of a day that is past its date first, for the times below are of that day."""
    began = room.course.started
    if room.course.state == "over" and began is not None and began.date() < now.date():
        return "Day of this infusion", f"{began:%d-%b-%Y}", f"now it is {now:%H:%M} on {now:%d-%b-%Y}", ""
    return "Site clock", f"{now:%H:%M:%S}", f"{now:%d-%b-%Y}", ""


def _pump(room: Room, now: dt.datetime) -> tuple[str, str, str, str]:
    course = room.course
    last = course.steps[-1] if course.steps else None
    small = "tap Start when the pump starts" if course.state == "waiting" and room.writes else ""
    if last is not None and last.at is not None:
        labels = room.study.forms[room.day.steps.form].items[room.day.steps.rate].labels or {}
        rate = labels.get(last.rate, last.rate) if course.state == "running" else f"since {clock(last.at)}"
        small = (
            f"{rate}, {span(elapsed(last.at, now, course.zone).total_seconds())} min"
            if course.state != "over"
            else f"at {clock(last.at)}"
        )
    elif course.started is not None:
        small = f"since {clock(course.started)}, steps are missing"
    early = last is not None and last.kind == "stop"  # for good, and not as planned
    return "Pump", "Stopped for good" if early else STATES[course.state], small, ""


def _volume(room: Room, now: dt.datetime) -> tuple[str, str, str, str]:
    spec = room.day.record
    unit = room.study.forms[room.day.record.form].items[spec.planned].item.unit if spec.planned else ""
    planned = room.values(spec.form).get(spec.planned or "")
    volume = room.course.given(now)
    worked_out = room.values(spec.form).get(spec.volume or "")
    if room.course.state == "over" and isinstance(worked_out, str):  # what the study makes of it is what counts
        volume = Decimal(worked_out)
    small = "no planned volume recorded"
    if isinstance(planned, str) and volume is not None and Decimal(planned) > 0:
        small = f"of {planned} {unit}, {100 * volume / Decimal(planned):.0f} %"
    return "Given so far", f"{amount(volume)} {unit}", small, ""


def _next(found: list[Reading], now: dt.datetime, over: bool, waiting: bool) -> tuple[str, str, str, str]:
    title = "Next reading"
    one = None if over else next_due(found)
    if one is None:
        return (title, "after the start", "due times count from it", "") if waiting else (title, "none due", "", "")
    if one.due is None or one.first is None or one.last is None:
        return title, one.row, one.label, ""
    window = f"due {one.due:%H:%M}, window {one.first:%H:%M} to {one.last:%H:%M}"
    if now > one.last:
        return title, f"{one.row} late", f"since {span((now - one.due).total_seconds())}, {window}", "late"
    ahead = (one.due - now).total_seconds()
    if ahead > 0:
        return title, f"{one.row} in {span(ahead)}", window, ""
    return title, f"{one.row} now", f"since {span(ahead)}, {window}", ""
