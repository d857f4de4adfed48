"""What a box does not take is told: words in a list that is left and nothing chosen, a pasted text that is too long."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import go, labelled, settled
from tests.browser.hands import press, row


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


def test_a_pasted_text_that_is_too_long_for_its_box_is_told_of_and_one_that_changes_nothing_is_not(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Ana Souza")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go(page, "/entry?subject=01-0012&event=V1&form=VS")
    row(page, "1")
    press(page, "Strike the row")
    box = labelled(page.get_by_role("dialog"), "In your own words")
    told = page.get_by_role("alert").filter(has_text="nothing of it was taken")

    def paste(text: str) -> None:
        page.evaluate("text => navigator.clipboard.writeText(text)", text)
        box.press("Control+a")
        box.press("Control+v")

    for _ in range(2):
        paste("It is of another subject.")
        expect(box).to_have_value("It is of another subject.")
    page.wait_for_timeout(500)
    expect(told).to_have_count(0)
    paste("the same again, " * 100)
    expect(told).to_contain_text("The pasted text of 1,600 characters is too long for this box")
    expect(box).to_have_value("It is of another subject.")
