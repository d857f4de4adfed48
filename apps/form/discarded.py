"""What was discarded can be brought back, as long as the window stays open and nothing was saved in its form."""

from __future__ import annotations

import time
from collections.abc import Mapping

import streamlit as st

from apps.form.sheet import Sheet
from apps.request import MOVED
from trialkit.conduct.answers import Typed
from trialkit.ledger.entry import Written


def remember(sheet: Sheet, typed: Mapping[str, Typed], row: str = "") -> None:
    """Call it before these answers, of one row or of the whole form, are taken off the sheet."""
    under = {path: sheet.base.get(path, sheet.stood.get(path)) for path in typed}
    st.session_state.setdefault(_name(sheet), {})[row] = time.monotonic(), dict(typed), under


def offer(sheet: Sheet, row: str = "") -> bool:
    """A button that lays them on the sheet again, if there are any; gives whether it did.

    It stands where Discard stood: the second half of a double click on that one is none on this.
    """
    kept: dict[str, tuple[float, dict[str, Typed], dict[str, Written]]] = st.session_state.get(_name(sheet), {})
    if row not in kept:
        return False
    when, typed, under = kept[row]
    words = f"Bring back {len(typed)} discarded answer{'s' if len(typed) != 1 else ''}"
    pressed = st.button(words, key=f"bring back|{sheet.name}|{row}", type="tertiary", icon=":material/undo:")
    if not pressed:
        return False
    if time.monotonic() - when < MOVED:
        st.toast("Discarded. Press once more to bring it back.", icon=":material/touch_app:")
        return False
    for path, raw in typed.items():
        sheet.put(path, raw)
    sheet.base |= under  # what was saved since is asked about, as for everything that lay there a while
    sheet.keep()
    del kept[row]
    return True


def forget(sheet: Sheet) -> None:
    """Something was saved: what was discarded before belongs to a form that is no more."""
    st.session_state.pop(_name(sheet), None)


def _name(sheet: Sheet) -> str:
    return f"discarded|{sheet.name}"
