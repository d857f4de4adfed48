"""A form that Dee locks: asked once, closed for who types in it, and no page offers what it does not take."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import go, labelled
from tests.browser.hands import about, enter, press, search, tick
from trialkit.access.identity import Identity
from trialkit.conduct import review
from trialkit.conduct.capture import save_form
from trialkit.conduct.trial import Trial
from trialkit.conduct.worklist import works
from trialkit.ledger.entry import Place


def _late(trial: Trial, people: Callable[[str], Identity], place: Place) -> int:
    """Ana has recorded a late blood sample there; the version of the form."""
    typed = {"DVTERM": "A blood sample late.", "DVDECOD": "PROCEDURE MISSED", "DVCAT": "NOT IMPORTANT",
             "DVSTDAT": "2025-03-03"}  # fmt: skip
    return save_form(trial, people("ana"), place, typed, based_on=0, submit=True).version


def test_a_form_that_dee_locks_while_ana_types_refuses_the_save_and_keeps_the_text(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place = Place("01", "01-0011", "LOG", 1, "DV", 51)
    version = _late(trial, people, place)
    page = signed_in("Ana Souza", at="/entry?subject=01-0011&event=LOG&form=DV&form_repeat=51")
    enter(page, "What happened", "A blood sample a day late.")
    review.lock(trial, people("dee"), [review.Shown(place, version)])
    press(page, "Save")
    expect(page.get_by_text("is locked").first).to_be_visible()
    expect(labelled(page, "What happened")).to_have_value("A blood sample a day late.")
    go(page, "/entry?subject=01-0011&event=LOG&form=DV&form_repeat=51")
    expect(page.get_by_text("This form is locked: it takes no changes.")).to_be_visible()
    expect(labelled(page, "What happened")).to_be_disabled()
    record = trial.everything().record(place)
    assert record is not None
    assert record.values["DVTERM"] == "A blood sample late."


def test_dee_is_asked_once_before_she_locks_and_is_not_offered_to_lock_what_is_locked(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place = Place("01", "01-0012", "LOG", 1, "DV", 52)
    version = _late(trial, people, place)
    page = signed_in("Dee Larsen", at="/review?subject=01-0012")
    search(page, "Form", trial.study_at("01").forms["DV"].form.title)
    lines = [one for one in works(trial, people("dee"), "01-0012", form="DV") if not one.struck]
    tick(page, "Forms to review", next(n for n, one in enumerate(lines) if one.place == place))
    press(page, "Lock 1 form")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Two data managers are needed to unlock.")).to_be_visible()
    expect(dialog.get_by_text("Not signed: 1. Not all verified: 1.")).to_be_visible()
    assert trial.everything().record(place).version == version  # type: ignore[union-attr]
    press(page, "Lock 1 form now")
    expect(page.get_by_text("1 form locked")).to_be_visible()
    assert trial.everything().record(place).values["@locked"] == "Y"  # type: ignore[union-attr]

    search(page, "Show", "everything")
    tick(page, "Forms to review", [one.place for one in works(trial, people("dee"), "01-0012", form="DV")].index(place))
    expect(page.get_by_text("A locked form takes no more marks and no new query.")).to_be_visible()
    expect(page.get_by_text("Unlock, by two persons.")).to_be_visible()
    expect(page.get_by_role("button", name="Mark")).to_have_count(0)
    expect(page.get_by_text("Open the form, ask a query")).to_have_count(0)
    go(page, "/entry?subject=01-0012&event=LOG&form=DV&form_repeat=52")
    expect(about(page, "What happened").get_by_text("No queries")).to_be_visible()
    expect(page.get_by_label("Ask about this answer")).to_have_count(0)
