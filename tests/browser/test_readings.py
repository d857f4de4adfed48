"""Readings of the dosing day as they are typed: they stay in their boxes, know when they were taken, and are saved."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, go, labelled, settled
from tests.browser.hands import because, bring_back, enter, press
from tests.browser.test_infusion import _explain, _pick, _stands, nurse
from trialkit.access.identity import Identity
from trialkit.conduct.capture import inactivate, save_form
from trialkit.conduct.reason import Reason
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place
from trialkit.values import Missing

__all__ = ["nurse"]


def test_the_row_that_is_typed_in_or_picked_stays_whatever_falls_due(nurse: Page) -> None:
    page = nurse
    go(page, "/infusion?subject=02-0002&event=V10")
    _pick(page, "PRE2")
    expect(page.get_by_text("Reading PRE2", exact=True)).to_be_visible()
    enter(page, "Pulse (beats/min)", "71")
    press(page, "Start 75 mL/h")
    _explain(page)
    expect(page.get_by_text("Running", exact=True)).to_be_visible()
    expect(page.get_by_text("Reading PRE2", exact=False).first).to_be_visible()
    expect(labelled(page, "Pulse (beats/min)")).to_have_value("71")
    press(page, "Discard changes")
    expect(labelled(page, "Pulse (beats/min)")).to_have_value("")
    bring_back(page, "Bring back 1 discarded answer")
    expect(labelled(page, "Pulse (beats/min)")).to_have_value("71")
    press(page, "Save reading")  # nobody said when it was read: it is asked, and nothing is lost
    expect(page.get_by_text("the time of this reading is missing")).to_be_visible()
    expect(labelled(page, "Pulse (beats/min)")).to_have_value("71")
    press(page, "Save it without a time")
    expect(page.get_by_text("Reading T5", exact=False).first).to_be_visible()
    expect(page.get_by_text("time missing")).to_be_visible()
    expect(labelled(page, "Pulse (beats/min)")).to_have_value("")
    # of those before the dose that hold something nobody says that they were not read
    expect(page.get_by_text("not read before the dose")).to_have_count(2)


def test_what_tui_is_typing_stays_in_its_box_while_a_colleague_saves_another_reading(
    nurse: Page, trial: Trial, people: Callable[[str], Identity]
) -> None:
    page, place = nurse, Place("02", "02-0002", "M3", 1, "IM")
    go(page, "/infusion?subject=02-0002&event=M3")
    _pick(page, "PRE2")
    box = labelled(page, "Systolic blood pressure (mmHg)")
    box.click()
    page.keyboard.type("12", delay=60)
    save_form(trial, people("tui"), place, {"GRID[PRE1].PULSE_VSORRES": "71"}, based_on=0)
    expect(page.get_by_role("row").filter(has_text="PRE1").get_by_text("71")).to_be_visible()
    page.keyboard.type("8")
    expect(box).to_have_value("128")
    expect(box).to_be_focused()
    box.press("Tab")
    settled(page)
    expect(page.get_by_text("1 answer not saved yet")).to_be_visible()


def test_a_number_that_is_typed_takes_the_place_of_a_reason_for_having_none(
    nurse: Page, served: Served, trial: Trial, people: Callable[[str], Identity]
) -> None:
    page, place = nurse, Place("02", "02-0002", "M4", 1, "IM")
    none = {"GRID[PRE1].SYSBP_VSORRES": Missing("ND"), "GRID[PRE1].IMTIM": "10:00"}
    save_form(trial, people("tui"), place, none, based_on=0)
    go(page, "/infusion?subject=02-0002&event=M4")
    _pick(page, "PRE1")
    expect(page.get_by_text("missing: Not done")).to_be_visible()
    enter(page, "Systolic blood pressure (mmHg)", "185")
    expect(page.get_by_text("missing: Not done")).to_have_count(0)
    press(page, "Discard changes")  # and with it goes that the reason was taken back
    expect(page.get_by_text("missing: Not done")).to_be_visible()
    expect(page.get_by_text("not saved yet")).to_have_count(0)
    enter(page, "Systolic blood pressure (mmHg)", "185")
    press(page, "Save reading")
    because(page, trial.study_at("02").study.file.change_reasons["SOURCE"], "It was read after all")
    expect(page.get_by_text("Saved as version")).to_be_visible()
    assert _stands(served, "IM", "M4", "02-0002")["GRID[PRE1].SYSBP_VSORRES"] == "185"


def test_what_tui_typed_in_a_reading_that_was_struck_meanwhile_is_told_until_she_has_read_it(
    nurse: Page, trial: Trial, people: Callable[[str], Identity]
) -> None:
    page, place = nurse, Place("02", "02-0002", "M5", 1, "IM")
    stands = {"GRID[ADHOC.1].PULSE_VSORRES": "99", "GRID[ADHOC.1].IMTIM": "10:00"}
    saved = save_form(trial, people("tui"), place, stands, based_on=0)
    go(page, "/infusion?subject=02-0002&event=M5")
    _pick(page, "ADHOC.1")
    enter(page, "Pulse (beats/min)", "88")
    why = Reason("SOURCE", "this reading was of somebody else")
    inactivate(trial, people("tui"), place, reason=why, based_on=saved.version, row="GRID[ADHOC.1]")
    told = page.get_by_text("The row was struck meanwhile")
    expect(told).to_be_visible()
    expect(told).to_contain_text("88")
    _pick(page, "PRE2")
    press(page, "Now")
    enter(page, "Pulse (beats/min)", "77")
    press(page, "Save reading")
    expect(page.get_by_text("Saved as version")).to_be_visible()
    expect(told).to_contain_text("88")
    press(page, "I have read it")
    expect(told).to_have_count(0)
