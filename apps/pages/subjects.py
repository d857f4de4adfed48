"""Subjects: enrol, find, and see at one look where everybody stands (subjects down, visits across)."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import streamlit as st

from apps import here
from trialkit.access.table import permission
from trialkit.conduct.enrol import enrol
from trialkit.conduct.schedule import STATES, Standing, standings
from trialkit.store.record import Record
from trialkit.study.model import Study

ON_A_PAGE = 25


def enrolment(sites: list[str]) -> None:
    """Enrol a subject, for whoever may."""
    with st.popover("Enrol a subject", icon=":material/person_add:"), st.form("enrol", border=False):
        site = st.selectbox("Site", sites, index=0 if len(sites) == 1 else None)
        number = st.text_input("Subject number", help="As the randomisation system or the site's list gives it.")
        if st.form_submit_button("Enrol", type="primary"):
            with here.told():
                enrol(here.trial(), here.who(), site or "", number.strip())
                st.switch_page("pages/subject.py", query_params={"subject": number.strip()})


def progress(rows: list[Record]) -> None:
    """How many there are, site by site."""
    counts = Counter(row.place.site for row in rows)
    most = max(counts.values(), default=1)
    for column, (site, count) in zip(
        st.columns(max(4, len(counts)))[: len(counts)], sorted(counts.items()), strict=True
    ):
        column.progress(count / most, text=f"Site {site}: {count}")


def matrix(study: Study, shown: list[Standing]) -> None:
    """Subjects down, visits across, one sign a cell; a click on a row opens the subject."""
    events = [oid for oid, event in study.file.events.items() if event.kind == "scheduled"]
    events += sorted({event for one in shown for event, _ in one.visits} - set(events))
    rows = []
    for one in shown:
        row = {"Subject": one.subject, "Open queries": sum(one.queries.values())}
        for event in events:
            states = [state for (oid, _), state in one.visits.items() if oid == event]
            row[event] = min(states, key=STATES.index).sign if states else ""
        rows.append(row)
    columns = {
        event: st.column_config.TextColumn(
            event, help=study.file.events[event].title if event in study.file.events else None, width=46
        )
        for event in events
    }
    chosen = st.dataframe(
        pd.DataFrame(rows), hide_index=True,
        column_config={"Subject": st.column_config.TextColumn(pinned=True), **columns},
        on_select="rerun", selection_mode="single-row", key="matrix",
        alt="Subjects by visits, one sign for the state of each visit",
    )  # fmt: skip
    picked = chosen["selection"]["rows"]
    if picked:
        st.switch_page("pages/subject.py", query_params={"subject": shown[picked[0]].subject})
    st.caption("  ·  ".join(f"{state.sign} {state.words}" for state in STATES))


def draw() -> None:
    """The page."""
    who, study = here.who(), here.study().study
    top, act = st.columns([4, 1], vertical_alignment="bottom")
    top.header("Subjects")
    rows = list(here.reader().subjects())
    sites = [site.stream.removeprefix("site/") for site in here.reader().sites()]
    if permission(who.role, "subject.enrol"):
        with act:
            enrolment([site for site in sites if who.sites is None or site in who.sites])
    if not rows:
        here.nothing("Nobody is enrolled yet.", "A coordinator or investigator enrols the first subject, top right.")
    progress(rows)
    search, site, page = st.columns([2, 1, 1])
    wanted = search.text_input("Find a subject", placeholder="part of a number, for example 0004")
    at = site.selectbox("Site", ["all", *sorted({row.place.site for row in rows})])
    found = [row for row in rows if wanted.strip() in row.place.subject and at in ("all", row.place.site)]
    pages = max(1, -(-len(found) // ON_A_PAGE))
    number = page.number_input(f"Page, of {pages}", 1, pages, 1) if pages > 1 else 1
    if not found:
        here.nothing("No subject fits.", "Clear the search, or choose all sites.")
    part = found[(int(number) - 1) * ON_A_PAGE : int(number) * ON_A_PAGE]
    matrix(study, standings(here.trial(), who, [(row.place.subject, row.place.site) for row in part]))


draw()
