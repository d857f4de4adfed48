"""A page that is being left while the server is busy: what still stands of it takes nothing that would be lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, go, labelled, settled
from tests.browser.hands import press

VITALS = "/entry?subject=02-0001&event=V3A&form=VS"
VISIT = "/entry?subject=02-0001&event=V3A&form=SV"


@pytest.mark.parametrize("way", ["link", "back"])
def test_a_page_that_is_being_left_takes_no_answer_that_nobody_would_get(
    served: Served, signed_in: Callable[..., Page], way: str
) -> None:
    page = signed_in("Lea Fontaine")
    go(page, VISIT)
    there = page.get_by_role("link", name="Vital signs, height and weight →")
    there.click()
    weight, heading = labelled(page, "Weight (kg)"), page.get_by_role("heading", name="Visit record")
    expect(weight).to_be_editable()
    settled(page)
    stood = weight.input_value()
    served.hang()
    try:
        page.get_by_role("link", name="← Visit record").click() if way == "link" else page.evaluate("history.back()")
        weight.focus()
        page.keyboard.type("71.5")
        page.keyboard.press("Tab")
        expect(weight).to_have_value(stood)
    finally:
        served.go_on()
    expect(heading).to_be_visible()
    settled(page)
    expect(heading).to_be_visible()
    there.click()
    settled(page)
    expect(weight).to_have_value(stood)
    expect(page.get_by_text("All changes saved")).to_be_visible()
    weight.fill("71.5")  # the control: a page that stands takes it
    weight.press("Tab")
    settled(page)
    expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
    press(page, "Discard changes")
