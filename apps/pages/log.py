"""The change log: who changed what, when, from what to what, and why; patterns; differences; verification."""

from __future__ import annotations

import streamlit as st

from apps import here
from apps.changes import comparing, found, proof, surfaced

VIEWS = {"Entries": found.draw, "Patterns": surfaced.draw, "Two moments": comparing.draw, "Verify": proof.draw}


def draw() -> None:
    """The page."""
    who = here.who()
    top, view = st.columns([1, 2], vertical_alignment="bottom")
    top.header("Change log", anchor=False)
    offered = list(VIEWS) if who.role != "administrator" else ["Entries", "Verify"]
    with view.container(horizontal=True, horizontal_alignment="right"):
        chosen = st.segmented_control("View", offered, default="Entries", required=True, label_visibility="collapsed")
    VIEWS[chosen or "Entries"]()


draw()
