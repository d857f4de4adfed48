"""Discarded answers: the second half of a double click does not bring them back, and a second discard loses none."""

from __future__ import annotations

import time

from streamlit.testing.v1 import AppTest

from apps.request import MOVED


def _script() -> None:
    from types import SimpleNamespace
    from typing import Any

    import streamlit as st

    from apps.form import discarded

    state = st.session_state
    laid = state.setdefault("laid", [])
    sheet = SimpleNamespace(name="ana|record/01-0001/V1.1/VS.1", base={}, said={}, since=state.get("now", 3))

    def lay(sheet: Any, typed: object, said: object, under: object, since: int) -> None:
        laid.append((typed, under, since))
        sheet.since = since

    discarded.lay = lay
    sheet.typed = lambda: state.get("typed", {})
    sheet.keep = lambda: state.update(since=sheet.since)
    for typed, since, stood in state.pop("discards", []):
        sheet.since, sheet.stood = since, {"WEIGHT": stood}
        discarded.remember(sheet, typed)  # type: ignore[arg-type]
    discarded.offer(sheet)  # type: ignore[arg-type]


def _press(at: AppTest) -> AppTest:
    return at.button[0].click().run()


def test_the_second_half_of_a_double_click_is_told_and_a_later_click_brings_them_back() -> None:
    at = AppTest.from_function(_script)
    at.session_state["discards"] = [({"WEIGHT": "71"}, 3, "70")]
    at.run()
    _press(at)
    assert [one.value for one in at.toast] == ["Discarded. Press once more to bring it back."]
    assert at.session_state["laid"] == []
    time.sleep(MOVED)
    _press(at)
    assert at.session_state["laid"] == [({"WEIGHT": "71"}, {"WEIGHT": "70"}, 3)]


def test_what_is_discarded_after_it_comes_back_with_it_each_over_what_it_was_typed_over() -> None:
    at = AppTest.from_function(_script)
    at.session_state["discards"] = [({"WEIGHT": "71", "PULSE": "60"}, 0, "70"), ({"WEIGHT": "76"}, 3, "75")]
    at.run()
    assert at.button[0].label == "Bring back 2 discarded answers"
    time.sleep(MOVED)
    _press(at)
    assert at.session_state["laid"] == [({"WEIGHT": "76"}, {"WEIGHT": "75"}, 3), ({"PULSE": "60"}, {"PULSE": None}, 0)]


def test_what_comes_back_beside_other_answers_leaves_them_over_the_version_they_were_typed_over() -> None:
    for typed, since in (({}, 2), ({"HEIGHT": "180"}, 5)):
        at = AppTest.from_function(_script)
        at.session_state["discards"] = [({"WEIGHT": "71"}, 2, "70")]
        at.run()
        at.session_state["typed"], at.session_state["now"] = typed, 5
        time.sleep(MOVED)
        _press(at)
        assert at.session_state["since"] == since
