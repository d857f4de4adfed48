"""What a box shows where its first drawing never arrived, and where its page was left and looked at again."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.conftest import go, labelled, settled
from tests.browser.hands import choose, enter, press, search

DOSE = "/entry?subject=02-0012&event=V3&form=EC"
TABLE = "/entry?subject=02-0012&event=V1&form=VS"
FAST = ("Kit scanned", "Start date", "Start time", "End date", "End time", "IV site", "Pump")
THERE = "at => { history.pushState({}, '', at); dispatchEvent(new PopStateEvent('popstate', {state: {}})); }"
BACK = f"document.activeElement.blur(); ({THERE})('/queries')"  # in the same breath: the answer is not on its way yet
BOXES = ("text_input", "text_area", "button_group", "multiselect", "selectbox")


class Lossy:
    """Between the server and the page: the boxes of the first run do not arrive, but for the one that is `kept`.

    On a busy machine Streamlit does that itself: what a run has drawn and not sent yet is thrown away when an answer
    begins the next, and that one no longer says what a box was set to.
    """

    def __init__(self, page: Page, kept: str) -> None:
        self.lost: set[str] = set()
        self.first = True
        self.kept = kept
        page.route_web_socket(lambda url: "/_stcore/stream" in url, self._between)

    def _between(self, page: WebSocketRoute) -> None:
        page.connect_to_server().on_message(lambda said: page.send(self._passed(said)))

    def _passed(self, said: str | bytes) -> str | bytes:
        message = ForwardMsg.FromString(said) if isinstance(said, bytes) else ForwardMsg()
        self.first = self.first and message.WhichOneof("type") != "script_finished"
        if not self.first or message.WhichOneof("type") != "delta":
            return said
        element = message.delta.new_element
        kind = str(element.WhichOneof("type"))
        if kind not in BOXES or getattr(element, kind).label == self.kept:
            return said
        self.lost.add(getattr(element, kind).label)
        element.empty.SetInParent()
        return message.SerializeToString()


def test_an_answer_that_nobody_touched_stays_where_the_drawing_that_showed_it_first_never_arrived(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Tui Parata")
    lossy = Lossy(page, kept="Weight (kg)")
    go(page, TABLE)
    assert {"Date of the readings", "Height (cm)"} <= lossy.lost
    expect(labelled(page, "Height (cm)")).to_have_count(0)
    for weight in ("118.3", "118.2"):  # with each answer the page reports all that it shows
        enter(page, "Weight (kg)", weight)
        expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
        expect(labelled(page, "Height (cm)")).to_have_value("186.0")
        expect(labelled(page, "Date of the readings")).to_have_value("12-May-2025")
    press(page, "Discard changes")


def test_in_a_form_drawn_in_parts_a_box_that_never_arrived_is_not_emptied_and_comes_with_the_page(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Tui Parata")
    lossy = Lossy(page, kept="Pump")
    go(page, DOSE)
    assert {"Kit scanned", "End date", "Completion", "Infusion nurse"} <= lossy.lost
    for pump in ("PUMP 7", "PUMP 8"):
        enter(page, "Pump", pump)
        expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
    page.reload()
    settled(page)
    expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
    expect(labelled(page, "Pump")).to_have_value("PUMP 8")
    expect(labelled(page, "Kit scanned")).not_to_have_value("")
    expect(labelled(page, "Infusion nurse")).not_to_have_value("")
    press(page, "Discard changes")


def test_what_is_emptied_by_hand_stays_empty_while_others_are_answered(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Tui Parata", at=DOSE.replace("V3", "V4"))
    expect(labelled(page, "Infusion nurse")).not_to_have_value("")
    nurse = labelled(page, "Infusion nurse").input_value()
    enter(page, "Kit scanned", "")
    completed = page.get_by_role("radiogroup", name="Completion", exact=True).get_by_role("radio", name="Completed")
    expect(completed).to_be_checked()
    completed.click()
    settled(page)
    search(page, "Infusion nurse", "(not answered)")
    enter(page, "Pump", "PUMP 9")
    expect(page.get_by_text("4 answers not saved yet")).to_be_visible()
    expect(labelled(page, "Kit scanned")).to_have_value("")
    expect(labelled(page, "Infusion nurse")).to_have_value("(not answered)")
    expect(completed).not_to_be_checked()
    press(page, "Discard changes")
    expect(labelled(page, "Kit scanned")).not_to_have_value("")
    expect(labelled(page, "Infusion nurse")).to_have_value(nurse)
    expect(completed).to_be_checked()


def test_what_was_typed_is_there_after_a_look_at_another_page_also_where_it_was_not_asked_at_first(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Tui Parata", at="/entry?subject=02-0002&event=M3&form=EC")
    kit = labelled(page, "Kit scanned")
    expect(page.get_by_role("radiogroup", name="Infusion started", exact=True)).to_be_visible()
    expect(kit).to_have_count(0)
    choose(page, "Infusion started", "Yes")
    enter(page, "Kit scanned", "K71")
    for typed in ("K71", "K72"):
        kit.fill(typed)  # the click on the way out leaves the box
        page.get_by_role("link", name="Queries").first.click()
        expect(kit).to_have_count(0)
        settled(page)
        page.go_back()
        expect(kit).to_have_value(typed)
        settled(page)
    enter(page, "Kit scanned", "K73")
    kit.fill("K74")
    page.evaluate(BACK)
    expect(kit).to_have_count(0)
    settled(page)
    expect(page).to_have_url(re.compile("/queries$"))
    expect(page.get_by_role("heading", name="Queries")).to_be_visible()
    expect(kit).to_have_count(0)
    page.go_back()
    expect(kit).to_have_value("K74")
    settled(page)
    press(page, "Discard changes")


def test_back_with_the_cursor_still_in_the_box_loses_nothing(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Tui Parata", at="/subject?subject=02-0011")
    page.evaluate(THERE, "/entry?subject=02-0011&event=V3&form=EC")  # within the screens: nothing is loaded anew
    site = labelled(page, "IV site")
    expect(site).not_to_have_value("")
    settled(page)
    site.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("Right hand")
    page.evaluate("history.back()")
    expect(site).to_have_count(0)
    expect(page).to_have_url(re.compile("/subject"))
    settled(page)
    page.wait_for_timeout(9_000)  # so long that the browser takes what was left for being with the server
    page.evaluate("history.forward()")
    expect(site).to_have_value("Right hand")
    expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
    settled(page)
    press(page, "Discard changes")


def test_what_is_discarded_right_after_a_reload_does_not_come_back_into_its_box(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Tui Parata", at=DOSE)
    pump = labelled(page, "Pump")
    expect(pump).not_to_have_value("")
    stands = pump.input_value()
    for label in FAST:  # as fast as hands can, so that answers are drawn while others are typed
        labelled(page, label).focus()
        page.keyboard.press("Control+a")
        page.keyboard.type("PUMP 81")
        page.keyboard.press("Tab")
    expect(page.get_by_text(f"{len(FAST)} answers not saved yet")).to_be_visible()
    page.reload()
    expect(pump).to_have_value("PUMP 81")
    page.get_by_role("button", name="Discard changes", exact=True).click()  # within 4 s of the typing, after which
    expect(page.get_by_text("All changes saved")).to_be_visible()  # the browser puts back what perhaps got lost
    page.wait_for_timeout(7_000)
    expect(pump).to_have_value(stands)
    expect(page.get_by_text("All changes saved")).to_be_visible()
