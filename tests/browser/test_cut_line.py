"""The line dies without a word, is cut, and comes back: nothing typed is lost, and no tap goes without a word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cable import Cable
from tests.browser.conftest import Served, go, labelled, settled
from tests.browser.hands import press

VITALS = "/entry?subject=02-0001&event=V3A&form=VS"
STANDS = "[data-testid='stApp'][data-test-connection-state='CONNECTED'][data-test-script-state='notRunning']"
BREAK = "The server does not answer. Wait: what you typed is kept."


@pytest.fixture(scope="module")
def cable(demo: Path) -> Iterator[Cable]:
    cable = Cable()
    server = Served(demo, "--names", f"localhost:{{port}},localhost:{cable.port}")
    cable.leads = server.port
    yield cable
    server.stop()


@pytest.fixture
def lea(cable: Cable, arrive: Callable[..., Page]) -> Page:
    page = arrive(cable)
    page.goto(f"/sign-in?{urlencode({'next': VITALS})}")
    page.get_by_role("button", name="Lea Fontaine").click()
    expect(labelled(page, "Weight (kg)")).to_be_editable()
    settled(page)
    return page


def _back(page: Page, cable: Cable) -> None:
    """The dead line is cut at last, and a new one is there."""
    page.wait_for_timeout(1500)
    cable.cut()
    expect(page.get_by_text(BREAK)).to_be_visible()
    page.wait_for_timeout(500)
    cable.mend()
    expect(page.locator(STANDS)).to_be_visible(timeout=30_000)
    expect(page.get_by_text(BREAK)).to_be_hidden()


def test_an_answer_that_was_typed_while_nobody_heard_it_is_kept(lea: Page, cable: Cable) -> None:
    cable.die()
    weight = labelled(lea, "Weight (kg)")
    weight.fill("71.5")
    weight.press("Tab")
    _back(lea, cable)
    expect(lea.get_by_text("1 answer not saved yet")).to_be_visible()
    lea.get_by_role("link", name="← Visit record").click()
    expect(lea.get_by_role("heading", name="Visit record")).to_be_visible()
    settled(lea)
    go(lea, VITALS)
    expect(labelled(lea, "Weight (kg)")).to_have_value("71.5")
    press(lea, "Discard changes")


@pytest.mark.parametrize("pressed", ["while it is cut", "as soon as it is back"])
def test_who_goes_to_another_page_takes_nothing_away_from_under_the_answer(
    lea: Page, cable: Cable, pressed: str
) -> None:
    weight, link = labelled(lea, "Weight (kg)"), lea.get_by_role("link", name="← Visit record")
    weight.fill("72.4")
    cable.cut()
    expect(weight).to_be_disabled()
    if pressed == "while it is cut":
        link.click()
    lea.wait_for_timeout(1000)
    cable.mend()
    if pressed == "as soon as it is back":
        expect(lea.locator(STANDS)).to_be_visible(timeout=30_000)
        link.click()
    expect(lea.get_by_role("heading", name="Visit record")).to_be_visible(timeout=30_000)
    settled(lea)
    go(lea, VITALS)
    expect(weight).to_have_value("72.4")
    press(lea, "Discard changes")


def test_a_tap_that_nobody_heard_is_told_with_its_time(lea: Page, cable: Cable) -> None:
    weight = labelled(lea, "Weight (kg)")
    weight.fill("71.5")
    weight.press("Tab")
    expect(lea.get_by_text("1 answer not saved yet")).to_be_visible()
    settled(lea)
    cable.die()
    lea.get_by_role("button", name="Save", exact=True).click()
    _back(lea, cable)
    told = re.compile(r"Perhaps this was not taken: “Save”, tapped at \d\d:\d\d:\d\d\.")
    expect(lea.get_by_text(told)).to_be_visible()
    expect(lea.get_by_text("1 answer not saved yet")).to_be_visible()
    settled(lea)
    press(lea, "Discard changes")


def test_the_box_in_use_has_the_keys_again_when_the_line_is_back(lea: Page, cable: Cable) -> None:
    weight = labelled(lea, "Weight (kg)")
    weight.click()
    lea.keyboard.press("Control+a")
    lea.keyboard.type("7")
    cable.cut()
    expect(lea.get_by_text(BREAK)).to_be_visible()
    expect(weight).to_be_disabled()
    cable.mend()
    expect(weight).to_be_focused(timeout=30_000)
    lea.keyboard.type("2.5")
    expect(weight).to_have_value("72.5")
    expect(lea.get_by_text("1 answer not saved yet")).to_be_visible()  # it is handed over without being left
    press(lea, "Discard changes")
