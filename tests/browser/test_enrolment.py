"""A new subject: enrolled, consented on the version that was valid, and given a dose in spite of a hold."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import go, labelled, settled
from tests.browser.hands import choose, enter, press, saved, search
from trialkit.access.identity import Identity
from trialkit.conduct.capture import save_form
from trialkit.conduct.consent import obtain
from trialkit.conduct.enrol import enrol, next_free
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place

CONSENT = {
    "ICTYPE": "MAIN", "ICVER": "1.0", "ICVERDT": "2024-12-10", "ICLANG": "EN", "ICSTDAT": "2025-02-17",
    "ICSTTIM": "09:35", "ICOBTBY": "ito", "ICCOPY": "Y", "ICLARYN": "N", "ICWITYN": "N", "ICQTRY": "1",
    "ICQSCORE": "9", "ICSBIO": "GRANTED", "ICSREC": "GRANTED", "ICSDAT": "GRANTED", "ICSFUT": "GRANTED",
}  # fmt: skip


def sure(page: Page) -> None:
    """Say that the number is meant."""
    page.get_by_test_id("stCheckbox").click()
    settled(page)


def test_ana_enrols_a_subject_and_records_the_consent_that_a_wrong_version_would_not_have_been(
    signed_in: Callable[..., Page], trial: Trial
) -> None:
    page = signed_in("Ana Souza", at="/subjects")
    page.get_by_role("button", name="Enrol a subject").click()
    expect(labelled(page, "Subject number")).to_have_value(next_free(trial, "01"))
    enter(page, "Subject number", "02-0099")
    expect(page.get_by_text("02-0099 is a number of site 02, not of site 01")).to_be_visible()
    expect(page.get_by_test_id("stCheckbox")).to_have_count(0)
    expect(page.get_by_role("button", name="Enrol", exact=True)).to_be_disabled()
    enter(page, "Subject number", "01-0901")
    expect(page.get_by_text("01-0901 leaves out the")).to_be_visible()
    expect(page.get_by_role("button", name="Enrol", exact=True)).to_be_disabled()
    sure(page)
    press(page, "Enrol")
    expect(page.get_by_role("heading", name="Subject 01-0901")).to_be_visible()
    settled(page)
    expect(page.get_by_text("What kind", exact=True)).to_have_count(0)  # nothing pops open by itself
    go(page, "/entry?subject=01-0901&event=LOG&form=IC")
    choose(page, "Consent type", "First consent to the study")
    enter(page, "Version of the consent form", "2.0")
    enter(page, "Date of ethics approval of that version", "10 Dec 24")
    choose(page, "Language of the consent form", "English")
    press(page, "Save and finish")
    expect(page.get_by_text("Date signed is missing")).to_be_visible()
    expect(page.get_by_text("ICSTDAT")).to_have_count(0)
    page.get_by_role("link", name="Date signed", exact=True).last.click()
    expect(labelled(page, "Date signed")).to_be_in_viewport()
    enter(page, "Date signed", "17-FEB-2025")
    enter(page, "Time signed", "09:35")
    search(page, "Person obtaining consent", "Dr Kenji Ito")
    for question, answer in (
        ("Copy given to the subject", "Yes"), ("Signed by a representative", "No"), ("Impartial witness used", "No"),
    ):  # fmt: skip
        choose(page, question, answer)
    enter(page, "Comprehension test attempts", "1")
    enter(page, "Last comprehension score, of 10", "9")
    for what in ("biobank", "session recording", "data sharing", "future contact"):
        choose(page, f"Sub-consent to {what}", "Granted")
    press(page, "Save and finish")
    expect(
        page.get_by_text("Consent version 2.0 was not the one to sign on 17-Feb-2025: version 1.0 was in force")
    ).to_be_visible()
    expect(page.get_by_text("What you typed is still here.")).to_be_visible()
    enter(page, "Version of the consent form", "1.0")
    press(page, "Save and finish")
    saved(page)
    expect(page.get_by_text("· complete ·")).to_be_visible()
    record = trial.everything().record("record/01-0901/LOG.1/IC.1")
    assert record is not None
    assert (record.values["ICVER"], record.values["ICSTDTM"]) == ("1.0", "2025-02-17T09:35")


def _in_the_ward(trial: Trial, people: Callable[[str], Identity]) -> None:
    """01-0902 comes to a dosing day with a pressure of 152/94."""
    ito, noor = people("ito"), people("noor")
    enrol(trial, ito, "01", "01-0902")
    obtain(trial, ito, Place("01", "01-0902", "LOG", 1, "IC", 1), CONSENT)
    visit = {"SVSTAT": "DONE", "SVTYP": "SCHEDULED", "SVDAT": "2025-03-03", "SVMODE": "ON SITE"}
    save_form(trial, noor, Place("01", "01-0902", "V3", 1, "SV", 1), visit, based_on=0)
    reading = {"IMTIM": "09:25", "SYSBP_VSORRES": "152", "DIABP_VSORRES": "94", "PULSE_VSORRES": "72",
               "RESP_VSORRES": "14", "OXYSAT_VSORRES": "98", "IMMOAA": "5"}  # fmt: skip
    typed = {f"GRID[PRE1].{item}": value for item, value in reading.items()}
    save_form(trial, noor, Place("01", "01-0902", "V3", 1, "IM", 1), typed, based_on=0)


def test_dr_ito_overrides_a_hold_for_blood_pressure_and_must_say_why_and_who(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    _in_the_ward(trial, people)

    def asked(item: str) -> str:
        rule = trial.study_at("01").forms["PD"].items[item].item
        return rule.question or rule.label

    page = signed_in("Dr Kenji Ito", at="/entry?subject=01-0902&event=V3&form=PD")
    expect(page.get_by_text("152 mmHg")).to_be_visible()
    expect(page.get_by_text("Hold: BP;").first).to_be_visible()
    enter(page, asked("PDDTM"), "2025-03-03T09:40")
    choose(page, asked("PDGO"), "Go")
    press(page, "Save")
    checks = trial.study_at("01").study.forms["PD"].checks
    told = checks["P01"].message.partition("{")[0].strip()
    expect(page.get_by_text(told).last).to_be_visible()
    assert trial.everything().record("record/01-0902/V3.1/PD.1") is None
    against = page.get_by_text("This breaks a rule of the protocol.")
    expect(against).to_be_visible()
    choose(page, asked("PDOVR"), "Yes")
    expect(against).to_be_hidden()  # it does not, with an override
    enter(page, asked("PDOVRRS"), "He feels well.")
    search(page, asked("PDOVRBY"), "Dr Kenji Ito")
    press(page, "Save")
    told = checks["P03"].message.partition("{")[0].strip()
    expect(page.get_by_text(told).last).to_be_visible()
    enter(page, asked("PDOVRRS"), "White-coat rise, free of symptoms, 148/90 at home this morning.")
    press(page, "Save")
    saved(page)
    record = trial.everything().record("record/01-0902/V3.1/PD.1")
    assert record is not None
    assert [record.values[item] for item in ("PDGO", "PDHBP", "PDOVR", "PDOVRBY")] == ["GO", "Y", "Y", "ito"]
