"""A day that is typed as people write it, 12-Jan-2026, and read as the forms read it."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import streamlit as st

from apps import here
from trialkit.errors import WrongValue
from trialkit.values import parse


def day(
    label: str, empty: str, key: str, width: int | Literal["stretch"] = "stretch", stands: dt.date | None = None
) -> tuple[dt.date | None, bool]:
    """The day, None for an empty field (that means `empty`), and whether what is typed is a day: if not, it is told.

    `stands` is what the field says before anybody types.
    """
    hint = f"{empty}, or 12-Jan-2026" if width == "stretch" else empty
    shown = f"{stands:%d-%b-%Y}" if stands else ""
    typed = st.text_input(label, shown, key=key, placeholder=hint, width=width, autocomplete="off").strip()
    if not typed:
        return None, True
    try:
        found = parse("date", typed)
    except WrongValue as wrong:
        st.error(f"{here.literal(wrong.sentence)}. Type it like 12-Jan-2026.")
        return None, False
    assert isinstance(found, dt.date)
    return found, True
