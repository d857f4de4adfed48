"""The look at the form that is being filled in, kept from answer to answer."""

from __future__ import annotations

import streamlit as st

from apps import here
from trialkit.conduct.preview import Rehearsal
from trialkit.ledger.entry import Place


def rehearsal(place: Place) -> Rehearsal:
    """The look at the form that is open: one a browser, since it holds what was read of the subject."""
    kept: Rehearsal | None = st.session_state.get("rehearsal")
    if kept is None or not kept.of(here.who(), place):
        kept = st.session_state["rehearsal"] = Rehearsal(here.trial(), here.who(), place)
    return kept
