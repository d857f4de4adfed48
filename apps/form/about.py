"""The sign beside an answer, and the way from it to all there is to say about that answer.

A form has a sign an answer. Streamlit's own button costs the browser ten times as much as plain HTML, so a sign is
that, and screen.js writes into one unseen box of the form whose was pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from apps.form.item import panel
from apps.form.sheet import Sheet
from trialkit.export.web.markup import Child, Markup, tag


def sign(sheet: Sheet, path: str, tools: str, *inside: Child, class_: str = "tk-sign") -> Markup:
    """A button of `inside` and the sign: `tools` is read out whole, its first letter is seen (look.py)."""
    shown = tag("span", tools, class_="tk-tools")
    return tag("button", *inside, shown, type="button", class_=class_, data_form=sheet.place.form, data_about=path)


def listen(sheet: Sheet, signs: Mapping[str, bool], changed: Callable[[], None] | None = None) -> None:
    """Open the panel of the answer whose sign was pressed, if it is one of `signs`: path -> whether it is entered here.

    `changed` is called when one is pressed, before anything else. A press counts for the record on whose form it was.
    """
    box, pressed = f"tk-about|{sheet.place.form}", f"pressed|{sheet.place.record}"
    st.text_input("About", key=box, label_visibility="collapsed", on_change=partial(_pressed, box, pressed, changed))
    path = st.session_state.pop(pressed, "")
    if path in signs:
        panel(sheet, path, signs[path])


def _pressed(box: str, pressed: str, changed: Callable[[], None] | None) -> None:
    # behind the path stands when, so that the same sign pressed again is something new
    st.session_state[pressed] = str(st.session_state[box]).rpartition(" ")[0]
    if changed is not None:
        changed()
