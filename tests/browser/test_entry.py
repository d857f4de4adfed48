"""Entry in a real browser: typed, checked, saved, corrected with a reason, kept when the server or the session goes."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import go, labelled, settled
from tests.browser.hands import about, enter, into_cell, press, row, search
from trialkit.conduct.trial import Trial

WEIGHT = "/entry?subject=02-0001&event=V3A&form=VS"
SYSTOLIC = {"x": 430, "y": 52}
"""In the table of readings, where the first row's systolic blood pressure stands (px)."""


def _struck(page: Page, button: str) -> None:
    dialog = page.get_by_role("dialog")
    search(page, "Reason", "Transcription error")
    enter(page, "In your own words", "It belongs to another participant.")
    dialog.get_by_role("button", name=button).click()
    expect(dialog).to_be_hidden()
    settled(page)


def test_a_correction_asks_why_and_keeps_the_old_value_in_the_history(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine", at=WEIGHT)
    enter(page, "Weight (kg)", "81.7")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Why is this answer changed?")).to_be_visible()
    settled(page)
    page.get_by_label("Reason").click()
    page.get_by_role("option", name="Source document corrected").click()
    page.get_by_label("In your own words").fill("The printout of the scale says 81.7.")
    page.get_by_role("button", name="Save with this reason").click()
    expect(page.get_by_text("Saved as version")).to_be_visible()
    settled(page)
    told = about(page, "Weight (kg)").get_by_role("region", name="History of Weight").get_by_role("row").nth(1)
    expect(told).to_contain_text(re.compile(r"Lea Fontaine.*81\.7.*Source document corrected · The printout"))


def test_one_click_out_of_the_box_saves_and_the_save_tells_what_it_asked_about_on_other_forms(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Tui Parata", at="/entry?subject=02-0002&event=V3&form=EC")
    save = page.get_by_role("button", name="Save", exact=True)
    press(page, "Save")
    expect(page.get_by_text("There is nothing to save.")).to_be_visible()
    labelled(page, "End time").fill("11:30")
    save.hover()
    page.mouse.down()  # the box is left by this; nobody waits for the server until the finger goes up
    page.mouse.up()
    expect(page.get_by_text("Why is this answer changed?")).to_be_visible()
    settled(page)
    press(page, "Save with this reason")
    expect(page.get_by_text("Choose a reason from the list.")).to_be_visible()
    search(page, "Reason", "Source document corrected")
    enter(page, "In your own words", "The log of the pump says 11:30.")
    press(page, "Save with this reason")
    opened = page.get_by_text(re.compile(r"\d+ queries were opened on other forms: .*V3 In-infusion"))
    expect(opened).to_be_visible()
    press(page, "Save")
    expect(opened).to_be_visible()  # also after a click too many, until something is typed
    enter(page, "Pump", "PUMP 7")
    expect(opened).to_be_hidden()
    press(page, "Discard changes")


def test_a_wrong_answer_is_told_at_once_and_what_was_typed_stays(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine", at="/entry?subject=02-0011&event=V3A&form=VS")
    enter(page, "Weight (kg)", "heavy")
    expect(page.get_by_text("heavy").first).to_be_visible()
    expect(labelled(page, "Weight (kg)")).to_have_value("heavy")


def test_what_was_typed_is_back_after_signing_in_again(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine")
    address = "/entry?subject=02-0002&event=V3A&form=VS"
    go(page, address)
    enter(page, "Weight (kg)", "77.7")
    expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    again = signed_in("Lea Fontaine", at=address)
    expect(labelled(again, "Weight (kg)")).to_have_value("77.7")
    expect(again.get_by_text("did not save are back")).to_be_visible()


def test_an_answer_that_was_cleared_and_not_saved_is_still_cleared_after_signing_in_again(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Lea Fontaine", at=WEIGHT)
    weight = labelled(page, "Weight (kg)")
    expect(weight).not_to_have_value("")
    enter(page, "Weight (kg)", "")
    expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    again = signed_in("Lea Fontaine", at=WEIGHT)
    expect(again.get_by_text("1 answer not saved yet")).to_be_visible()
    expect(labelled(again, "Weight (kg)")).to_have_value("")
    again.get_by_role("button", name="Discard changes", exact=True).click()
    expect(labelled(again, "Weight (kg)")).not_to_have_value("")


def test_who_types_fast_loses_nothing_when_a_finding_appears_above(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine", at="/entry?subject=02-0012&event=V3A&form=VS")
    date, weight = (labelled(page, label) for label in ("Date of the readings", "Weight (kg)"))
    date.fill("in spring")
    weight.click()
    page.keyboard.type("71")
    expect(page.get_by_text("in spring").first).to_be_visible()  # the finding is drawn while the weight is typed
    page.keyboard.type(".5")
    weight.press("Tab")
    expect(weight).to_have_value("71.5")
    settled(page)
    expect(weight).to_have_value("71.5")


def test_what_is_said_at_the_top_leads_to_its_question_and_a_refused_save_does_so_at_once(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Lea Fontaine", at="/entry?subject=02-0011&event=V3A&form=VS")
    date, weight = (labelled(page, label) for label in ("Date of the readings", "Weight (kg)"))
    enter(page, "Weight (kg)", "heavy")
    date.focus()
    page.get_by_role("link", name="Weight", exact=True).click()
    expect(weight).to_be_focused()
    expect(weight).to_be_in_viewport()
    date.focus()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved, but 1 answer was not taken: see below.")).to_be_visible()
    expect(weight).to_be_focused()
    expect(weight).to_have_value("heavy")


def test_an_answer_of_a_table_has_its_history_and_its_reason_for_being_missing(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Lea Fontaine", at=WEIGHT)
    row(page, "1")
    search(page, "and column", "Pulse")
    press(page, "History, queries, missing")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("region", name="History of Pulse")).to_be_visible()
    dialog.get_by_role("radio", name="Not done").click()
    settled(page)
    expect(page.get_by_text("row 1, Pulse: missing: Not done")).to_be_visible()
    expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
    press(page, "Discard changes")
    expect(page.get_by_text("row 1, Pulse: missing: Not done")).to_be_hidden()


def test_a_step_of_the_pump_is_not_struck_from_its_form_for_the_session_takes_back_what_it_wrote_beside(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Tui Parata", at="/entry?subject=02-0012&event=V3&form=ECS")
    row(page, "1")
    expect(page.get_by_role("button", name="History, queries, missing")).to_be_visible()
    expect(page.get_by_role("button", name="Strike the row")).to_have_count(0)


def test_a_row_that_should_not_be_there_is_struck_with_a_reason_and_stays_to_be_seen(
    signed_in: Callable[..., Page], trial: Trial
) -> None:
    page = signed_in("Lea Fontaine", at="/entry?subject=02-0002&event=V1&form=VS")
    strike = page.get_by_role("button", name="Strike the row")
    expect(strike).to_be_disabled()
    enter(page, "Weight (kg)", "70.5")  # what is typed beside it is neither lost nor saved
    row(page, "1")
    strike.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Row 1 of Readings")).to_be_visible()
    dialog.get_by_role("button", name="Strike the row").click()
    expect(dialog.get_by_text("Choose a reason from the list.")).to_be_visible()
    _struck(page, "Strike the row")
    expect(page.get_by_text("Struck: row 1 of Readings.")).to_be_visible()
    expect(page.get_by_text(re.compile("^Row 1: .*"))).to_be_visible()
    expect(labelled(page, "Weight (kg)")).to_have_value("70.5")
    press(page, "Discard changes")
    row(page, "1, struck")
    expect(strike).to_be_disabled()
    before = trial.everything().record("record/02-0002/V1.1/VS.1")
    assert before is not None
    assert before.values["READINGS[1].@inactive"] == "Y"
    assert before.values["READINGS[1].VSTIM"] == "10:05"


def test_a_line_of_a_log_that_should_not_be_there_is_struck_and_takes_no_more_changes(
    signed_in: Callable[..., Page], trial: Trial
) -> None:
    page = signed_in("Lea Fontaine", at="/entry?subject=02-0002&event=LOG&form=CM")
    strike = page.get_by_role("button", name="Strike this line")
    strike.click()
    _struck(page, "Strike the line")
    expect(page.get_by_text("This form is struck: it takes no changes.")).to_be_visible()
    expect(strike).to_have_count(0)
    record = trial.everything().record("record/02-0002/LOG.1/CM.1")
    assert record is not None
    assert record.values["@inactive"] == "Y"
    mo = signed_in("Mo Haddad", at="/entry?subject=02-0002&event=LOG&form=CM&form_repeat=2")
    expect(mo.get_by_role("button", name="Strike this line")).to_have_count(0)  # who enters nothing strikes nothing


def test_a_date_typed_in_other_words_says_beside_it_how_it_was_read(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine", at="/entry?subject=02-0011&event=V3A&form=VS")
    read = page.locator(".st-key-at-VS-VSDAT").get_by_text("24-Feb-2025", exact=True)
    expect(read).to_be_hidden()
    enter(page, "Date of the readings", "24 feb 25")
    expect(read).to_be_visible()
    expect(labelled(page, "Date of the readings")).to_have_value("24 feb 25")
    press(page, "Discard changes")


def test_a_cell_whose_answer_is_to_be_missing_is_empty_until_the_reason_is_taken_back(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Lea Fontaine", at=WEIGHT)
    cell = page.get_by_role("region", name="Readings", exact=True).locator("td").filter(has_text=re.compile("^74$"))
    expect(cell).to_be_attached()
    row(page, "1")
    search(page, "and column", "Pulse")
    for times in (0, 1):
        press(page, "History, queries, missing")
        page.get_by_role("dialog").get_by_role("radio", name="Not done").click()
        settled(page)
        expect(cell).to_have_count(times)
        expect(page.get_by_text("Not done, in place of 74 beats/min")).to_have_count(1 - times)
    expect(page.get_by_text("All changes saved")).to_be_visible()


def test_what_is_said_above_the_box_in_use_does_not_move_it(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine", at="/entry?subject=02-0011&event=V3A&form=VS")
    page.set_viewport_size({"width": 1280, "height": 700})
    date, weight = (labelled(page, label) for label in ("Date of the readings", "Weight (kg)"))
    for text in ("in spring", ""):  # it comes, and it goes
        date.fill(text)
        weight.evaluate("box => box.focus({preventScroll: true})")
        stood = weight.evaluate("box => Math.round(box.getBoundingClientRect().top)")
        expect(page.get_by_text("'in spring' is not a date")).to_have_count(1 if text else 0)
        settled(page)
        assert abs(weight.evaluate("box => box.getBoundingClientRect().top") - stood) < 2  # px


def test_now_puts_the_time_of_the_site_into_the_row_that_is_due_or_into_another(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Tui Parata", at="/entry?subject=02-0012&event=M5&form=IM")  # of no other day
    now = page.get_by_role("button", name=re.compile("^Now: "))

    due = str(now.text_content()).partition("Now: ")[2].split()[0]
    now.dblclick()  # the second click is not meant for the row that is due then
    expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
    expect(now).not_to_contain_text(due)
    page.get_by_role("button", name="Now for another row").click()
    page.get_by_role("menuitem", name=re.compile("^PRE3 ")).click()
    expect(page.get_by_text("2 answers not saved yet")).to_be_visible()
    for code in (due, "PRE3"):
        row(page, code)
        search(page, "and column", "Clock time")
        press(page, "History, queries, missing")
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text(re.compile(r"Typed and not saved yet: \d\d:\d\d$"))).to_be_visible()
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_be_hidden()
    press(page, "Discard changes")
    expect(page.get_by_text("Nothing entered yet", exact=True)).to_be_visible()


def test_a_visit_opens_without_the_server_and_lies_open_for_who_comes_back_from_its_form(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Lea Fontaine", at="/subject?subject=02-0001")
    visit = page.locator("details").filter(has=page.get_by_text("V3A", exact=True))
    way = visit.get_by_role("link", name="Vital signs, height and weight")
    expect(way).to_be_hidden()
    visit.locator("summary").click()
    way.click()
    expect(page.get_by_role("heading", name="Vital signs, height and weight")).to_be_visible()
    page.get_by_role("link", name="← Subject 02-0001").click()
    expect(way).to_be_visible()
    expect(page.locator("details[open]")).to_have_count(1)


def test_what_is_said_of_an_answer_in_a_table_comes_and_goes_with_it(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine", at=WEIGHT)
    stands = page.get_by_role("region", name="Readings", exact=True).locator("tr").nth(1).locator("td").nth(4)
    before, said = stands.inner_text(), page.get_by_text("999 mmHg is not possible here")
    into_cell(page, "Readings", 0, 4, "999")
    expect(said).to_be_visible()
    into_cell(page, "Readings", 0, 4, before)
    expect(page.get_by_text("All changes saved")).to_be_visible()
    expect(said).to_be_hidden()


def test_a_discarded_answer_of_a_table_does_not_come_back(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Lea Fontaine", at=WEIGHT)
    table = page.get_by_role("region", name="Readings", exact=True)
    typed = table.locator("td").filter(has_text=re.compile("^119$"))
    table.hover(position=SYSTOLIC)  # a table drops what is marked if it did not see the pointer come
    settled(page)
    table.click(position=SYSTOLIC)
    expect(table.locator("td[aria-selected=true]")).to_be_attached()
    page.keyboard.type("119", delay=60)  # ms: a cell opens its box with the first key
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 answer not saved yet")).to_be_visible()
    expect(typed).to_have_count(1)
    press(page, "Discard changes")
    expect(typed).to_have_count(0)
    row(page, "1")  # nor with what is done next
    expect(page.get_by_role("button", name="History, queries, missing", exact=True)).to_be_visible()
    expect(typed).to_have_count(0)
    expect(page.get_by_text("All changes saved")).to_be_visible()
