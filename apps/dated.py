"""A day that is typed as people write it, 12-Jan-2026, and read as the forms read it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from apps import here
from trialkit.errors import WrongValue
from trialkit.values import parse


@dataclass(frozen=True)
class Typed:
    """What a field for a day holds: the day, None for an empty field; whether what is typed is a day at all; and what
    is still to be told of it."""

    day: dt.date | None
    fits: bool = True
    wrong: str = ""


def day(
    label: str, empty: str, key: str, width: int | Literal["stretch"] = "stretch", stands: dt.date | None = None,
    *, inside: bool = False,
) -> Typed:  # fmt: skip
    """The field. What is no day is told under it, or by `known` if it stands `inside` a row of fields; an empty field
    means `empty`.

    `stands` is what the field says before anybody types.
    """
    hint = f"{empty}, or 12-Jan-2026" if width == "stretch" else empty
    shown = f"{stands:%d-%b-%Y}" if stands else ""
    typed = st.text_input(label, shown, key=key, placeholder=hint, width=width, autocomplete="off").strip()
    if not typed:
        return Typed(None)
    try:
        found = parse("date", typed)
    except WrongValue as wrong:
        told = f"{here.literal(wrong.sentence)}. Type it like 12-Jan-2026."
        if not inside:
            st.error(told)
        return Typed(None, fits=False, wrong=told if inside else "")
    assert isinstance(found, dt.date)
    return Typed(found)


def known(*typed: Typed) -> tuple[dt.date | None, ...]:
    """The days. The page ends here while one of them cannot be read: what came after would speak of other days."""
    for one in typed:
        if one.wrong:
            st.error(one.wrong)
    if not all(one.fits for one in typed):
        st.stop()
    return tuple(one.day for one in typed)
