"""A page that is being left while the server is busy: what still stands of it takes nothing that would be lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, go, labelled, settled
from tests.browser.hands import about, press

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


def test_the_page_that_stands_takes_the_first_press_however_late_the_browser_is(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Lea Fontaine")
    go(page, VITALS)
    # a short clock that never comes is what a machine is that was stopped for a moment: presses come before clocks then
    page.evaluate("""() => {
      const late = window.setTimeout
      window.setTimeout = (act, wait, ...rest) => wait === 20 ? 0 : late(act, wait, ...rest)
      history.pushState({}, '', location.href.replace('V3A', 'V1'))
      dispatchEvent(new PopStateEvent('popstate', {state: {}}))
    }""")
    expect(page.get_by_text("02-0001 · V1 ")).to_be_visible()
    settled(page)
    page.locator("button.tk-sign").first.click()
    expect(page.get_by_role("dialog").get_by_text("About this answer", exact=True)).to_be_visible()


def test_a_link_for_another_tab_opens_there_and_what_is_being_typed_stays_here(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine")
    go(page, VITALS)
    for name in ("← Subject 02-0001", "Safety"):
        labelled(page, "Weight (kg)").fill("71.5")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name=name).first.click(modifiers=["Control"])
        opened.value.close()
        settled(page)
        expect(labelled(page, "Weight (kg)")).to_have_value("71.5")
        expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
        press(page, "Discard changes")


def test_words_for_a_query_that_were_not_sent_are_there_when_one_comes_back_to_it(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Mo Haddad")
    go(page, "/entry?subject=01-0012&event=V1&form=VS")
    words = "Weighed with the shoes on, then without."

    def ask() -> None:
        about(page, "Weight (kg)")
        expect(page.get_by_label("Ask about this answer")).to_be_visible()

    ask()
    page.get_by_label("Ask about this answer").fill(words)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="← Subject 01-0012").click()
    expect(page.get_by_role("heading", name="Subject 01-0012")).to_be_visible()
    settled(page)
    page.evaluate("history.back()")
    expect(labelled(page, "Weight (kg)")).to_be_visible()
    settled(page)
    ask()
    expect(page.get_by_label("Ask about this answer")).to_have_value(words)
