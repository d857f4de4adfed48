"""An alert is told to who raised it, and that it was acknowledged to who did."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import settled
from tests.browser.hands import enter, press

ALERT = "Suicidal thoughts reported (MADRS item 10 is 5)."


def test_ravi_is_told_of_the_alert_that_his_save_raised_and_dr_ito_that_it_is_acknowledged(
    signed_in: Callable[..., Page],
) -> None:
    ravi = signed_in("Ravi Menon", at="/entry?subject=01-0012&event=V12&form=MAD")
    enter(ravi, "MADRS item 10", "5")
    press(ravi, "Save")
    expect(ravi.get_by_role("alert").filter(has_text=f"Safety alert: {ALERT}")).to_be_visible()
    expect(ravi.get_by_text("Tell the investigator now")).to_be_visible()
    ito = signed_in("Dr Kenji Ito", at="/safety")
    card = ito.get_by_test_id("stForm").first
    card.get_by_label("What was done").fill("Spoke with the participant, who is safe.")
    card.get_by_role("button", name="Acknowledge").click()
    settled(ito)
    expect(ito.get_by_text("Acknowledged; your words are on record")).to_be_visible()
    expect(ito.get_by_text("Spoke with the participant, who is safe.")).to_be_visible()
