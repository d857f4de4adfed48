"""Answers to questions that another answer has taken away: kept while they are typed, cleared where they stand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import go, labelled, settled
from tests.browser.hands import because, choose, enter, press, saved
from tests.browser.test_enrolment import CONSENT
from trialkit.access.identity import Identity
from trialkit.conduct.capture import save_form
from trialkit.conduct.consent import obtain
from trialkit.conduct.enrol import enrol, next_free
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place

BEGUN = {"SVSTAT": "DONE", "SVTYP": "SCHEDULED"}
WHEN = {"SVDAT": "2025-02-18", "SVMODE": "ON SITE"}


@pytest.fixture
def ana(signed_in: Callable[..., Page]) -> Page:
    return signed_in("Ana Souza")


def _open(ana: Page, trial: Trial, people: Callable[[str], Identity], visit: str, **more: str) -> Place:
    number = next_free(trial, "01")
    enrol(trial, people("ito"), "01", number)
    obtain(trial, people("ito"), Place("01", number, "LOG", 1, "IC", 1), CONSENT)
    place = Place("01", number, visit, 1, "SV")
    save_form(trial, people("noor"), place, BEGUN | more, based_on=0)
    go(ana, f"/entry?subject={number}&event={visit}&form=SV")
    return place


def test_what_ana_typed_is_back_when_she_set_a_mistap_right_though_she_pressed_save_in_between(
    ana: Page, trial: Trial, people: Callable[[str], Identity]
) -> None:
    place = _open(ana, trial, people, "V1")
    enter(ana, "Visit date", "18-Feb-2025")
    choose(ana, "Contact mode", "On site")
    choose(ana, "Visit status", "Missed")
    press(ana, "Save")
    expect(ana.get_by_text("Why is this answer changed?")).to_be_visible()
    choose(ana, "Visit status", "Done")
    expect(labelled(ana, "Visit date")).to_have_value("18-Feb-2025")
    expect(ana.get_by_text("2 answers not saved yet")).to_be_visible()
    ana.reload()
    settled(ana)
    expect(labelled(ana, "Visit date")).to_have_value("18-Feb-2025")
    record = trial.everything().record(place)
    assert record is not None
    assert "SVDAT" not in record.values


def test_what_stands_and_is_not_asked_any_more_can_be_cleared_where_it_stands(
    ana: Page, trial: Trial, people: Callable[[str], Identity]
) -> None:
    place = _open(ana, trial, people, "V2", **WHEN)
    choose(ana, "Visit status", "Missed")
    expect(labelled(ana, "Visit date")).to_have_value("18-Feb-2025")
    expect(ana.get_by_text("Visit date is not asked here").first).to_be_visible()
    enter(ana, "Visit date", "")
    choose(ana, "Contact mode", "On site")  # pressed again it is no answer
    expect(ana.get_by_text("is not asked here")).to_have_count(0)
    enter(ana, "Reason missed or out of window", "She was ill.")
    press(ana, "Save")
    because(ana, trial.study_at("01").study.file.change_reasons["SOURCE"], "She rang: the visit was missed")
    saved(ana)
    record = trial.everything().record(place)
    assert record is not None
    assert record.values["SVSTAT"] == "MISSED"
    assert not {"SVDAT", "SVMODE"} & record.values.keys()
    expect(labelled(ana, "Visit date")).to_have_count(0)
