"""What a box is told to show, drawing by drawing."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

KINDS = ("text_input", "text_area", "button_group", "multiselect", "selectbox")
STANDS = {"Kit": "K1", "Notes": "as planned", "Route": [0], "Vein": [0], "Signs": [3, 7], "Nurse": 6, "Doctor": 0}
"""What is said of each box of the page below; of one of several the place, for a list after the way to leave it
empty."""


def _page() -> None:
    from types import SimpleNamespace  # the script of a page stands alone

    import streamlit as st

    from apps.widgets import widget

    few, many = {"IV": "vein", "IM": "muscle"}, {f"S{n}": f"sign {n}" for n in range(20)}
    asked = {
        "Kit": ("text", {}, 20, "K1"), "Notes": ("text", {}, 2000, "as planned"), "Route": ("code", few, 0, "IV"),
        "Vein": ("codes", few, 0, ["IV"]), "Signs": ("codes", many, 0, ["S3", "S7"]), "Nurse": ("code", many, 0, "S5"),
        "Doctor": ("code", many, 0, None),
    }  # fmt: skip
    for label, (kind, labels, length, stands) in asked.items():
        if label not in st.session_state:
            st.session_state[label] = stands
        rule = SimpleNamespace(type=kind, labels=labels, item=SimpleNamespace(length=length, hard=None))
        widget(rule, label, label, help=None, disabled=False, people={})  # type: ignore[arg-type]


def _boxes(at: AppTest) -> dict[str, Any]:
    return {one.proto.label: one.proto for kind in KINDS for one in at.get(kind)}


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_function(_page, default_timeout=60).run()


def test_what_a_box_shows_is_said_with_every_drawing_for_the_first_may_never_have_been_sent(page: AppTest) -> None:
    boxes = _boxes(page.run())
    assert not any(box.set_value for box in boxes.values())
    said = {label: box.default for label, box in boxes.items()}
    assert {label: one if isinstance(one, (str, int)) else list(one) for label, one in said.items()} == STANDS


def test_what_was_emptied_by_hand_stays_empty(page: AppTest) -> None:
    page.text_input[0].set_value("").run()
    page.multiselect[0].set_value([]).run()
    page.selectbox[0].set_value("").run()
    boxes = _boxes(page.run())
    assert (boxes["Kit"].default, list(boxes["Signs"].default)) == ("", [])
    assert (page.session_state["Kit"], page.session_state["Signs"], page.session_state["Nurse"]) == ("", [], "")


def test_a_list_has_no_cross_for_what_it_reports_is_taken_for_what_it_was_last_told_to_show(page: AppTest) -> None:
    for at in (page, page.run()):
        lists = [_boxes(at)[label] for label in ("Nurse", "Doctor")]
        assert [one.options[one.default] for one in lists] == ["sign 5", "(not answered)"]
        assert all(one.HasField("default") for one in lists)  # the browser offers the cross where there is none
    assert page.session_state["Doctor"] == ""
