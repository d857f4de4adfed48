"""Discarded answers: the second half of a double click does not bring them back, and a second discard loses none."""

from __future__ import annotations

import time

from streamlit.testing.v1 import AppTest

from apps.request import MOVED


def _script() -> None:
    from types import SimpleNamespace

    import streamlit as st

    from apps.form import discarded

    state = st.session_state
    laid = state.setdefault("laid", {})
    sheet = SimpleNamespace(name="ana|record/01-0001/V1.1/VS.1", base={}, stood={"WEIGHT": "70"}, said={}, since=3)
    discarded.lay = lambda sheet, typed, said, under, since: laid.update(typed=typed, under=under, since=since)  # type: ignore[assignment]
    sheet.keep = lambda: None
    for typed, since in state.pop("discards", []):
        sheet.since = since
        discarded.remember(sheet, typed)  # type: ignore[arg-type]
    discarded.offer(sheet)  # type: ignore[arg-type]


def _press(at: AppTest) -> AppTest:
    return at.button[0].click().run()


def test_the_second_half_of_a_double_click_is_told_and_a_later_click_brings_them_back() -> None:
    at = AppTest.from_function(_script)
    at.session_state["discards"] = [({"WEIGHT": "71"}, 3)]
    at.run()
    _press(at)
    assert [one.value for one in at.toast] == ["Discarded. Press once more to bring it back."]
    assert at.session_state["laid"] == {}
    time.sleep(MOVED)
    _press(at)
    assert at.session_state["laid"] == {"typed": {"WEIGHT": "71"}, "under": {"WEIGHT": "70"}, "since": 3}


def test_what_is_discarded_after_it_comes_back_with_it_over_the_version_it_was_typed_over() -> None:
    at = AppTest.from_function(_script)
    at.session_state["discards"] = [({"WEIGHT": "71", "PULSE": "60"}, 0), ({"WEIGHT": "72"}, 3)]
    at.run()
    assert at.button[0].label == "Bring back 2 discarded answers"
    time.sleep(MOVED)
    _press(at)
    assert at.session_state["laid"]["typed"] == {"WEIGHT": "72", "PULSE": "60"}
    assert at.session_state["laid"]["since"] == 0
