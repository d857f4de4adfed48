"""The screens: who is here, the pages of their role, and the one they chose."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from apps import here, look
from apps.form.opening import left
from apps.menu import LIST, lacks
from trialkit.access.identity import Identity
from trialkit.access.table import ROLES
from trialkit.conduct.worklist import signer

PAGES = Path(__file__).parent / "pages"


def pages(who: Identity) -> list[st.Page]:
    """The pages that this person has and that exist."""
    return [
        st.Page(PAGES / file, title=title, icon=icon, visibility="visible" if listed else "hidden")
        for file, title, icon, _, listed in LIST
        if not lacks(who.role, file, lambda: signer(here.trial(), who)) and (PAGES / file).exists()
    ]


def titled(page: str, asked: Mapping[str, str]) -> str:
    """What the browser's tab is called: where in the study first, as the address says it (WCAG 2.2, 2.4.2)."""
    repeats = {part: asked.get(f"{part}_repeat", "1") for part in ("event", "form")}
    called = [f"{asked[part]}{f' ({repeats[part]})' if repeats.get(part, '1') != '1' else ''}"
              for part in ("subject", "event", "form") if asked.get(part)]  # fmt: skip
    where = " ".join(called)
    return " · ".join(filter(None, [where, page, "trialkit"]))


@st.fragment(run_every=86_400)
def resume() -> None:
    """Nothing: only a page with a part that runs by the clock is run anew by Streamlit when its line was cut.

    What was typed while nobody heard it is said again with that run.
    """


def run() -> None:
    """One run of the screens."""
    st.set_page_config("trialkit", str(PAGES.parent / "icon.png"), "wide")
    who, store = here.who(), here.trial().store
    shown = pages(who)
    chosen = st.navigation(shown, position="sidebar") if shown else None
    asked = st.query_params.to_dict()
    at = chosen and (chosen.url_path, asked)
    if another := st.session_state.get("looking at", "nowhere") != at:
        st.session_state["looks"] = st.session_state.get("looks", 0) + 1
    look.dress(st.session_state["looks"])
    resume()
    with st.sidebar:
        if store.kind == "training":
            st.warning("TRAINING: nobody here is real", icon=":material/school:")
        own = sorted(who.sites or ())
        sites = "all sites" if who.sites is None else f"site{'s' if len(own) > 1 else ''} {', '.join(own)}"
        st.caption(f"**{who.name}**  \n{ROLES[who.role].title}, {sites}  \n{store.study_oid}")
        if who.role != "subject":  # a tablet in other people's hands changes nothing of its account
            st.link_button("Second factor", "/second-factor", icon=":material/phonelink_lock:", type="tertiary")
        st.link_button("Sign out", "/sign-out", icon=":material/logout:")
    st.set_page_config(titled(chosen.title if chosen else "", asked))
    if chosen is None:
        here.nothing(f"The role {ROLES[who.role].title} has no screens.", "It works by import and the command line.")
    if asked:
        # A link from a page to itself (form to form) does not reach the address bar on its own, and so neither would
        # a reload, a bookmark, the back button or the way back after signing in.
        st.query_params.from_dict(asked)
    if another:
        left()
        st.session_state["looking at"] = at
    with here.told():
        if st.session_state.pop("astray", False):  # in the same words whether there is such a page for others or not
            st.info("Your role has no page at this address. This is your home page; your pages are in the menu.",
                    icon=":material/signpost:")  # fmt: skip
        chosen.run()


run()
