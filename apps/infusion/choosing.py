"""Which session: those under way and of today, or any visit of any subject."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from apps import here, menu
from apps.infusion.clock import STATES
from apps.infusion.room import Room
from trialkit.conduct import infusion
from trialkit.conduct.schedule import forms_at
from trialkit.ledger.entry import Place
from trialkit.study.model import Study

MOST = 40
"""Sessions listed at once."""


def choose() -> None:
    """The way into a session."""
    study = here.study().study
    st.header("Infusion sessions")
    if study.file.session is None:
        here.nothing("This study has no infusion session.", "Enter the forms from the subject's page.")
    found = infusion.under_way(here.trial(), here.who(), study)
    if found:
        st.subheader("Under way and of today", divider="gray")
        for visit in found[:MOST]:
            title = named(visit, study.file.events[visit.event].title)
            st.page_link("pages/infusion.py", label=title + _how(visit),
                         query_params=here.address(visit), icon=":material/vaccines:")  # fmt: skip
    else:
        st.info("No infusion is under way. Choose the subject and the visit below to begin one.")
    st.subheader("Any other visit" if found else "Choose the visit", divider="gray")
    subjects = {row.place.subject: row.place.site for row in here.reader().subjects()}
    if not subjects:
        here.nothing("There is no subject yet.", "Enrol one on the page Subjects.")
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    subject = left.selectbox("Subject", list(subjects), index=None, placeholder="choose, or type the number")
    events = {oid: study.file.events[oid] for oid in infusion.events(study)}
    event = middle.selectbox("Visit", list(events), index=None, placeholder="choose",
                             format_func=lambda oid: f"{oid} {events[oid].title}")  # fmt: skip
    if subject and event:
        right.page_link("pages/infusion.py", label="Open the session",
                        query_params=here.address(Place(subjects[subject], subject, event)))  # fmt: skip


def _how(visit: Place) -> str:
    """On which day the session is, and how far: · 24-Feb-2025 · Running."""
    study = here.study(visit.site)
    spec = study.study.file.session
    if spec is None:
        return ""
    room = Room(visit, study, spec)
    seen = {spec.record.form, spec.steps.form} <= room.shown
    day = (room.course.started if seen else None) or (room.dated if isinstance(room.dated, str) else "")
    when = here.day(day.date() if isinstance(day, dt.datetime) else day) or "no date yet"
    return f" · {when}{f' · {STATES[room.course.state]}' if seen else ''}"


def session_of(study: Study, visit: Place) -> Place | None:
    """The session of a visit, where it has one and this person's role sees it."""
    spec, role = study.file.session, here.who().role
    if spec is None or not menu.has(role, "infusion.py") or visit.event not in infusion.events(study):
        return None
    seen = {spec.record.form, spec.steps.form} <= set(forms_at(study, visit.event, role))
    return infusion.part(visit, "") if seen else None


def link(study: Study, visit: Place, label: str) -> None:
    """The way into it."""
    if session := session_of(study, visit):
        st.page_link("pages/infusion.py", label=label, icon=":material/vaccines:",
                     query_params=here.address(session))  # fmt: skip


def named(visit: Place, title: str) -> str:
    """02-0001 · V4 Infusion 2."""
    return f"{visit.subject} · {here.visit_name(visit.event, visit.event_repeat)} {title}"
