"""What was discarded by a slip comes back, and never goes over what a colleague saved meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import labelled
from tests.browser.hands import bring_back, choose, enter, press, saved
from tests.browser.test_unsaved import FOUND, LATE, line
from trialkit.access.identity import Identity
from trialkit.conduct import review
from trialkit.conduct.capture import save_form
from trialkit.conduct.trial import Trial


def test_what_was_discarded_by_a_slip_can_be_brought_back_and_saved(
    signed_in: Callable[..., Page], trial: Trial
) -> None:
    place, address = line(trial)
    ana = signed_in("Ana Souza", at=address)
    enter(ana, "What happened", "The sleep diary was late.")
    enter(ana, "Start", "4 Mar 2025")
    choose(ana, "Importance", "Not important")
    press(ana, "Discard changes")
    expect(labelled(ana, "What happened")).to_have_value("")
    bring_back(ana, "Bring back 3 discarded answers")
    expect(labelled(ana, "What happened")).to_have_value("The sleep diary was late.")
    expect(ana.get_by_text("3 answers not saved yet")).to_be_visible()
    press(ana, "Save")
    saved(ana)
    record = trial.everything().record(place)
    assert record is not None
    answers = {path: record.values[path] for path in LATE}
    assert answers == {**LATE, "DVTERM": "The sleep diary was late.", "DVSTDAT": "2025-03-04"}
    expect(ana.get_by_role("button", name=re.compile("^Bring back"))).to_have_count(0)


def test_what_was_discarded_does_not_go_over_what_a_colleague_saved_since(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place, address = line(trial)
    seen = save_form(trial, people("ana"), place, LATE, based_on=0).version
    ana = signed_in("Ana Souza", at=address)
    enter(ana, "What happened", "The sleep diary was late.")
    press(ana, "Discard changes")
    save_form(trial, people("ito"), place, {"DVTERM": "The diary came late."}, based_on=seen, reason=FOUND)
    bring_back(ana, "Bring back 1 discarded answer")
    press(ana, "Save")
    expect(ana.get_by_text("saved meanwhile: The diary came late.")).to_be_visible()
    expect(ana.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    press(ana, "Discard changes")


def test_what_was_discarded_in_a_line_that_a_colleague_began_meanwhile_is_a_line_of_its_own(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place, address = line(trial)
    ana = signed_in("Ana Souza", at=address)
    enter(ana, "What happened", "The sleep diary was late.")
    save_form(trial, people("ito"), place, {"DVCAT": "IMPORTANT"}, based_on=0)
    press(ana, "Discard changes")
    expect(ana.get_by_role("radio", name="Important", exact=True)).to_be_checked()
    bring_back(ana, "Bring back 1 discarded answer")
    press(ana, "Go on in a new line")
    expect(ana.get_by_role("heading", name=f"Protocol deviations {place.form_repeat + 1}")).to_be_visible()
    expect(labelled(ana, "What happened")).to_have_value("The sleep diary was late.")
    press(ana, "Discard changes")


def test_a_save_that_is_refused_takes_away_what_was_told_of_the_one_before(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place, address = line(trial)
    ana = signed_in("Ana Souza", at=address)
    enter(ana, "What happened", "The sleep diary was late.")
    press(ana, "Save")
    saved(ana)
    stands = trial.everything().record(place)
    assert stands is not None
    review.freeze(trial, people("dee"), [review.Shown(place, stands.version)])
    enter(ana, "Check that proposed it, optional", "G06")
    press(ana, "Save")
    expect(ana.get_by_text("takes no changes").first).to_be_visible()
    expect(ana.get_by_text("Saved as version")).to_have_count(0)
    expect(labelled(ana, "Check that proposed it, optional")).to_have_value("G06")
