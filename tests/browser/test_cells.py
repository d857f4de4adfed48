"""The cells of a table: what is typed stands in each, however fast one types and however one leaves them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import go, settled
from tests.browser.hands import ROW, press

FORM = "/entry?subject=02-0012&event=V3&form=IM"
READINGS = {"PRE1": ["18:46", "128", "74", "78", "21", "96"], "PRE2": ["13:49", "103", "88", "95", "20", "94"],
            "PRE3": ["11:40", "134", "54", "53", "11", "99"]}  # fmt: skip
FIRST = 3
"""The column of the clock time, with which each of these rows begins."""


@pytest.fixture
def tui(signed_in: Callable[..., Page]) -> Page:
    page = signed_in("Tui Parata")
    page.set_viewport_size({"width": 1900, "height": 1200})
    return page


def _cell(page: Page, row: int, column: int, table: str = "Timepoints") -> None:
    """Go to a cell: by the mouse to the first of its row, then by the keys."""
    drawn = page.get_by_role("region", name=table, exact=True)
    drawn.hover(position={"x": 300, "y": 20})  # a table drops what is marked if it did not see the pointer come
    drawn.hover(position={"x": 20, "y": ROW * (row + 1) + ROW // 2})
    page.mouse.down()
    page.mouse.up()
    for at in range(column + 1):
        expect(drawn.locator("td[aria-selected=true]")).to_have_attribute("id", f"glide-cell-{at}-{row}")
        if at < column:
            page.keyboard.press("ArrowRight")


def _stand(page: Page, code: str, typed: list[str]) -> None:
    """Look that these stand in the row, from its clock time on."""
    row = page.locator("tr").filter(has=page.locator("td", has_text=re.compile(f"^{code}$")))
    for n, text in enumerate(typed):
        expect(row.locator("td").nth(FIRST + n)).to_have_text(text)


@pytest.mark.parametrize(("slower", "pause"), [(1, 0), (1, 25), (4, 25)], ids=["at once", "fast", "slow browser"])
def test_who_types_through_a_table_finds_in_each_cell_what_was_typed(tui: Page, slower: int, pause: int) -> None:
    go(tui, FORM)
    line = tui.context.new_cdp_session(tui)
    for row, typed in enumerate(READINGS.values()):
        _cell(tui, row, FIRST)
        line.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        for n, text in enumerate(typed):
            tui.keyboard.type(text, delay=pause)
            tui.keyboard.press("Tab" if n + 1 < len(typed) else "Enter", delay=pause)
        expect(tui.locator("#portal *")).to_have_count(0)
        line.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        settled(tui)
    for code, typed in READINGS.items():
        _stand(tui, code, typed)
    press(tui, "Discard changes")


@pytest.mark.parametrize("typed", ["13:49", "7"], ids=["several keys", "one key"])
@pytest.mark.parametrize("way", ["link", "tab and link", "back", "sign out"])
def test_a_cell_that_is_open_when_its_page_is_left_is_there_when_one_comes_back(
    tui: Page, signed_in: Callable[..., Page], way: str, typed: str
) -> None:
    go(tui, FORM.replace("IM", "ECS"))
    tui.get_by_role("link", name="In-infusion and recovery monitoring →").click()
    expect(tui.get_by_role("heading", name="In-infusion and recovery monitoring")).to_be_visible()
    settled(tui)
    _cell(tui, 1, FIRST)
    tui.keyboard.type(typed, delay=25)
    match way:
        case "link" | "tab and link":
            if way != "link":
                tui.keyboard.press("Tab")
            tui.get_by_role("link", name="← Subject 02-0012").click()
            expect(tui.get_by_role("heading", name="Subject 02-0012")).to_be_visible()
        case "back":
            tui.evaluate("history.back()")
            expect(tui.get_by_role("heading", name="Infusion steps")).to_be_visible()
        case _:
            tui.get_by_role("link", name="Sign out").click()
            expect(tui.get_by_role("heading", name="Sign in")).to_be_visible()
            tui = signed_in("Tui Parata")
    settled(tui)
    go(tui, FORM)
    expect(tui.get_by_text("1 answer not saved yet")).to_be_visible()
    _stand(tui, "PRE2", [typed])
    press(tui, "Discard changes")


def test_keys_that_a_cell_does_not_take_do_not_come_into_the_next_one(tui: Page) -> None:
    go(tui, FORM)
    _cell(tui, 2, 0)
    tui.keyboard.type("28", delay=25)
    _cell(tui, 1, FIRST)
    tui.keyboard.type("13:49", delay=25)
    tui.keyboard.press("Tab")
    settled(tui)
    expect(tui.get_by_text("1 answer not saved yet")).to_be_visible()
    _stand(tui, "PRE2", ["13:49"])
    press(tui, "Discard changes")


def test_who_goes_back_out_of_a_list_that_is_half_typed_has_chosen_nothing(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine", at="/entry?subject=02-0001&event=V3A&form=SV")
    vitals = page.get_by_role("link", name="Vital signs, height and weight →")
    vitals.click()
    expect(page.get_by_role("heading", name="Vital signs, height and weight")).to_be_visible()
    settled(page)
    _cell(page, 0, 3, "Readings")
    page.keyboard.type("S", delay=25)
    page.evaluate("history.back()")
    expect(page.get_by_role("heading", name="Visit record")).to_be_visible()
    settled(page)
    vitals.click()
    expect(page.get_by_text("All changes saved")).to_be_visible()


def test_a_word_that_is_no_choice_of_its_cell_is_told_of(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine", at="/entry?subject=02-0001&event=V3A&form=VS")
    _cell(page, 0, 3, "Readings")
    page.keyboard.type("Seated", delay=25)
    page.keyboard.press("Tab")
    expect(page.get_by_text("“Seated” is none of the choices of this cell and was not taken.")).to_be_visible()
    expect(page.get_by_text("All changes saved")).to_be_visible()
