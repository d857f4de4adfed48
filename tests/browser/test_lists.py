"""A list that is left with words typed into it and nothing chosen: what is meant is taken, what is not is told."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import go, settled
from tests.browser.hands import press


def test_words_that_fit_one_choice_are_that_choice_and_others_are_told_of(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine")
    go(page, "/entry?subject=02-0012&event=V1&form=DM")
    box = page.get_by_role("combobox", name=re.compile("Employment"))
    expect(box).to_have_value("Employed full time")
    told = page.get_by_role("alert").filter(has_text="was not taken")
    for typed, why in (("employed", "several choices have it"), ("zzz", "no choice has it")):
        box.click()
        page.keyboard.type(typed, delay=30)
        page.keyboard.press("Tab")
        expect(told).to_contain_text(f"“{typed}” was not taken: {why}.")
        settled(page)
        expect(page.get_by_text("All changes saved")).to_be_visible()
    box.click()
    page.keyboard.type("retir", delay=30)
    page.keyboard.press("Tab")
    settled(page)
    expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
    expect(box).to_have_value("Retired")
    box.click()
    page.keyboard.type("student", delay=30)
    page.mouse.click(20, 700)  # a click elsewhere leaves it as well
    settled(page)
    expect(box).to_have_value("Student")
    press(page, "Discard changes")
