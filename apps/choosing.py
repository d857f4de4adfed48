"""Site and subject, chosen the same way on every page: the one that the address names, else the one chosen last."""

from __future__ import annotations

import streamlit as st

from apps import here


def subject(hint: str) -> tuple[str, str]:
    """(subject, site). An empty trial is told with `hint`."""
    rows = list(here.reader().subjects())
    if not rows:
        here.nothing("Nobody is enrolled yet.", hint)
    if "subject|site" not in st.session_state:  # one comes to the page
        st.session_state["subject before"] = st.session_state.get("subject chosen", "")
    asked = st.query_params.get("subject", "") or st.session_state.get("subject before", "")
    home = next((row.place.site for row in rows if row.place.subject == asked), "")
    sites = sorted({row.place.site for row in rows})
    site = st.selectbox("Site", sites, index=sites.index(home) if home else 0, width=100, key="subject|site")
    subjects = [row.place.subject for row in rows if row.place.site == site]
    found = st.selectbox("Subject", subjects, index=subjects.index(asked) if asked in subjects else 0, width=150)
    st.session_state["subject chosen"] = found or subjects[0]
    return found or subjects[0], site
