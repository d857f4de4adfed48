"""The dosing day in a real browser: taps that write steps, a reading that makes the page shout, and the stop."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, go, labelled, settled
from tests.browser.hands import enter, press, search
from tests.browser.line import PRESSED, line, session_of
from trialkit.access.identity import Identity
from trialkit.cli.demo import PASSPHRASE, PASSWORD
from trialkit.cli.opening import opened
from trialkit.conduct import infusion
from trialkit.conduct.capture import Act, save_form
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place

SYDNEY = ZoneInfo("Australia/Sydney")
SESSION = "/infusion?subject=02-0001&event=V4"


def _stands(served: Served, form: str, event: str = "V4", subject: str = "02-0001") -> Mapping[str, object]:
    """What the store holds, read the ordinary way."""
    with opened(str(served.folder / "demo.db"), served.folder / "demo.keys", PASSPHRASE) as store:
        record = Trial(store).everything().record(Place("02", subject, event, 1, form))
        return dict(record.values) if record else {}


def _open_queries(served: Served) -> set[str]:
    with opened(str(served.folder / "demo.db"), served.folder / "demo.keys", PASSPHRASE) as store:
        found = Trial(store).everything().queries(subject="02-0001", status="OPEN")
        return {str(query.values["check"]) for query in found if query.place.event == "V4"}


def _pick(page: Page, row: str) -> None:
    """Choose the reading by its code, which stands before its name."""
    box = page.get_by_role("combobox", name="Reading", exact=True)
    box.click()
    box.fill(row)
    page.get_by_role("option", name=row).first.click()
    settled(page)


def _explain(page: Page) -> None:
    """What speaks against a tap is explained, each check in its own box, and the tap recorded."""
    expect(page.get_by_role("button", name="Record it with this", exact=True)).to_be_visible()
    for box in labelled(page, "If the pump was really touched: what happened").all():
        box.fill("The decision was made on paper")
        box.press("Tab")
        settled(page)
    press(page, "Record it with this")


def _choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()
    settled(page)


def _save(page: Page) -> None:
    press(page, "Save")
    expect(page.get_by_text("Saved as version")).to_be_visible()


def _reading(page: Page, row: str, **numbers: str) -> None:
    _pick(page, row)
    expect(page.get_by_text(f"Reading {row}", exact=True)).to_be_visible()
    press(page, "Now")
    expect(labelled(page, "Clock time")).not_to_have_value("")
    for label, text in zip(
        ("Systolic blood pressure (mmHg)", "Diastolic blood pressure (mmHg)", "Pulse (beats/min)",
         "Oxygen saturation (%)", "MOAA/S"), numbers.values(), strict=True,
    ):  # fmt: skip
        enter(page, label, text)


@pytest.fixture
def nurse(signed_in: Callable[..., Page]) -> Page:
    page = signed_in("Tui Parata")
    page.set_viewport_size({"width": 1280, "height": 900})
    return page


def _prepare(page: Page) -> None:
    """The visit has its date, and the decision to dose is made on the session's own page."""
    now = dt.datetime.now(SYDNEY)
    go(page, "/entry?subject=02-0001&event=V4&form=SV")
    _choose(page, "Done")
    enter(page, "Visit date", f"{now:%d-%b-%Y}")
    _save(page)
    go(page, "/entry?subject=02-0001&event=V4&form=PD")
    enter(page, "Time of the check", f"{now:%Y-%m-%dT%H:%M}")
    _save(page)
    page.get_by_role("link", name="← Infusion session").click()  # the form stays open behind it
    expect(page.get_by_text("Infusion without a prior GO decision.")).to_be_visible()
    page.get_by_text("Override and decision").click()
    _choose(page, "Go")
    _save_decision(page)


def _save_decision(page: Page) -> None:
    press(page, "Save")
    expect(page.get_by_text("Decision: Go")).to_be_visible()
    expect(page.get_by_text("This went wrong")).to_have_count(0)
    expect(page.get_by_text("Infusion without a prior GO decision.")).to_have_count(0)
    # no drug screen, no pregnancy test, no planned volume: it is said what is missing, and nothing is green
    expect(page.get_by_text("Hold for the drug screen: Every visible result negative or explained")).to_be_visible()
    expect(page.get_by_text("Infusion record: Planned volume")).to_be_visible()
    expect(page.get_by_text("Nothing stands against the dose.")).to_have_count(0)


def test_an_infusion_stopped_for_blood_pressure(nurse: Page, served: Served) -> None:
    page = nurse
    _prepare(page)
    # start: one tap, and a second one of the same double click does nothing
    page.get_by_role("button", name="Start 75 mL/h", exact=True).dblclick()
    expect(page.get_by_text("Running", exact=True)).to_be_visible()
    # nor does one on the button that came to stand there by then
    page.get_by_role("button", name="Change to 56.3 mL/h", exact=True).click()
    expect(page.get_by_text("The second of two taps within 2 seconds was not taken.")).to_be_visible()
    page.wait_for_timeout(2_000)
    page.get_by_role("button", name="Pause", exact=True).dblclick()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    page.wait_for_timeout(2_000)
    press(page, "Resume at 75 mL/h")
    expect(page.get_by_text("Running", exact=True)).to_be_visible()
    steps = _stands(served, "ECS")
    assert [steps.get(f"STEPS[{n}].ECSACT") for n in (1, 2, 3, 4)] == ["START", "PAUSE", "RESUME", None]
    record = _stands(served, "EC")
    assert (record["ECOCCUR"], record["ECSTTIM"]) == ("Y", steps["STEPS[1].ECSTIM"])
    assert record["ECSTDAT"] == f"{dt.datetime.now(SYDNEY):%Y-%m-%d}"
    # a reading that meets the stop rule: the page shouts before anything is saved
    _reading(page, "ADHOC.1", systolic="185", diastolic="112", pulse="101", oxygen="97", alert="4")
    shout = page.get_by_role("alert").filter(has_text="Stop rule, blood pressure at ADHOC.1")
    expect(shout).to_be_visible()
    expect(shout).to_contain_text("185/112")
    assert _stands(served, "IM") == {}
    press(page, "Save reading")
    expect(page.get_by_text("Saved as version")).to_be_visible()
    expect(shout).to_be_visible()
    assert _stands(served, "IM")["GRID[ADHOC.1].SYSBP_VSORRES"] == "185"
    assert _stands(served, "IM")["GRID[ADHOC.1].IMBY"] == "tui"
    assert "I09-BP" in _open_queries(served)
    page.wait_for_timeout(6_000)  # some volume runs in: the study counts it by tenths of a minute
    # stop: one tap, and the shouting ends because the study's check is satisfied
    press(page, "Stop for good")
    expect(page.get_by_text("Stopped for good", exact=True).first).to_be_visible()
    expect(shout).to_have_count(0)
    search(page, "Reason", "Blood pressure")
    search(page, "Ordered by", "Dr Sami Rahal")
    press(page, "Add")
    expect(page.get_by_text("say why and on whose order", exact=False)).to_have_count(1)  # the pause still owes it
    steps, record = _stands(served, "ECS"), _stands(served, "EC")
    assert (steps["STEPS[4].ECSACT"], steps["STEPS[4].ECSRATE"]) == ("STOP", "0")
    assert (steps["STEPS[4].ECSADJ"], steps["STEPS[4].ECSORD"]) == ("SBP/DBP", "sami")
    assert record["ECENTIM"] == steps["STEPS[4].ECSTIM"]
    assert float(str(record["ECVOLT"])) > 0
    assert "I09-BP" not in _open_queries(served)
    # a tap taken back is struck with its reason
    press(page, "Undo the last tap")
    search(page, "Why it is taken back", "Other, explained in words")
    enter(page, "In your own words", "The pump ran on, only the alarm was silenced")
    press(page, "Take it back")
    expect(page.get_by_text("Running", exact=True)).to_be_visible()
    steps, record = _stands(served, "ECS"), _stands(served, "EC")
    assert (steps["STEPS[4].ECSACT"], steps["STEPS[4].@inactive"]) == ("STOP", "Y")
    assert "ECENTIM" not in record
    expect(shout).to_be_visible()


def _inked(page: Page, name: str) -> tuple[str, str]:
    """The colours of a button's words and of its ground."""
    words = page.get_by_role("button", name=name, exact=True).get_by_text(name)
    return (
        str(words.evaluate("at => getComputedStyle(at).color")),
        str(words.evaluate("at => getComputedStyle(at.closest('button')).backgroundColor")),
    )


def test_a_stop_rule_shouts_before_the_visit_has_a_date_and_covers_nothing(nurse: Page, served: Served) -> None:
    page = nurse
    go(page, "/infusion?subject=02-0002&event=V9")
    expect(page.get_by_text("The date of this visit is not entered yet.")).to_be_visible()
    expect(page.get_by_text("Reading PRE1", exact=True)).to_be_visible()
    press(page, "Start 75 mL/h")
    why = labelled(page, "If the pump was really touched: what happened").first
    expect(why).to_be_in_viewport()
    expect(why).to_be_focused()
    _explain(page)
    # the row that is shown is the one that is due now, and stays it
    expect(page.get_by_text("Reading T5", exact=True)).to_be_visible()
    press(page, "Now")
    expect(page.get_by_text("Reading T5", exact=True)).to_be_visible()
    expect(labelled(page, "Clock time")).not_to_have_value("")
    expect(page.get_by_role("button", name="Save reading")).to_be_enabled()
    typed = labelled(page, "Systolic blood pressure (mmHg)")
    before = typed.bounding_box()
    enter(page, "Systolic blood pressure (mmHg)", "190")
    enter(page, "Diastolic blood pressure (mmHg)", "115")
    shout = page.get_by_role("alert").filter(has_text="Stop rule, blood pressure at T5. Stop the infusion now.")
    expect(shout).to_be_in_viewport()
    expect(shout).to_contain_text("02-0002")  # it stands where the page says whose session it is
    assert typed.bounding_box() == before  # nothing moves under the hand
    words, ground = _inked(page, "Stop now")
    assert (words, ground) == ("rgb(180, 35, 24)", "rgb(255, 255, 255)")
    assert _inked(page, "Stop for good") == ("rgb(255, 255, 255)", "rgb(180, 35, 24)")
    press(page, "Save reading")
    expect(shout).to_be_visible()
    assert "SVDAT" not in _stands(served, "SV", "V9", "02-0002")
    assert _stands(served, "IM", "V9", "02-0002")["GRID[T5].IMSTOP"] == "Y"
    # what is typed next does not lie under the alert
    expect(page.get_by_text("Reading T10", exact=True)).to_be_visible()
    box = labelled(page, "Systolic blood pressure (mmHg)")
    box.evaluate("at => at.scrollIntoView({block: 'start'})")
    above, below = shout.bounding_box(), box.bounding_box()
    assert above is not None
    assert below is not None
    assert below["y"] >= above["y"] + above["height"]
    # one tap dates the visit
    today = f"{dt.datetime.now(SYDNEY):%d-%b-%Y}"
    press(page, f"The visit is today, {today}")
    expect(page.get_by_text("The date of this visit is not entered yet.")).to_have_count(0)
    assert _stands(served, "SV", "V9", "02-0002")["SVDAT"] == f"{dt.datetime.now(SYDNEY):%Y-%m-%d}"
    expect(shout).to_be_visible()
    press(page, "Stop now")
    expect(page.get_by_text("Stopped for good", exact=True).first).to_be_visible()
    expect(shout).to_have_count(0)
    # what is not read any more needs one tap, and the next reading is one after the end
    expect(page.get_by_text("not read after the stop")).to_have_count(3)
    expect(page.get_by_text("Reading T40", exact=True)).to_be_visible()
    press(page, "T10, T20, T30: not done, infusion stopped early")
    stands = _stands(served, "IM", "V9", "02-0002")
    assert [stands[f"GRID[{row}].IMND"] for row in ("T10", "T20", "T30")] == ["Infusion stopped early"] * 3
    expect(page.get_by_text("not done: Infusion stopped early")).to_have_count(3)


def test_a_form_of_a_dosing_day_leads_back_to_its_session(nurse: Page) -> None:
    page = nurse
    go(page, "/infusion?subject=02-0001&event=V7")
    page.get_by_role("link", name="Open the form: Visit record").click()
    settled(page)
    page.get_by_role("link", name="← Infusion session").click()
    expect(page.get_by_role("heading", name="Infusion session 02-0001 · V7")).to_be_visible()


def test_a_stop_that_a_colleague_came_before_keeps_its_moment_and_is_recorded_at_it(
    served: Served, trial: Trial, people: Callable[[str], Identity]
) -> None:
    visit, now = Place("02", "02-0002", "M1", 1), dt.datetime.now(SYDNEY)
    sami, asked = people("sami"), {"subject": "02-0002", "event": "M1"}
    told = Act(explanations=dict.fromkeys(trial.study_at("02").checks, "Rehearsal before the first subject"))
    begun, pause = now - dt.timedelta(minutes=20), now - dt.timedelta(minutes=9)
    dated = {"SVSTAT": "DONE", "SVDAT": f"{begun:%Y-%m-%d}"}
    save_form(trial, people("lea"), replace(visit, form="SV"), dated, based_on=0, explanations=told.explanations)
    infusion.tap(trial, sami, visit, "start", seen=(0, 0), rate="75", at=begun, act=told)
    infusion.tap(trial, sami, visit, "pause", seen=(0, _version(trial, visit, "ECS")), at=pause, act=told)
    with line(served.url, session_of(served.url, "tui", PASSWORD, "nurse")) as at:
        stop = at.open("infusion", None, **asked).named("Stop for good")
        steps = replace(visit, form="ECS")
        save_form(trial, sami, steps, {"STEPS[2].ECSADJ": "SBP/DBP"}, based_on=_version(trial, visit, "ECS"))
        drawn = at.open("infusion", {stop: PRESSED}, **asked)
        tapped = dt.datetime.now(SYDNEY)
        assert "STEPS[3].ECSACT" not in _stands(served, "ECS", "M1", "02-0002")
        assert "Your tap keeps its moment" in drawn.words
        assert "Dr Sami Rahal, " in drawn.words
        assert "Blood pressure" in drawn.words
        time.sleep(max(0.0, 2 - (dt.datetime.now(SYDNEY) - tapped).total_seconds()))
        [record] = [one.button for one in drawn.elements if one.button.label.startswith("Record it at ")]
        drawn = at.open("infusion", {record.id: PRESSED}, **asked)
        assert not drawn.failures
        while "Record it with this" in drawn.text:
            texts = {one.text_area.id: "It was so" for one in drawn.elements if one.WhichOneof("type") == "text_area"}
            drawn = at.open("infusion", {**texts, drawn.named("Record it with this"): PRESSED}, **asked)
    stands = _stands(served, "ECS", "M1", "02-0002")
    assert stands["STEPS[3].ECSACT"] == "STOP"
    assert abs(dt.datetime.combine(tapped.date(), dt.time.fromisoformat(str(stands["STEPS[3].ECSTIM"])))
               - tapped.replace(tzinfo=None)) < dt.timedelta(seconds=2)  # fmt: skip
    assert record.label.endswith(str(stands["STEPS[3].ECSTIM"]).removesuffix(":00"))


def _version(trial: Trial, visit: Place, form: str) -> int:
    record = trial.everything().record(replace(visit, form=form))
    return record.version if record else 0


def test_a_reading_that_was_typed_is_back_after_signing_in_again(nurse: Page, signed_in: Callable[..., Page]) -> None:
    page = nurse
    address = "/infusion?subject=02-0002&event=M1"
    go(page, address)
    enter(page, "Systolic blood pressure (mmHg)", "133")
    expect(page.get_by_text("not saved yet; kept safe until you save")).to_be_visible()
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    again = signed_in("Tui Parata", at=address)
    expect(labelled(again, "Systolic blood pressure (mmHg)")).to_have_value("133")
    expect(again.get_by_text("did not save are back")).to_be_visible()


def test_the_menu_leads_to_what_is_under_way(nurse: Page) -> None:
    page = nurse
    page.get_by_role("link", name="Infusion session").click()
    settled(page)
    expect(page.get_by_role("heading", name="Infusion sessions")).to_be_visible()
    page.get_by_role("link", name="02-0002 · V7").click()
    settled(page)
    expect(page.get_by_role("heading", name="Infusion session 02-0002")).to_be_visible()
    page.get_by_role("link", name="Subject 02-0002").click()
    settled(page)
    page.get_by_text("V6", exact=True).click()
    page.get_by_test_id("stMain").get_by_role("link", name="Infusion session").filter(visible=True).click()
    expect(page.get_by_role("heading", name="Infusion session 02-0002 · V6")).to_be_visible()
