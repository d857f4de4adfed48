"""One request id an act: a double click, or a click on a slow page, does a thing once."""

from __future__ import annotations

import uuid

import streamlit as st


def request(name: str) -> str:
    """The id of the act of this name that is under way."""
    found: str = st.session_state.setdefault(f"request|{name}", uuid.uuid4().hex)
    return found


def done(name: str) -> None:
    """The act is done: the next one of this name is another."""
    st.session_state.pop(f"request|{name}", None)
