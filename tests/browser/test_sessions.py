"""Sessions in a real browser: warned before they end, and nothing typed is lost, whatever ends them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.browser.conftest import Served, go, labelled, settled
from tests.browser.hands import enter, press
from tests.browser.line import line, session_of
from trialkit.cli.demo import PASSWORD

VITALS = "/entry?subject=02-0012&event=V1&form=VS"
DEVIATION = "/entry?subject=02-0012&event=LOG&form=DV&form_repeat={}"


def _back_in(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Your session has ended. Answers you typed are kept")).to_be_visible()
    page.get_by_role("button", name=name).click()
    settled(page)


def test_who_is_away_in_the_middle_of_typing_is_warned_may_stay_and_finds_the_text_after_the_sign_in(
    impatient: Served, signed_in: Callable[..., Page]
) -> None:
    page = signed_in("Lea Fontaine", impatient)
    go(page, VITALS)
    weight = labelled(page, "Weight (kg)")
    weight.fill("")
    weight.press_sequentially("81.3")  # and the box is not left
    warning = page.get_by_text("You will be signed out. Answers you typed are kept.")
    expect(warning).to_be_visible(timeout=30_000)
    expect(page.get_by_role("timer")).to_have_text(re.compile("[1-4] s"))
    page.get_by_role("button", name="Stay signed in").click()
    expect(warning).to_be_hidden()
    expect(weight).to_be_focused()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=30_000)
    _back_in(page, "Lea Fontaine")
    assert page.url.endswith(VITALS)
    expect(weight).to_have_value("81.3")
    expect(page.get_by_text("did not save are back")).to_be_visible()


def test_a_server_that_is_killed_and_started_again_in_the_middle_of_typing_loses_no_letter(
    mortal: Served, signed_in: Callable[..., Page]
) -> None:
    page = signed_in("Lea Fontaine", mortal)
    go(page, VITALS)
    weight = labelled(page, "Weight (kg)")
    weight.fill("")
    weight.press_sequentially("79.95")
    mortal.kill()
    expect(page.get_by_text("The server does not answer. Wait: what you typed is kept.")).to_be_visible(timeout=30_000)
    shown = weight.input_value()
    mortal.start()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=30_000)
    _back_in(page, "Lea Fontaine")
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()  # the first to come: all of the screens are there
    assert shown == "79.95"
    expect(weight).to_have_value(shown)
    expect(page.get_by_text("1 answer not saved yet")).to_be_visible()


def test_what_was_typed_into_several_boxes_while_nobody_took_it_comes_back_into_each(
    mortal: Served, signed_in: Callable[..., Page]
) -> None:
    page = signed_in("Lea Fontaine", mortal)
    go(page, DEVIATION.format(42))
    expect(labelled(page, "Start")).to_be_editable()
    mortal.hang()
    typed = {"What happened": "The visit began late.", "Start": "3-feb-25"}
    for label, text in typed.items():
        labelled(page, label).fill(text)
    mortal.kill()
    expect(page.get_by_text("The server does not answer. Wait: what you typed is kept.")).to_be_visible(timeout=30_000)
    mortal.start()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=30_000)
    _back_in(page, "Lea Fontaine")
    expect(page.get_by_text("2 answers not saved yet")).to_be_visible()
    for label, text in typed.items():
        expect(labelled(page, label)).to_have_value(text)
    press(page, "Discard changes")


def test_a_tap_and_a_cell_that_nobody_took_are_told_of_with_their_moment(
    mortal: Served, signed_in: Callable[..., Page]
) -> None:
    page = signed_in("Lea Fontaine", mortal)
    go(page, VITALS)
    labelled(page, "Weight (kg)").fill("80.5")
    labelled(page, "Weight (kg)").press("Tab")
    settled(page)
    mortal.hang()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The server does not answer. Wait: what you typed is kept.")).to_be_visible(timeout=30_000)
    told = page.get_by_text("Perhaps this was not taken:")
    expect(told).to_be_hidden()
    page.get_by_role("button", name="Discard changes", exact=True).click()
    expect(told).to_contain_text(re.compile(r"“Discard changes”, tapped at \d\d:\d\d:\d\d"))
    mortal.kill()
    mortal.start()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=30_000)
    _back_in(page, "Lea Fontaine")
    expect(told).to_contain_text(re.compile(r"“Save”, tapped at \d\d:\d\d:\d\d"))
    page.get_by_role("button", name="I have looked").click()
    expect(told).to_be_hidden()
    expect(labelled(page, "Weight (kg)")).to_have_value("80.5")
    press(page, "Discard changes")


def test_a_box_that_was_not_left_is_not_lost_by_a_reload_or_by_going_back(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine")
    page.on("dialog", lambda dialog: dialog.accept())
    go(page, DEVIATION.format(44))
    happened = labelled(page, "What happened")
    for leave in (page.reload, page.go_back):
        happened.press_sequentially("A story. ")
        leave()
        settled(page)
        if leave == page.go_back:
            page.go_forward()
        expect(happened).to_have_value(re.compile("A story. $"), timeout=30_000)
        expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
        settled(page)
    press(page, "Discard changes")


def test_a_text_that_the_server_had_is_not_typed_again_after_it_was_killed(
    mortal: Served, signed_in: Callable[..., Page]
) -> None:
    page = signed_in("Lea Fontaine", mortal)
    go(page, DEVIATION.format(43))
    happened = labelled(page, "What happened")
    happened.press_sequentially("A mistake.")
    expect(page.get_by_text("1 answer not saved yet")).to_be_visible()  # handed over by itself
    press(page, "Discard changes")
    expect(happened).to_have_value("")
    page.wait_for_timeout(16_000)  # two pauses, and a question that is answered after them
    mortal.kill()
    expect(page.get_by_text("The server does not answer. Wait: what you typed is kept.")).to_be_visible(timeout=30_000)
    mortal.start()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=30_000)
    _back_in(page, "Lea Fontaine")
    expect(page.get_by_text("Nothing entered yet", exact=True)).to_be_visible()
    page.wait_for_timeout(3_000)  # whatever is put back is put back in this time
    expect(happened).to_have_value("")


def test_who_signs_in_in_another_tab_finds_nothing_of_what_the_one_before_typed(
    served: Served, signed_in: Callable[..., Page]
) -> None:
    lea = signed_in("Lea Fontaine", at=DEVIATION.format(41))
    enter(lea, "What happened", "What Lea typed and did not save.")
    expect(lea.get_by_text("1 answer not saved yet")).to_be_visible()
    other = lea.context.new_page()
    other.goto("/sign-in")
    other.get_by_role("button", name="Ana Souza").click()
    settled(other)
    lea.wait_for_url(f"{served.url}/", timeout=30_000)  # by itself: nobody touched it
    settled(lea)
    expect(lea.get_by_text("Ana Souza", exact=True)).to_be_visible()
    other.goto("/sign-in")
    other.get_by_role("button", name="Lea Fontaine").click()
    go(other, DEVIATION.format(41))
    expect(labelled(other, "What happened")).to_have_value("What Lea typed and did not save.")
    press(other, "Discard changes")


def test_a_sign_in_ends_the_session_that_the_browser_had(served: Served, signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine")
    before = page.context.cookies()
    page.goto("/sign-in")
    page.get_by_role("button", name="Ana Souza").click()
    settled(page)
    page.context.add_cookies(before)
    assert page.request.get("/left").status == 401


def _comes_back(served: Served, runs: int) -> bool:
    """A line that is taken up anew every few seconds, with so many runs, for twice as long as one may be away."""
    cookie = session_of(served.url, "lea", PASSWORD, "coordinator")
    with line(served.url, cookie) as at:
        screens = at.open("subjects").session
    for _ in range(8):
        time.sleep(3)
        with line(served.url, cookie, "none", screens) as at:
            taken_up = [at.open("subjects").session == screens for _ in range(runs)]
    return all(taken_up)


def test_a_line_that_comes_back_by_itself_is_no_sign_that_anybody_is_there(impatient: Served) -> None:
    with pytest.raises((ConnectionClosed, InvalidStatus)):
        _comes_back(impatient, 1)


def test_who_goes_on_over_a_line_that_came_back_is_there(impatient: Served) -> None:
    assert _comes_back(impatient, 2)
