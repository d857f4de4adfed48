"""Words for a query that somebody else moved before they were sent: never taken for another question, never gone."""

from __future__ import annotations

from collections.abc import Callable, Collection

import streamlit as st

from apps import here
from apps.request import saying
from trialkit.store.record import Record

UNSENT = "query unsent"


def act(one: Record, words: str, text: str, do: Callable[..., object]) -> bool:
    """Do this to the query as it was shown when the words were written; gives whether it was done."""
    stream = one.stream
    seen: int = st.session_state.get(f"query shown|{stream}", one.version)
    done = False
    with here.told():
        do(here.trial(), here.who(), stream, text, seen=seen, request=saying(stream, seen, words, text))
        st.session_state[f"query sent|{stream}"] = text
        done = True
    return done


def shown(one: Record) -> None:
    """This query is on the screen now as it stands: call it behind the last way to act on it."""
    st.session_state[f"query shown|{one.stream}"] = one.version


def note(stream: str, boxes: Collection[str]) -> None:
    """Take up what stood in these `boxes` of the query, which are drawn no more, if somebody else moved it."""
    state, now = st.session_state, here.reader().record(stream)
    if now is None or now.version == state.get(f"query shown|{stream}"):
        return
    found = (str(state.get(box) or "").strip() for box in boxes)
    sent = str(state.get(f"query sent|{stream}", "")).strip()
    lost: list[tuple[str, str]] = state.setdefault(UNSENT, [])
    lost += [(stream, text) for text in found if text and text != sent and (stream, text) not in lost]


def tell(stream: str = "") -> None:
    """Words that were not sent, for this query or for all, until somebody says that they were read."""
    lost = [one for one in st.session_state.get(UNSENT, ()) if stream in ("", one[0])]
    if not lost:
        return
    said = "  \n".join(f"“{here.literal(text)}”" for _, text in lost)
    st.warning(f"Somebody else moved this query before you sent your words. They are not recorded:  \n{said}",
               icon=":material/sync_problem:")  # fmt: skip
    if st.button("I have read it", key=f"query read|{stream}"):
        st.session_state[UNSENT] = [one for one in st.session_state[UNSENT] if one not in lost]
        st.rerun(scope="fragment" if stream else "app")
