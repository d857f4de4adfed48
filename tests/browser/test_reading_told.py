"""A reading of the infusion session: what is said beside its button, and which time it takes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.browser.conftest import go, labelled
from tests.browser.hands import enter, press
from trialkit.access.identity import Identity
from trialkit.conduct import infusion
from trialkit.conduct.capture import Act, save_form
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place

SYDNEY = ZoneInfo("Australia/Sydney")
SYSTOLIC, DIASTOLIC = "Systolic blood pressure (mmHg)", "Diastolic blood pressure (mmHg)"
SAID = "Saved, but not taken: Diastolic blood pressure."


def _stands(trial: Trial, form: str, event: str) -> Mapping[str, object]:
    record = trial.everything().record(Place("02", "02-0002", event, 1, form))
    return record.values if record else {}


def test_beside_the_button_stands_what_was_not_taken_and_the_cursor_is_in_its_box(
    signed_in: Callable[..., Page], trial: Trial
) -> None:
    page = signed_in("Tui Parata")
    page.set_viewport_size({"width": 820, "height": 1000})
    go(page, "/infusion?subject=02-0002&event=M2")
    row = page.get_by_text("Reading PRE", exact=False).first.inner_text().split()[1]
    # a box is known by its row: what was typed for one reading does not come back into the box of another
    expect(page.locator(f".st-key-at-IM-DIABP_VSORRES-{row} input")).to_be_editable()
    press(page, "Now")
    enter(page, SYSTOLIC, "128")
    enter(page, DIASTOLIC, "182")
    expect(page.get_by_text("4 answers not saved yet; kept safe until you save")).to_be_visible()
    press(page, "Save reading")
    expect(page.get_by_test_id("stToast").get_by_text(SAID)).to_be_in_viewport()
    expect(labelled(page, DIASTOLIC)).to_be_focused()
    beside = page.get_by_test_id("stHorizontalBlock").filter(has=page.get_by_role("button", name="Save reading"))
    expect(beside.get_by_text(SAID)).to_be_visible()
    expect(beside.get_by_text("1 answer not saved yet; kept safe until you save")).to_be_visible()
    expect(labelled(page, DIASTOLIC)).to_have_value("182")
    expect(page.get_by_text("1 of it not saved")).to_be_visible()
    stands = _stands(trial, "IM", "M2")
    assert stands[f"GRID[{row}].SYSBP_VSORRES"] == "128"
    assert f"GRID[{row}].DIABP_VSORRES" not in stands
    # pressed once more as it is, nothing of it is saved
    press(page, "Save reading")
    expect(beside.get_by_text("Not taken: Diastolic blood pressure.", exact=False)).to_be_visible()
    expect(beside.get_by_text(SAID)).to_have_count(0)
    expect(labelled(page, DIASTOLIC)).to_be_focused()
    # another answer is not what was refused
    enter(page, DIASTOLIC, "82")
    expect(beside.get_by_text("ot taken: Diastolic")).to_have_count(0)
    press(page, "Save reading")
    expect(page.get_by_text("Saved as version")).to_be_visible()
    assert _stands(trial, "IM", "M2")[f"GRID[{row}].DIABP_VSORRES"] == "82"


def test_now_is_shut_at_a_visit_of_another_day_before_and_after_it_began_and_on_both_pages(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    old = dt.datetime.now(SYDNEY) - dt.timedelta(days=3)
    told = Act(explanations=dict.fromkeys(trial.study_at("02").checks, "Rehearsal before the first subject"))
    dated = {"SVSTAT": "DONE", "SVDAT": f"{old:%Y-%m-%d}"}
    place = Place("02", "02-0002", "M6", 1, "SV")
    save_form(trial, people("lea"), place, dated, based_on=0, explanations=told.explanations)
    page = signed_in("Tui Parata")
    shut = page.get_by_text(f"This visit is of {old:%d-%b-%Y}: type the time at which it was read.")
    for begun in (False, True):
        if begun:
            visit = Place("02", "02-0002", "M6", 1)
            infusion.tap(trial, people("sami"), visit, "start", seen=(0, 0), rate="75", at=old, act=told)
        go(page, "/infusion?subject=02-0002&event=M6")
        expect(shut).to_be_visible()
        expect(page.get_by_role("button", name="Now", exact=True)).to_be_disabled()
        expect(labelled(page, SYSTOLIC)).to_be_editable()
        go(page, "/entry?subject=02-0002&event=M6&form=IM")
        expect(shut).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("^Now: PRE1 "))).to_be_disabled()
        expect(page.get_by_role("button", name="Now for another row")).to_be_disabled()
