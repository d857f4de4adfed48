"""What must not be overlooked: what the study's own checks say of the readings as they are typed."""

from __future__ import annotations

from html import escape

import streamlit as st

from apps import here
from apps.infusion import pump
from apps.infusion.room import Room
from trialkit.conduct.checking import Finding
from trialkit.conduct.preview import Preview
from trialkit.study.compiled import split


def shout(room: Room, look: Preview) -> None:
    """Alerts over everything else, with what to do: nothing of it is decided here."""
    alerts = [finding for finding in look.findings if finding.severity == "alert"]
    # always there, empty or not: what comes and goes above a field that is being typed in would draw that field anew,
    # and the browser would lose what is not sent yet
    with st.container(key="shout"):
        if alerts:
            _shouted(room, alerts)
    with st.container():
        for finding in look.findings:
            if finding.severity == "hard":
                st.error(here.literal(f"{finding.message} ({finding.check})"), icon=":material/front_hand:")


def _shouted(room: Room, alerts: list[Finding]) -> None:
    runs = room.course.state in ("running", "paused")
    for number, finding in enumerate(alerts):
        row = split(finding.item)[1]
        title = room.study.forms[room.day.monitoring.form].by_check[finding.check].check.title or finding.check
        do = "Stop the infusion now." if runs and not number else ""
        what = f"{room.visit.subject} · {room.visit.event}: {title}{f' at {row}' if row else ''}. {do}"
        st.html(f"<div class='tk-shout' role='alert'>{escape(what)}"
                f"<small>{escape(finding.message)} ({escape(finding.check)})</small></div>")  # fmt: skip
    if runs and room.writes:
        pump.stop(room)
