"""What hands do on the screens: fill in, choose, tick, save."""

from __future__ import annotations

import re
from contextlib import suppress

from playwright.sync_api import Locator, Page, expect

from apps.request import MOVED
from tests.browser.conftest import labelled, settled

ROW = 35  # px, of a row in a table
WRAPS = 105  # px, of one of the change log, whose texts break into lines


def enter(page: Page, label: str, text: str) -> None:
    """Type into the box of this label and leave it."""
    box = labelled(page, label)
    box.fill(text)
    box.press("Tab")
    settled(page)


def choose(page: Page, label: str, answer: str) -> None:
    """Tap one of a few answers."""
    page.get_by_role("radiogroup", name=label, exact=True).get_by_role("radio", name=answer, exact=True).click()
    settled(page)


def search(page: Page, label: str, answer: str) -> None:
    """Find an answer in a long list."""
    box = page.get_by_role("combobox", name=label, exact=True)
    box.click()  # below the edge of the screen a list that nobody clicked shuts as the page moves up to it
    box.fill(answer)
    page.get_by_role("option", name=answer, exact=True).click()
    settled(page)


def row(page: Page, name: str) -> None:
    """Choose a row of the table, by its number or code."""
    page.get_by_role("button", name=re.compile("^Answer in row")).click()
    page.get_by_role("menuitem", name=re.compile(rf"^{re.escape(name)}(?![\w.])")).press("Enter")  # the list scrolls
    settled(page)


def press(page: Page, name: str) -> None:
    """Click a button."""
    page.get_by_role("button", name=name, exact=True).click()
    settled(page)


def because(page: Page, reason: str, words: str) -> None:
    """Say why something is changed, where that is asked once for all, and save it with that."""
    search(page, "Reason", reason)
    enter(page, "In your own words", words)
    press(page, "Save with this reason")


def bring_back(page: Page, name: str) -> None:
    """Click the button that came where Discard stood, later than the second half of a double click on that one."""
    page.wait_for_timeout(1_000 * MOVED + 100)
    press(page, name)


def about(page: Page, label: str) -> Locator:
    """Open what there is to say about an item."""
    named = labelled(page, label).or_(page.get_by_role("radiogroup", name=label, exact=True))
    line = page.locator("[data-testid='stHorizontalBlock']").filter(has=named)
    line.locator(".tk-sign").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("About this answer", exact=True)).to_be_visible()
    settled(page)
    return dialog


def tick(page: Page, table: str, *rows: int) -> None:
    """Tick rows of a table, by their place: who sees no tick after a click on a busy machine clicks once more."""
    drawn = page.get_by_role("region", name=table, exact=True)
    for row in rows:
        ticked = drawn.locator(f"tr[aria-rowindex='{row + 2}'][aria-selected=true]")
        for _ in range(3):
            drawn.click(position={"x": 18, "y": ROW * (row + 1) + ROW // 2})
            settled(page)
            with suppress(AssertionError):
                expect(ticked).to_be_attached(timeout=4_000)
                break
        expect(ticked).to_be_attached()
        settled(page)


def to_the_door(page: Page) -> None:
    """Of what is ticked on the signing page: say what it means and go on to where the password is asked for."""
    page.get_by_text("Choose what it means.").wait_for()
    settled(page)
    page.get_by_test_id("stRadioGroup").get_by_text("I have reviewed these data and approve them.").click()
    page.get_by_text("The text you will sign").wait_for()
    settled(page)
    page.get_by_role("link", name="Go on and sign 1 form").click()


def saved(page: Page) -> None:
    """Wait for the word that it is saved."""
    expect(page.get_by_text(re.compile(r"Saved as version \d+\."))).to_be_visible()
    settled(page)


def into_cell(page: Page, table: str, row: int, column: int, text: str) -> None:
    """Type into a cell of a table, reached by the arrow keys from the first of its row."""
    page.get_by_role("region", name=table, exact=True).click(position={"x": 20, "y": ROW * (row + 1) + ROW // 2})
    for _ in range(column):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    editor = page.locator("#portal").locator("textarea, input").first
    editor.fill(text)
    editor.press("Enter")
    expect(editor).not_to_be_attached()
    settled(page)
