"""The way from the sign beside an answer to all there is to say about that answer.

A form has a sign an answer. Streamlit's own button costs the browser ten times as much as plain HTML, so a sign is
that, and screen.js writes into one unseen box of the form whose was pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import streamlit as st

from apps.form.item import panel
from apps.form.question import Question
from apps.form.sheet import Sheet


def listen(sheet: Sheet, questions: Iterable[Question], changed: Callable[[], None] | None = None) -> None:
    """Open the panel of the answer whose sign was pressed, if it is one of those that are drawn with a sign.

    `changed` is called when one is pressed, before anything else. A press counts for the record on whose form it was.
    """
    box, pressed = f"tk-about|{sheet.place.form}", f"{sheet.place.record}|pressed"
    st.text_input("About", key=box, label_visibility="collapsed", on_change=partial(_pressed, box, pressed, changed))
    path = st.session_state.pop(pressed, "")
    for one in questions:
        if one.tools and one.oid == path:
            panel(sheet, path, one.writable)


def _pressed(box: str, pressed: str, changed: Callable[[], None] | None) -> None:
    # behind the path stands when, so that the same sign pressed again is something new
    st.session_state[pressed] = str(st.session_state[box]).rpartition(" ")[0]
    if changed is not None:
        changed()
