"""The screens: who is here, the pages of their role, and the one they chose."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from apps import here, look
from trialkit.access.table import ROLES

PAGES = Path(__file__).parent / "pages"

CLINICAL = ("coordinator", "nurse", "physician", "investigator", "rater", "pharmacist", "subject")
OVERSIGHT = ("monitor", "datamanager", "medicalmonitor", "sponsor", "auditor")
SAFETY = ("coordinator", "nurse", "physician", "investigator", *OVERSIGHT)
DOSING = ("coordinator", "nurse", "physician", "investigator", "pharmacist", *OVERSIGHT)
# page file, title, icon, roles that have it, whether it stands in the menu
LIST: tuple[tuple[str, str, str, tuple[str, ...], bool], ...] = (
    ("home.py", "Home", ":material/home:", (*CLINICAL, *OVERSIGHT, "administrator"), True),
    ("subjects.py", "Subjects", ":material/groups:", (*CLINICAL, *OVERSIGHT), True),
    ("infusion.py", "Infusion session", ":material/vaccines:", DOSING, True),
    ("queries.py", "Queries", ":material/help:", (*CLINICAL, *OVERSIGHT), True),
    ("review.py", "Review", ":material/fact_check:", ("monitor", "datamanager", "medicalmonitor"), True),
    ("sign.py", "Sign", ":material/draw:", ("investigator", "physician", "rater", "pharmacist"), True),
    ("safety.py", "Safety", ":material/emergency:", SAFETY, True),
    ("log.py", "Change log", ":material/history:", (*CLINICAL, *OVERSIGHT, "administrator"), True),
    ("exports.py", "Exports", ":material/outbox:", ("coordinator", "investigator", "pharmacist", *OVERSIGHT), True),
    ("people.py", "People", ":material/badge:", ("administrator", "datamanager", "sponsor", "auditor"), True),
    ("entry.py", "Form", ":material/edit_note:", (*CLINICAL, *OVERSIGHT), False),
    ("subject.py", "Subject", ":material/person:", (*CLINICAL, *OVERSIGHT), False),
)


def pages(role: str) -> list[st.Page]:
    """The pages that this role has and that exist."""
    return [
        st.Page(PAGES / file, title=title, icon=icon, visibility="visible" if listed else "hidden")
        for file, title, icon, roles, listed in LIST
        if role in roles and (PAGES / file).exists()
    ]


def run() -> None:
    """One run of the screens."""
    st.set_page_config(page_title="trialkit", page_icon=str(PAGES.parent / "icon.png"), layout="wide")
    look.dress()
    session = here.session()
    who, store = session.identity, here.trial().store
    chosen = st.navigation(pages(who.role), position="sidebar")
    with st.sidebar:
        if store.kind == "training":
            st.warning("TRAINING: nobody here is real", icon=":material/school:")
        sites = "all sites" if who.sites is None else "site " + ", ".join(sorted(who.sites))
        st.caption(f"**{who.name}**  \n{ROLES[who.role].title}, {sites}  \n{store.study_oid}")
        st.link_button("Second factor", "/second-factor", icon=":material/phonelink_lock:", type="tertiary")
        st.link_button("Sign out", "/sign-out", icon=":material/logout:")
    if asked := st.query_params.to_dict():
        # A link from a page to itself (form to form) does not reach the address bar on its own, and so neither would
        # a reload, a bookmark, the back button or the way back after signing in.
        st.query_params.from_dict(asked)
    with here.told():
        chosen.run()


run()
