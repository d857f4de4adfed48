"""Site and subject, chosen the same way on every page: the one that the address names, else the one chosen last."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from apps import here
from apps.request import MOVED

SITE, TURN = "subject|site", "subject turn"
Waits = Sequence[tuple[str, str, int]]
"""(subject, site, how many forms wait there), in the order of the subjects' numbers."""


def subject(hint: str) -> tuple[str, str]:
    """(subject, site). An empty trial is told with `hint`."""
    rows = list(here.reader().subjects())
    if not rows:
        here.nothing("Nobody is enrolled yet.", hint)
    sites = {row.place.subject: row.place.site for row in rows}
    state, named = st.session_state, st.query_params.get("subject", "")
    came = SITE not in state  # its widget was not drawn on the page before
    if came or named != state.get("subject named", ""):
        state["subject named"] = named
        _turn(named or state.get("subject chosen", ""), sites)
    of = sorted(set(sites.values()))
    if state.get(SITE) not in of:
        state[SITE] = of[0]
    site = st.selectbox("Site", of, width=100, key=SITE)
    subjects = [one for one, at in sites.items() if at == site]
    asked = state["subject asked"]
    found = st.selectbox("Subject", subjects, index=subjects.index(asked) if asked in subjects else 0, width=150,
                         key=f"subject|{site}|{state[TURN]}")  # fmt: skip
    state["subject chosen"] = found or subjects[0]
    return found or subjects[0], site


def others(waits: Waits, chosen: str, said: str) -> None:
    """How much waits in all, said as `said`, and the way to the next subject where something does."""
    if not waits:
        return
    after = [one for one in waits if one[0] > chosen] + [one for one in waits if one[0] < chosen]
    with st.container(horizontal=True, vertical_alignment="center"):
        forms = sum(count for _, _, count in waits)
        st.caption(f"{said}: {_some(forms, 'form')} of {_some(len(waits), 'subject')}.", width="content")
        if after:
            to, site, count = after[0]
            st.button(f"Next: {to}, {_some(count, 'form')}", key="next subject", type="tertiary",
                      icon=":material/arrow_forward:", on_click=_next, args=(to, site))  # fmt: skip


def _next(to: str, site: str) -> None:
    """The address names it from now on, and nothing else: a filter was for the subject before."""
    if time.monotonic() - st.session_state.get("next at", 0.0) < MOVED:
        # the second half of a double click would pass over a subject that nobody saw
        st.toast("Only one subject further: press once more for the next.", icon=":material/touch_app:")
        return
    st.session_state["next at"] = time.monotonic()
    st.query_params.from_dict({"subject": to})
    st.session_state["subject named"] = to
    _turn(to, {to: site})


def _turn(to: str, sites: dict[str, str]) -> None:
    """Let the two lists show this subject, whatever was chosen in them before."""
    state = st.session_state
    state["subject asked"], state[TURN] = to, state.get(TURN, 0) + 1
    if to in sites:
        state[SITE] = sites[to]


def _some(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"
