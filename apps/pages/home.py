"""Home: what waits for this person, as counts that lead there."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from apps import here
from trialkit.access.table import permission
from trialkit.conduct.schedule import standings


def tile(count: int, words: str, page: str, **asked: str) -> None:
    """A count that is a link."""
    with st.container(border=True):
        st.metric(words, count)
        st.page_link(page, label="Show", query_params=asked)


def draw() -> None:
    """The page."""
    who = here.who()
    st.header(f"Good day, {who.name}")
    if permission(who.role, "record.read") is None:
        here.nothing("You see no clinical data in this role.", "People and access are managed on their own page.")
    rows = [(row.place.subject, row.place.site) for row in here.reader().subjects()]
    if not rows:
        here.nothing("Nobody is enrolled yet.", "Enrol the first subject on the page Subjects.")
    states: Counter[str] = Counter()
    for one in standings(here.trial(), who, rows):
        states.update(state.name for _, state in one.forms.values())
    columns = st.columns(4)
    for column, (name, words) in zip(
        columns,
        (("query", "Forms with open queries"), ("answered", "Queries answered"), ("started", "Forms not finished"),
         ("dropped", "Verification dropped")),
        strict=True,
    ):  # fmt: skip
        with column:
            tile(states[name], words, "pages/subjects.py", state=name)


draw()
