"""From an item to a widget and back, nothing else. Widgets start empty or with what stands; texts stay as typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import streamlit as st

from trialkit.ledger.entry import Written
from trialkit.study.compiled import CompiledItem

FEW = 7
"""Up to this many codes are buttons; more are a list to search."""
EMPTY = "(not answered)"
"""What a list shows that holds no answer, and what takes one out of it again."""
STEPS = 10
"""Up to this many steps from the lowest to the highest answer are buttons on a tablet."""
HINTS = {
    "date": "for example 12-Jan-2026", "partialDate": "for example 12-Jan-2026, UN-Jan-2026 or 2026",
    "time": "for example 14:05", "datetime": "for example 12-Jan-2026 14:05", "integer": "a whole number",
    "decimal": "a number",
}  # fmt: skip
"""What kind of answer an empty field waits for: never what could be taken for one."""


def typed_of(rule: CompiledItem, written: Written) -> Any:
    """What a widget shows for a stored value: text as people type it, a code, or a list of codes."""
    if written is None or isinstance(written, dict):
        return [] if rule.type == "codes" else None if rule.labels else ""
    if rule.type == "codes":
        return list(written) if isinstance(written, list) else [written]
    text = str(written)
    if rule.type in ("date", "partialDate"):
        return _dated(text)
    if rule.type == "datetime" and text[10:11] == "T":
        return f"{_dated(text[:10])} {text[11:]}"
    return text


def _dated(text: str) -> str:
    """An ISO date as it is read and may be typed: 12-Jan-2026, UN-Jan-2026, 2026."""
    with suppress(ValueError):  # what is typed, and not yet read, stays as it is
        if len(text) == 10:
            return f"{dt.date.fromisoformat(text):%d-%b-%Y}"
        return f"UN-{dt.date.fromisoformat(f'{text}-01'):%b-%Y}" if len(text) == 7 else text
    return text


def raw_of(rule: CompiledItem, typed: Any) -> str | Sequence[str]:
    """What a save takes: the text or the codes of a widget; nothing is an empty text."""
    if rule.type == "codes":
        return list(typed or [])
    return "" if typed is None else str(typed)


def same(rule: CompiledItem, typed: Any, written: Written) -> bool:
    """Whether the widget says what stands already."""
    return bool(raw_of(rule, typed) == raw_of(rule, typed_of(rule, written)))


def widget(
    rule: CompiledItem, key: str, label: str, *, help: str | None, disabled: bool,
    people: Mapping[str, str], changed: Callable[[], None] | None = None,
) -> Any:  # fmt: skip
    """Draw the item; its state lives under `key`.

    What it shows is said with every drawing. Streamlit alone says it once, and throws away what it has not sent yet
    when an answer begins the next run: a box that arrives without it is drawn empty, and reported as emptied.
    """
    labels, state = dict(people) if rule.type == "person" else rule.labels, st.session_state.get(key)
    more: Any = {"key": key, "help": help, "disabled": disabled, "on_change": changed or "rerun"}
    if labels:
        codes = list(labels)
        shown: Callable[[str], str] = lambda code: labels.get(code, code)  # noqa: E731
        if rule.type == "codes":
            if len(codes) <= 2 * FEW:
                return st.pills(label, codes, selection_mode="multi", format_func=shown, width="stretch", wrap=True,
                                default=_among(codes, state), **more)  # fmt: skip
            return st.multiselect(label, codes, format_func=shown, default=_among(codes, state), **more)
        if len(codes) <= FEW and rule.type != "person":
            return st.pills(label, codes, format_func=shown, width="stretch", wrap=True,
                            default=state if state in codes else None, **more)  # fmt: skip
        # nothing is one of the choices: what the browser reports of a list that was cleared by its cross is taken for
        # what the list was last told to show
        if state is None:
            st.session_state[key] = state = ""
        offered = ["", *codes]
        return st.selectbox(
            label, offered, index=offered.index(state) if state in offered else 0,
            format_func=lambda code: shown(code) if code else EMPTY, **more,
        )  # fmt: skip
    if rule.type == "text" and (rule.item.length or 0) > 200:
        return st.text_area(label, str(state or ""), **more)
    return st.text_input(label, str(state or ""), placeholder=hint(rule), autocomplete="off", **more)


def _among(codes: Sequence[str], state: Sequence[str] | None) -> list[str]:
    return [code for code in state or () if code in codes]


def scale(rule: CompiledItem) -> list[str]:
    """The answers of a whole number from a few (0 to 3, 0 to 10); none where they are not few."""
    within = rule.item.hard
    if rule.type != "integer" or not within or within.low is None or within.high is None:
        return []
    low, high = int(within.low), int(within.high)
    return [str(one) for one in range(low, high + 1)] if high - low <= STEPS else []


def tapped(rule: CompiledItem, key: str, label: str, steps: Sequence[str]) -> None:
    """Draw a whole number from a few as buttons; what was tapped lies as text under `key`, as if it were typed."""
    shown, stands = f"tap|{key}", st.session_state.get(key) or None
    if shown not in st.session_state or st.session_state[shown] != stands:
        st.session_state[shown] = stands if stands in steps else None

    def take() -> None:
        st.session_state[key] = st.session_state[shown] or ""

    st.pills(label, list(steps), key=shown, on_change=take, width="stretch", wrap=True,
             default=st.session_state[shown])  # fmt: skip


def hint(rule: CompiledItem) -> str | None:
    """What stands in an empty field: the limits of a number that has both, short enough for a quarter of a tablet."""
    within = rule.item.hard
    if rule.type in ("integer", "decimal") and within and within.low is not None and within.high is not None:
        return f"{within.low} to {within.high}"
    return HINTS.get(rule.type)


def readable(
    rule: CompiledItem, written: Written, people: Mapping[str, str] | None = None,
    reasons: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """A stored value in words: decoded, dated, who it is by the name in `people`, why it is missing by `reasons`."""
    if written is None:
        return ""
    if isinstance(written, dict):
        return f"missing: {(reasons or {}).get(written.get('m', ''), written.get('m', ''))}"
    if isinstance(written, list):
        return ", ".join(rule.labels.get(code, code) if rule.labels else code for code in written)
    if rule.labels:
        return rule.labels.get(written, written)
    if rule.type == "person" and people:
        return people.get(written, written)
    if rule.type in ("date", "partialDate", "datetime"):
        return str(typed_of(rule, written))
    return f"{written} {rule.item.unit}" if rule.item.unit else written
