"""An answer of an open form in words, as it is said in a sentence: what was typed, or what stands."""

from __future__ import annotations

import streamlit as st

from apps import history
from apps.form.sheet import Sheet
from trialkit.conduct.answers import Typed
from trialkit.conduct.standing import split
from trialkit.ledger.entry import Written
from trialkit.values import Missing


def in_words(sheet: Sheet, path: str, answer: Typed | Written, nothing: str = "cleared") -> str:
    """The answer at `path` decoded, or in words why there is none; `nothing` where it is empty."""
    if not answer:
        return nothing
    written: Written = {"m": answer.reason} if isinstance(answer, Missing) else answer  # type: ignore[assignment]
    return history.read(sheet.study, sheet.place.form, path, written)


def in_place_of(sheet: Sheet, path: str) -> str:
    """The answer that a reason for having none would take the place of, as it is said behind the reason."""
    group, row, item = split(path)
    held = sheet.rows.get(group, {}).get(row, {}).get(item) if group else st.session_state.get(sheet.key(item))
    return f", in place of {in_words(sheet, path, held)}" if held else ""
