"""A version of the study that comes into force while a form is open: what was asked otherwise is told, never moved."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Below, Served, labelled, serving, settled
from tests.browser.hands import enter, press
from tests.browser.test_infusion import _pick
from tests.browser.test_questionnaire import _at_a_visit
from trialkit.conduct import amend
from trialkit.conduct.capture import save_form
from trialkit.conduct.enrol import next_free
from trialkit.ledger.entry import Place
from trialkit.study.loading import load_study

FORMS = Path(__file__).parents[2] / "forms" / "ket_trd_301"
DONE = {"SVSTAT": "DONE", "SVTYP": "SCHEDULED", "SVDAT": "2025-02-25", "SVMODE": "ON SITE"}
FIVE = "        label: 5 minutes from start\n        minute: 5"
TOLD = "What you typed is no answer to its questions:"
CAME = "came into force here while this form was open"


@pytest.fixture
def own(tmp_path: Path, played: Path) -> Iterator[tuple[Below, Served]]:
    """A demo of its own, and its server: a version that is published stays in force."""
    folder = tmp_path / "demo"
    shutil.copytree(played, folder)
    below = Below(folder)
    with serving(folder) as served:
        yield below, served
    below.shut()


def _publish(tmp_path: Path, below: Below, form: str, was: str, now: str, site: str) -> None:
    folder = tmp_path / "amended"
    shutil.copytree(FORMS, folder)
    for name, old, new in ((f"{form}.yaml", was, now), ("study.yaml", 'version: "1.0"', 'version: "9.9"')):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    amend.publish(below.trial, below.people("dee"), load_study(folder), site)


def test_what_lea_typed_to_a_question_that_is_asked_otherwise_is_told_until_she_has_read_it(
    own: tuple[Below, Served], signed_in: Callable[..., Page], tmp_path: Path
) -> None:
    below, served = own
    place = Place("02", "02-0002", "V3A", 1, "VS")
    lea = signed_in("Lea Fontaine", served, at="/entry?subject=02-0002&event=V3A&form=VS")
    enter(lea, "Weight (kg)", "81.5")
    enter(lea, "Date of the readings", "04-Mar-2025")
    _publish(tmp_path, below, "vs", "label: Weight\n", "label: Weight after the meal\n", "02")
    press(lea, "Save")
    expect(lea.get_by_text(CAME)).to_be_visible()
    assert below.trial.everything().record(place) is None
    lea.reload()
    settled(lea)
    expect(lea.get_by_text(TOLD)).to_be_visible()
    expect(lea.get_by_text("Weight: 81.5")).to_be_visible()
    expect(labelled(lea, "Weight after the meal (kg)")).to_have_value("")
    press(lea, "Save")
    expect(lea.get_by_text(re.compile(r"Saved as version \d"))).to_be_visible()
    record = below.trial.everything().record(place)
    assert record is not None
    assert "WEIGHT_VSORRES" not in record.values
    expect(lea.get_by_text(TOLD)).to_be_visible()
    press(lea, "I have read it")
    expect(lea.get_by_text(TOLD)).not_to_be_visible()
    lea.reload()
    settled(lea)
    expect(lea.get_by_text(TOLD)).not_to_be_visible()


def test_an_answer_at_the_tablet_is_none_to_a_question_that_came_in_its_place(
    own: tuple[Below, Served], signed_in: Callable[..., Page], tmp_path: Path
) -> None:
    below, served = own
    trial, visit = below.trial, Place("01", next_free(below.trial, "01"), "V4", 1, "SV", 1)
    _at_a_visit(trial, below.people, visit.subject)
    told = dict.fromkeys(trial.study_at("01").checks, "Rehearsal before the first subject")
    save_form(trial, below.people("noor"), visit, DONE, based_on=0, explanations=told)
    tablet = signed_in(re.compile("tablet.*site 01"), served)
    enter(tablet, "Your participant number", visit.subject)
    press(tablet, "Go on")
    tablet.get_by_role("link", name=re.compile("Set and setting")).click()
    settled(tablet)
    for question in ("How much do you expect", "How anxious", "How much do you trust"):
        _scale(tablet, question).get_by_role("radio", name="7", exact=True).click()
        settled(tablet)
    _publish(tmp_path, below, "ss", "How anxious are you now", "How calm are you now", "01")
    press(tablet, "Hand in")
    expect(tablet.get_by_text(TOLD)).to_be_visible()
    expect(_scale(tablet, "How calm").get_by_role("radio", checked=True)).to_have_count(0)
    press(tablet, "Hand in")
    press(tablet, "Hand in as it is")
    expect(tablet.get_by_text(re.compile("handed in"))).to_be_visible()
    record = trial.everything().record(replace(visit, form="SS"))
    assert record is not None
    assert {"SSEXPC", "SSTRUST"} <= record.values.keys()
    assert "SSANX" not in record.values


def _scale(tablet: Page, question: str) -> Locator:
    return tablet.get_by_role("radiogroup", name=re.compile(question))


def test_a_reading_that_is_asked_for_at_another_minute_now_is_told_when_one_beside_it_is_saved(
    own: tuple[Below, Served], signed_in: Callable[..., Page], tmp_path: Path
) -> None:
    below, served = own
    tui = signed_in("Tui Parata", served, at="/infusion?subject=02-0002&event=M1")
    for row, pulse in (("T5", "88"), ("PRE2", "77")):
        _pick(tui, row)
        enter(tui, "Pulse (beats/min)", pulse)
        press(tui, "Now")
    _publish(tmp_path, below, "im", FIVE, FIVE.replace("5", "8"), "02")
    press(tui, "Save reading")
    expect(tui.get_by_text("Saved as version")).to_be_visible()
    expect(tui.get_by_text(TOLD)).to_contain_text("row T5 (5 minutes from start), Pulse: 88")
    record = below.trial.everything().record(Place("02", "02-0002", "M1", 1, "IM"))
    assert record is not None
    assert record.values["GRID[PRE2].PULSE_VSORRES"] == "77"
    _pick(tui, "T5")
    expect(labelled(tui, "Pulse (beats/min)")).to_have_value("")
