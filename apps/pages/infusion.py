"""The infusion session: the day of a dose on one page, written into the same forms by the same path as entry."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from apps import here
from apps.infusion import around, curves, grid, pump
from apps.infusion.choosing import choose, named
from apps.infusion.clock import ticking
from apps.infusion.room import Room, enter
from apps.infusion.shouting import shout
from apps.infusion.words import dress
from apps.request import saying
from trialkit.conduct import infusion
from trialkit.conduct.checking import FINISHED
from trialkit.conduct.infusion import part
from trialkit.conduct.preview import Preview
from trialkit.conduct.reading import Reading, readings
from trialkit.conduct.schedule import forms_at
from trialkit.ledger.entry import Place


def left(room: Room) -> bool:
    """Whether the subject was let go."""
    record = room.records.get(room.day.discharge.form)
    return record is not None and record.status in FINISHED


def found(room: Room, look: Preview) -> list[Reading]:
    """The readings as they stand and are typed."""
    spec = room.day.monitoring
    group = room.study.forms[spec.form].groups[spec.group]
    now = here.trial().now(room.visit.site)
    return readings(spec, group, look.values, look.targets, now, room.course.stopped)


@st.fragment
def body(visit: Place) -> None:
    """Everything but what ticks: runs anew at each answer, without the page around it."""
    with here.told():  # the page around it, which tells what is refused, is not there when it runs alone
        _body(visit)


def _body(visit: Place) -> None:
    room = enter(visit)
    over, state = left(room), room.course.state
    watched = room.day.monitoring.form in room.shown
    if watched:
        sheet = room.sheet(room.day.monitoring.form)
        look = room.look(room.day.monitoring.form, grid.typed(room, sheet))
        rows = found(room, look)
        shout(room, look)
    # a container each: a step that comes from another tablet moves no field that is being typed in, see shouting
    with st.container():
        if state == "waiting":
            around.holds(room)
        else:
            around.stood(room)
    with st.container():
        pump.draw(room)
    if watched:
        grid.draw(room, sheet, look, rows, over)
        curves.draw(room, look, rows)
    around.balance(room)
    around.discharge(room, over)
    forms(room)


def forms(room: Room) -> None:
    """The way to every form of the visit."""
    with st.expander("All forms of this visit"), st.container(horizontal=True):
        for form in forms_at(room.study.study, room.visit.event, here.who().role):
            title = room.study.forms[form].form.title
            st.page_link("pages/entry.py", label=title, query_params=here.address(room.place(form)))


def dating(room: Room) -> None:
    """One tap dates the visit, where that is still to be done."""
    spec = room.day.visit
    if spec is None or spec.form not in room.shown:
        return
    place = part(room.visit, spec.form)
    tapped: dt.date | None = st.session_state.pop(f"dated|{place.record}", None)
    stands = here.reader().record(place)
    now = here.trial().now(room.visit.site)
    dated = room.dated
    if dated is not None:
        today = f"{now:%Y-%m-%d}"
        if room.writes and room.course.state == "waiting" and isinstance(dated, str) and dated != today:
            st.warning(
                f"The visit is dated {here.day(dated)}, and today is {here.day(today)}. If the dose is given today, "
                "correct the date of the visit and read anew first: readings before a dose count on its day."
            )
        return
    st.warning("The date of this visit is not entered yet.")
    with st.container(horizontal=True, vertical_alignment="center"):
        seen = stands.version if stands else 0
        if room.may(spec.form):
            st.button(f"The visit is today, {now:%d-%b-%Y}", key=f"today|{place.record}|{seen}|{now:%d-%b}",
                      icon=":material/today:", on_click=_dated, args=(place, now.date()))  # fmt: skip
        st.page_link("pages/entry.py", label=f"Open the form: {room.study.forms[spec.form].form.title}",
                     query_params=here.address(place), icon=":material/edit_note:")  # fmt: skip
    if tapped:
        with here.told():
            infusion.dated(here.trial(), here.who(), room.visit, tapped, seen=seen,
                           request=saying("today", place.record, seen, tapped))  # fmt: skip
            st.rerun()


def _dated(place: Place, day: dt.date) -> None:
    """The day that stood on the button, though another may have begun when it was tapped."""
    st.session_state[f"dated|{place.record}"] = day


def draw() -> None:
    """The page."""
    if not st.query_params.get("subject"):
        choose()
        return
    visit = part(here.place(), "")
    with here.told():
        room = enter(visit)
        dress()
        title = room.study.study.file.events[visit.event].title
        with st.container(key="whose"):  # stays in sight, and leaves the room that an alert takes: nothing moves for it
            st.page_link(
                "pages/subject.py", label=f"← Subject {visit.subject}", query_params={"subject": visit.subject}
            )
            of = f" · {room.course.started:%d-%b-%Y}" if room.course.started else ""
            st.header(f"Infusion session {named(visit, title)}{of}")
        dating(room)
        rows = []
        if room.day.monitoring.form in room.shown:
            rows = found(room, room.look(room.day.monitoring.form, {}))
        ticking(room, rows, left(room))
        body(visit)


draw()
