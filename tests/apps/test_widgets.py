"""What a box is told to show, drawing by drawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

KINDS = {"Kit": "text_input", "Notes": "text_area", "Route": "button_group", "Vein": "button_group",
         "Signs": "multiselect"}  # fmt: skip


def _page() -> None:
    from types import SimpleNamespace  # the script of a page stands alone

    import streamlit as st

    from apps.widgets import drawn, widget

    few, many = {"IV": "vein", "IM": "muscle"}, {f"S{n}": f"sign {n}" for n in range(20)}
    asked = {
        "Kit": ("text", {}, 20, "K1"), "Notes": ("text", {}, 2000, "as planned"), "Route": ("code", few, 0, "IV"),
        "Vein": ("codes", few, 0, ["IV"]), "Signs": ("codes", many, 0, ["S3", "S7"]), "Nurse": ("code", many, 0, "S5"),
    }  # fmt: skip
    with drawn("page"):
        for label, (kind, labels, length, stands) in asked.items():
            if label not in st.session_state:
                st.session_state[label] = stands
            rule = SimpleNamespace(type=kind, labels=labels, item=SimpleNamespace(length=length, hard=None))
            widget(rule, label, label, help=None, disabled=False, people={})  # type: ignore[arg-type]
        if st.session_state.pop("break off", False):
            st.stop()


@pytest.fixture
def boxes() -> Callable[[AppTest], dict[str, Any]]:
    return lambda at: {one.proto.label: one.proto for kind in ("text_input", "text_area", "button_group", "multiselect",
                       "selectbox") for one in at.get(kind)}  # fmt: skip


def test_what_a_box_shows_is_said_with_every_drawing_for_the_first_may_be_thrown_away(
    boxes: Callable[[AppTest], dict[str, Any]],
) -> None:
    at = AppTest.from_function(_page).run()
    at.run()
    told = {label: box.default for label, box in boxes(at).items() if label != "Nurse"}
    assert not any(box.set_value for box in boxes(at).values())
    assert told["Kit"] == "K1"
    assert told["Notes"] == "as planned"
    assert [list(told[label]) for label in ("Route", "Vein", "Signs")] == [[0], [0], [3, 7]]


def test_a_list_is_told_once_more_what_it_shows_where_the_drawing_before_was_broken_off(
    boxes: Callable[[AppTest], dict[str, Any]],
) -> None:
    at = AppTest.from_function(_page)
    at.session_state["break off"] = True
    at.run()
    again = boxes(at.run())["Nurse"]
    assert (again.set_value, again.raw_value) == (True, "sign 5")
    assert not boxes(at.run())["Nurse"].set_value


def test_what_was_emptied_by_hand_stays_empty(boxes: Callable[[AppTest], dict[str, Any]]) -> None:
    at = AppTest.from_function(_page).run()
    at.text_input[0].set_value("").run()
    at.multiselect[0].set_value([]).run()
    at.run()
    assert boxes(at)["Kit"].default == ""
    assert list(boxes(at)["Signs"].default) == []
    assert at.session_state["Kit"] == ""
