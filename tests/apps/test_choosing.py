"""The way to the next subject where something waits."""

from __future__ import annotations

import time

from streamlit.testing.v1 import AppTest

from apps.request import MOVED


def _script() -> None:
    import streamlit as st

    from apps.choosing import others

    waits = [("01-0001", "01", 1), ("01-0002", "01", 2), ("01-0003", "01", 1)]
    others(waits, st.query_params.get("subject", "01-0001"), "Waiting")


def test_the_second_half_of_a_double_click_passes_over_nobody_and_a_later_click_goes_on() -> None:
    at = AppTest.from_function(_script).run()
    assert at.button[0].label == "Next: 01-0002, 2 forms"
    at.button[0].click().run()
    at.button[0].click().run()
    assert at.query_params["subject"] == "01-0002"
    time.sleep(MOVED)
    at.button[0].click().run()
    assert at.query_params["subject"] == "01-0003"
