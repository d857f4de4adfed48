"""Versions of the study in force at each site, and what changed from one to another."""

from __future__ import annotations

import streamlit as st

from apps import here
from apps.when import Zones
from trialkit.conduct.definition import Publication, changes


def draw(published: list[Publication]) -> None:
    """The list, and the differences of two that are chosen."""
    zones = Zones()
    st.dataframe(
        [{"Site": one.site, "Version": one.version, "State": _state(one, published),
          "From": f"{zones.moment(one.since + 'Z', one.site)} ({zones.of(one.site)})", "Definition": one.hash}
         for one in published],
        hide_index=True, alt="Versions of the study at each site",
        column_config={"State": st.column_config.TextColumn(width=110), "From": st.column_config.TextColumn(width=260),
                       "Definition": st.column_config.TextColumn(width=520, help="SHA-256 of the whole definition")},
    )  # fmt: skip
    st.caption("A record is always shown in the version in which it was entered.")
    named = {one.hash: f"{one.version} ({one.hash[:8]})" for one in published}
    st.subheader("What changed", anchor=False)
    if len(named) < 2:
        st.info("One version was published so far.  \nWith the second one, what changed is listed here.")
        return
    every = list(named)
    with st.container(horizontal=True):
        old = st.selectbox("From", every, index=len(every) - 2, format_func=named.__getitem__, width=220)
        new = st.selectbox("To", every, index=len(every) - 1, format_func=named.__getitem__, width=220)
    found = changes(here.trial(), here.who(), old or every[0], new or every[-1])
    if not found:
        st.success("Nothing differs, as far as you may see.", icon=":material/check:")
        return
    st.dataframe(
        [{"Change": one.kind, "Where": one.place, "Was": one.old, "Is": one.new} for one in found],
        hide_index=True, height=min(520, 38 + 35 * len(found)), alt="What changed between the two versions",
        column_config={"Change": st.column_config.TextColumn(width=140),
                       "Where": st.column_config.TextColumn(width=240),
                       "Was": st.column_config.TextColumn(width=360), "Is": st.column_config.TextColumn(width=360)},
    )  # fmt: skip


def _state(one: Publication, published: list[Publication]) -> str:
    if one.in_force:
        return "✓ in force"
    current = next((other for other in published if other.site == one.site and other.in_force), None)
    later = current is None or (one.since, one.number) > (current.since, current.number)
    return "○ planned" if later else "✕ replaced"
