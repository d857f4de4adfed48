"""Subjects: enrol, find, and see at one look where everybody stands (subjects down, visits across)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable

import streamlit as st

from apps import here, matrix
from trialkit.access.table import permission
from trialkit.conduct.enrol import checked, enrol, example, next_free, skipped
from trialkit.conduct.roll import Line, consent_due, roll
from trialkit.conduct.schedule import STATES

ON_A_PAGE = 25
ALL = "all"
SHOWN = {
    ALL: "everybody", "overdue": "! visit overdue", "due": "○ visit due within 7 days",
    "consent": "consent to be given again", "begun": "◐ forms in progress",
    **{state.name: f"{state.sign} {state.words}" for state in STATES if state.name not in ("overdue", "planned")},
}  # fmt: skip


def enrolment(sites: list[str]) -> None:
    """The way to enrol a subject, for whoever may."""
    if st.button("Enrol a subject", icon=":material/person_add:"):
        enrolling(sites)


@st.dialog("Enrol a subject")
def enrolling(sites: list[str]) -> None:
    """The next free number, or another of this site; asked once more, since an enrolment is for ever."""
    site = st.selectbox("Site", sites, index=0 if len(sites) == 1 else None)
    if not site:
        return
    pattern, free = here.study(site).study.file.subject_pattern, next_free(here.trial(), site)
    like = example(pattern, site)
    number = st.text_input(
        "Subject number", value=free, key=f"number|{site}|{free}", placeholder=like,
        help=f"As the randomisation system or the site's list gives it{f', like {like}' if like else ''}.",
    ).strip()  # fmt: skip
    st.caption(f"{f'Numbers look like {like}. ' if like else ''}An enrolment cannot be undone.")
    sure = False
    if number:
        with here.told():  # before it can be ticked
            checked(here.trial(), site, number)
            if gap := skipped(here.trial(), site, number):
                left = f"the {gap} numbers from {free} on" if gap > 1 else f"the number {free}"
                st.warning(f"The next free number is {free}. {number} leaves out {left}.", icon=":material/warning:")
            sure = st.checkbox(here.literal(f"Enrol {number} at site {site}"), key=f"sure|{number}")
    if st.button("Enrol", type="primary", disabled=not sure):
        with here.told():
            enrol(here.trial(), here.who(), site, number)
            st.switch_page("pages/subject.py", query_params={"subject": number})


def narrowed(lines: list[Line]) -> list[Line]:
    """The filters, and whom they leave."""
    asked = st.query_params
    sites = sorted({line.site for line in lines})
    with st.container(horizontal=True):
        wanted = st.text_input("Find a subject", value=asked.get("find", ""), width=240,
                               placeholder="part of a number, for example 0004")  # fmt: skip
        site = st.selectbox("Site", [ALL, *sites], width=110) if len(sites) > 1 else ALL
        show = st.selectbox("Show", list(SHOWN), format_func=SHOWN.__getitem__, width=300,
                            index=list(SHOWN).index(_shown(asked.get("show", ALL))))  # fmt: skip
    fits = _fitting(show or ALL, lines)
    return [line for line in lines if wanted.strip() in line.subject and site in (ALL, line.site) and fits(line)]


def _shown(name: str) -> str:
    return "begun" if name == "started" else name if name in SHOWN else ALL


def _fitting(show: str, lines: list[Line]) -> Callable[[Line], bool]:
    today = _today(lines)
    if show == "overdue":
        return lambda line: bool(line.late(today[line.site]))
    if show == "due":
        return lambda line: line.near(today[line.site])
    if show == "consent":
        due = {line.subject for line, _ in consent_due(here.trial(), lines)}
        return lambda line: line.subject in due
    if show == "begun":
        return lambda line: bool(line.states.get("started") or line.states.get("to complete"))
    return lambda line: show == ALL or bool(line.states.get(show))


def _today(lines: list[Line]) -> dict[str, dt.date]:
    return {site: here.trial().now(site).date() for site in {line.site for line in lines}}


def draw() -> None:
    """The page."""
    who, study = here.who(), here.study().study
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.header("Subjects", anchor=False, width="content")
        if permission(who.role, "subject.enrol"):
            sites = [site.stream.removeprefix("site/") for site in here.reader().sites()]
            enrolment([site for site in sites if who.sites is None or site in who.sites])
    lines = roll(here.trial(), who)
    if not lines:
        here.nothing("Nobody is enrolled yet.", "A coordinator or investigator enrols the first subject, top right.")
    counts = Counter(line.site for line in lines)
    ended = sum(line.ended is True for line in lines)
    known = all(line.ended is not None for line in lines)
    st.caption(f"{len(lines)} enrolled" + (f", {len(lines) - ended} in the study, {ended} ended" if known else ""))
    if len(counts) > 1:
        matrix.bars(counts)
    found = narrowed(lines)
    if not found:
        here.nothing("No subject fits.", "Clear the search, or show everybody.")
    pages = -(-len(found) // ON_A_PAGE)
    number = st.number_input(f"Page, of {pages}", 1, pages, 1, width=140) if pages > 1 else 1
    part = found[(int(number) - 1) * ON_A_PAGE : int(number) * ON_A_PAGE]
    matrix.draw(study, part, _today(part))


draw()
