"""Site and subject, chosen the same way on every page; the address may name the subject."""

from __future__ import annotations

import streamlit as st

from apps import here


def subject(hint: str) -> tuple[str, str]:
    """(subject, site). An empty trial is told with `hint`."""
    rows = list(here.reader().subjects())
    if not rows:
        here.nothing("Nobody is enrolled yet.", hint)
    asked = st.query_params.get("subject", "")
    home = next((row.place.site for row in rows if row.place.subject == asked), "")
    sites = sorted({row.place.site for row in rows})
    site = st.selectbox("Site", sites, index=sites.index(home) if home else 0, width=100)
    subjects = [row.place.subject for row in rows if row.place.site == site]
    found = st.selectbox("Subject", subjects, index=subjects.index(asked) if asked in subjects else 0, width=150)
    return found or subjects[0], site
