"""Tables whose rows are ticked: a tick is on what its row tells of, not on the place where that row stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal

import streamlit as st


def ticked(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str], key: str, *,
    mode: Literal["single-row", "multi-row"] = "single-row", kept: bool = False, **looks: Any,
) -> list[int]:  # fmt: skip
    """Draw the table; gives the numbers of the rows that are ticked. `names` are what the rows tell of, one each.

    Where other rows stand than when it was drawn last, it is another table: nothing in it is ticked, or, if ticks are
    `kept`, what was ticked and still stands in it. A tick that came in with the other rows was made before they were
    seen: it stands.
    """
    laid = f"{key}|{sha256(repr(list(names)).encode()).hexdigest()[:16]}"
    drawn, stood, was = st.session_state.get(f"ticked|{key}", ("none", (), []))
    state = st.session_state.get(drawn)
    now = was if state is None else [stood[n] for n in state["selection"]["rows"] if n < len(stood)]
    before = now if kept or now != was else ()
    chosen = st.dataframe(
        rows, key=laid, hide_index=True, on_select="rerun", selection_mode=mode,
        selection_default={"selection": {"rows": [n for n, name in enumerate(names) if name in before]}}, **looks,
    )  # fmt: skip
    found = [n for n in chosen["selection"]["rows"] if n < len(names)]
    st.session_state[f"ticked|{key}"] = laid, names, [names[n] for n in found]
    return found


def begin(key: str, names: Sequence[str]) -> None:
    """Let the table of this `key`, whose ticks are `kept`, have these rows ticked when it is first drawn."""
    st.session_state[f"ticked|{key}"] = "none", (), list(names)
