"""The participants' tablet: a number is typed, what waits is answered and handed in, nothing of anybody is shown."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, go, labelled, settled
from tests.browser.hands import choose, enter, press
from tests.browser.line import line, session_of
from tests.browser.test_enrolment import CONSENT
from trialkit.access.identity import Identity
from trialkit.cli.demo import PASSWORD
from trialkit.conduct.capture import save_form
from trialkit.conduct.consent import obtain
from trialkit.conduct.enrol import enrol, next_free
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place


def _at_a_visit(trial: Trial, people: Callable[[str], Identity], number: str, visit: str = "V1") -> None:
    enrol(trial, people("ito"), "01", number)
    obtain(trial, people("ito"), Place("01", number, "LOG", 1, "IC", 1), CONSENT)
    begun = {"SVSTAT": "DONE", "SVTYP": "SCHEDULED", "SVDAT": "2025-02-18", "SVMODE": "ON SITE"}
    save_form(trial, people("noor"), Place("01", number, visit, 1, "SV", 1), begun, based_on=0)


def _opened(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity], number: str, title: str
) -> Page:
    """The tablet, with this questionnaire of a new participant at a first visit."""
    _at_a_visit(trial, people, number)
    page = signed_in(re.compile("tablet.*site 01"))
    enter(page, "Your participant number", number)
    press(page, "Go on")
    page.get_by_role("link", name=title).click()
    settled(page)
    return page


def test_a_whole_questionnaire_is_handed_in_without_being_asked_with_the_day_that_the_tablet_knows(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    form, number = trial.study_at("01").forms["PHQ"], next_free(trial, "01")
    page = _opened(signed_in, trial, people, number, form.form.title)
    for known in ("Date", "Seconds from the first to the last answer (s), optional"):
        expect(labelled(page, known)).to_have_count(0)
    answers = [rule for rule in form.items.values() if rule.hard and rule.hard.high is not None and not rule.when]
    assert len(answers) == 9
    for rule in answers:
        choose(page, rule.item.question or rule.item.label, "0")
    press(page, "Hand in")
    expect(page.get_by_text(f"Thank you: {form.form.title} is handed in.")).to_be_visible()
    record = trial.everything().record(f"record/{number}/V1.1/PHQ.1")
    assert record is not None
    assert record.status == "COMPLETE"
    assert record.values["PHQDAT"] == trial.now("01").date().isoformat()
    assert {record.values[rule.oid] for rule in answers} == {"0"}
    assert str(record.values["PHQSEC"]).isdecimal()  # the tablet takes the time and asks nobody for it


def test_a_participant_types_a_number_hands_a_questionnaire_in_and_cannot_open_it_again(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity], served: Served
) -> None:
    number = next_free(trial, "01")
    _at_a_visit(trial, people, number, "V2")
    page = signed_in(re.compile("tablet.*site 01"))
    expect(page.get_by_role("link", name="Home")).to_have_count(0)  # one page: nothing to choose from
    for name in ("Second factor", "Subjects", "Queries", "Change log"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    assert "01-0001" not in page.content()
    enter(page, "Your participant number", "01-09")
    press(page, "Go on")
    expect(page.get_by_text("There is no participant with this number here.")).to_be_visible()
    enter(page, "Your participant number", number)
    press(page, "Go on")
    expect(page.get_by_role("heading", name=f"Participant {number}")).to_be_visible()
    title = trial.study_at("01").forms["BLD"].form.title
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    settled(page)
    boxes = page.locator("[data-testid='stTextInput'] input")
    first = next(
        rule for rule in trial.study_at("01").forms["BLD"].items.values() if rule.hard and not rule.item.optional
    )
    there = page.url
    assert first.hard is not None
    scale = page.get_by_role("radiogroup", name=first.item.question or first.item.label, exact=True)
    expect(scale.get_by_role("radio")).to_have_text([str(one) for one in range(int(first.hard.high or 0) + 1)])
    scale.get_by_role("radio", name="2").click()
    settled(page)
    enter(page, "BPIC-SS total, optional", "many")
    press(page, "Hand in")
    expect(page.get_by_text(re.compile(r"\d+ questions are not answered yet\."))).to_be_visible()
    assert trial.everything().record(f"record/{number}/V2.1/BLD.1") is None
    press(page, "Hand in as it is")
    expect(page.get_by_text("An answer cannot be right")).to_be_visible()
    assert trial.everything().record(f"record/{number}/V2.1/BLD.1") is None
    enter(page, "BPIC-SS total, optional", "")
    expect(scale.get_by_role("radio", name="2")).to_be_checked()
    press(page, "Hand in as it is")
    expect(page.get_by_text(f"Thank you: {title} is handed in.")).to_be_visible()
    expect(page.get_by_role("link", name=title)).to_have_count(0)
    record = trial.everything().record(f"record/{number}/V2.1/BLD.1")
    assert record is not None
    assert (record.values[first.oid], record.status) == ("2", "TO COMPLETE")
    go(page, there)
    expect(page.get_by_text("This questionnaire does not wait for you.")).to_be_visible()
    expect(boxes).to_have_count(0)
    page.get_by_role("link", name="← Back").click()
    expect(page.get_by_text("Your participant number")).to_be_visible()
    with line(served.url, session_of(served.url, "eponorth", PASSWORD, "subject")) as at:
        for asked in ("entry", "subject", "subjects", "log", "queries"):
            assert at.open(asked, None, subject=number, event="V2", form="BLD").not_found


def test_an_answer_that_another_took_away_hinders_nobody_from_handing_in(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    form, number = trial.study_at("01").forms["PHQ"], next_free(trial, "01")
    page = _opened(signed_in, trial, people, number, form.form.title)
    first, *others = [rule for rule in form.items.values() if rule.hard and rule.hard.high == 3 and not rule.when]
    [how_hard] = [rule for rule in form.items.values() if rule.when and rule.compute is None]
    for rule, answer in [(first, "1"), *((one, "0") for one in others), (how_hard, "1"), (first, "0")]:
        choose(page, rule.item.question or rule.item.label, answer)
    press(page, "Hand in")
    expect(page.get_by_text(f"Thank you: {form.form.title} is handed in.")).to_be_visible()
    record = trial.everything().record(Place("01", number, "V1", 1, "PHQ"))
    assert record is not None
    assert record.status == "COMPLETE"
    assert how_hard.oid not in record.values


def test_who_hands_in_a_questionnaire_with_nothing_answered_sees_at_once_that_nothing_is(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    number = next_free(trial, "01")
    _at_a_visit(trial, people, number)
    page = signed_in(re.compile("tablet.*site 01"))
    page.set_viewport_size({"width": 820, "height": 1180})
    enter(page, "Your participant number", number)
    press(page, "Go on")
    page.get_by_role("link", name=trial.study_at("01").forms["PHQ"].form.title).click()
    settled(page)
    # the button stands at the lower edge of the screen
    page.get_by_role("button", name="Hand in", exact=True).evaluate("at => at.scrollIntoView({block: 'end'})")
    press(page, "Hand in")
    expect(page.get_by_text("Nothing is answered yet.")).to_be_in_viewport(ratio=1)
