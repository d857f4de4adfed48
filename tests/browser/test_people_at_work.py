"""A piece of work of who has no other story: rater, pharmacist, physician, medical monitor, administrator.

`make film` keeps a picture of each step of the stories of all roles.
"""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import labelled, settled
from tests.browser.hands import choose, enter, press, saved, search, tick
from trialkit.access.identity import Identity
from trialkit.access.people import person
from trialkit.conduct.capture import save_form
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place


def _answer(page: Page, trial: Trial, form: str, answers: dict[str, str]) -> None:
    """Each answer by the words of its question, in the way that its kind is drawn."""
    for item, answer in answers.items():
        rule = trial.study_at("01").forms[form].items[item]
        label = rule.item.question or rule.item.label
        if rule.item.unit and not rule.item.question:
            label = f"{label} ({rule.item.unit})"
        few, many = (page.get_by_role(kind, name=label, exact=True) for kind in ("radiogroup", "combobox"))
        expect(few.or_(many).or_(labelled(page, label)).first).to_be_visible()  # the form is drawn
        if few.count():
            choose(page, label, answer)
        elif many.count():
            search(page, label, answer)
        else:
            enter(page, label, answer)


def _begun(trial: Trial, people: Callable[[str], Identity], subject: str, visit: str) -> None:
    """Ana begins a visit: from here on its forms are owed by who enters them."""
    save_form(trial, people("ana"), Place("01", subject, visit, 1, "SV"), {"SVSTAT": "DONE"}, based_on=0)


def test_ravi_rates_a_participant_of_another_clinic(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    _begun(trial, people, "01-0001", "F1")
    page = signed_in("Ravi Menon")
    page.get_by_role("link", name="01-0001 · F1 · MADRS").click()
    expect(page.get_by_role("heading", name="MADRS")).to_be_visible()
    settled(page)
    visit = {"RSDAT": "16 Jun 25", "RSTIM": "14:05", "MADRATER": "Ravi Menon", "MADRECL": "Past 7 days",
             "MADMODE": "Video"}  # fmt: skip
    scores = {f"MADRS{item}": "4" if item < 109 else "2" for item in range(101, 111)}
    _answer(page, trial, "MAD", visit | scores)
    expect(page.get_by_text("36 calculated")).to_be_visible()  # the total, before anything is saved
    press(page, "Save and finish")
    saved(page)
    record = trial.everything().record("record/01-0001/F1.1/MAD.1")
    assert record is not None
    assert record.values["MADRS111"] == "36"


def test_uma_notes_a_syringe_that_viktor_witnessed(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    _begun(trial, people, "01-0012", "V8")
    page = signed_in("Uma Rao")
    page.get_by_role("link", name="01-0012 · V8 · Dose preparation").click()
    expect(page.get_by_role("heading", name="Dose preparation")).to_be_visible()
    settled(page)
    _answer(page, trial, "DP", {
        "DPVIALN": "1", "DPVCONC": "10", "DPVOLA": "4.2", "DPTOTV": "50", "DPBY": "Uma Rao", "DPWIT": "Viktor Lund",
        "DPDTM": "2025-03-11 08:30", "DPBUD": "2025-03-12 08:00", "DPLABEL": "Yes",
    })  # fmt: skip
    press(page, "Save")
    saved(page)
    record = trial.everything().record("record/01-0012/V8.1/DP.1")
    assert record is not None
    assert (record.values["DPCONC"], record.values["DPWIT"]) == ("0.8400", "viktor")


def test_dr_pia_records_an_adverse_event(signed_in: Callable[..., Page], trial: Trial) -> None:
    page = signed_in("Dr Pia Berg", at="/entry?subject=01-0001&event=LOG&form=AE&new=1")
    _answer(page, trial, "AE", {
        "AEYN": "Yes", "AETERM": "Headache", "AESTDAT": "UN-JUN-2025", "AEONGO": "Yes",
        "AETOXGR": "Grade 2, moderate", "AEOUT": "Recovering", "AESER": "No",
        "AEACN": "Dose not changed", "AECONTRT": "No", "AEAESI": "None",
    })  # fmt: skip
    press(page, "Save and finish")
    saved(page)
    record = trial.everything().record("record/01-0001/LOG.1/AE.1")
    assert record is not None
    assert (record.values["AETERM"], record.values["AESTDAT"]) == ("Headache", "2025-06")


def test_dr_mia_closes_a_query_that_was_answered(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Dr Mia Roth")
    page.get_by_role("link", name="Queries answered").first.click()
    settled(page)
    before = int(page.get_by_role("radio", name="Answered").inner_text().rpartition(" ")[2])
    tick(page, "Queries: state, age in days, place, question, whose turn it is, check", 0)
    enter(page, "Your words", "The rise is that of the stopped infusion; it agrees with the source.")
    press(page, "Close")
    expect(page.get_by_role("radio", name=f"Answered · {before - 1}")).to_be_visible()
    expect(page.get_by_text("Tick a row to read its thread and act")).to_be_visible()  # no other query in its place


def test_adi_lets_a_new_nurse_in(signed_in: Callable[..., Page], trial: Trial) -> None:
    page = signed_in("Adi Okafor", at="/people")
    page.get_by_role("button", name="Add a person").click()
    settled(page)
    enter(page, "User id", "rosa")
    enter(page, "Printed name", "Rosa Klein")
    enter(page, "Organisation", "Clinic North")
    press(page, "Add")
    expect(page.get_by_text("Rosa Klein is added. Grant a role next.")).to_be_visible()
    press(page, "I have told them")
    expect(labelled(page, "Printed name")).to_have_count(0)  # it shut by itself
    enter(page, "Find", "rosa")
    tick(page, "People: state of the account, name, user id, organisation, roles", 0)
    page.get_by_role("button", name="Grant a role").click()
    settled(page)
    search(page, "Role", "study nurse")
    search(page, "Sites", "01 Clinic North, London")
    enter(page, "Last day (UTC)", "30-Feb-2027")
    expect(page.get_by_text("Type it like 12-Jan-2026.")).to_be_visible()
    expect(page.get_by_role("button", name="Grant", exact=True)).to_be_disabled()  # or it would last for ever
    enter(page, "Last day (UTC)", "")
    press(page, "Grant")
    expect(page.get_by_text("study nurse, site 01").first).to_be_attached()
    expect(page.get_by_text("Granted to Rosa Klein: study nurse")).to_be_visible()
    expect(page.get_by_role("button", name="Grant", exact=True)).to_have_count(0)  # nobody grants it twice
    granted = [(one.role, one.site) for one in person(trial.store, "rosa").grants]
    assert granted == [("nurse", "01")]
