"""One request id an act: a double click, or a click on a slow page, does a thing once."""

from __future__ import annotations

import uuid
from hashlib import sha256
from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

MOVED = 0.7
"""Seconds in which a click on what has just come to stand there is taken for the second half of a double click."""


def alone() -> bool:
    """Whether a part of the page is drawn alone, not the page with it."""
    ctx = get_script_run_ctx()
    return bool(ctx and ctx.fragment_ids_this_run)


def run_again() -> NoReturn:
    """Draw anew what is drawn now: the part, or the page, if that came to be drawn instead."""
    st.rerun(scope="fragment" if alone() else "app")


def window() -> str:
    """What this window of the browser is called: the same until it is closed or signed out."""
    name: str = st.session_state.setdefault("window", uuid.uuid4().hex)
    return name


def saying(*said: object) -> str:
    """The id of an act that is the same as long as the same is said: a second click writes nothing, however late."""
    return f"{window()}-{sha256(repr(said).encode()).hexdigest()[:32]}"
