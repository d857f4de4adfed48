"""What people do to a form without meaning harm: twice, in two windows, backwards, too much, in their own language."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.request import MOVED
from tests.browser.conftest import Served, go, labelled, settled
from tests.browser.hands import bring_back, choose, enter, into_cell, press, saved
from tests.browser.line import PRESSED, Touched, session_of
from tests.browser.line import line as socket
from trialkit.cli.demo import PASSWORD
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place

NOVEL = "It was the best of infusions, it was the worst of infusions. " * 400
SMILE = "Felt 😀 – “très bien”, مرحبا, 2 × 5 µg"


def line(number: int) -> str:
    """A new line of the log of deviations, for each test its own."""
    return f"/entry?subject=01-0012&event=LOG&form=DV&form_repeat={number}"


@pytest.fixture
def ana(signed_in: Callable[..., Page]) -> Page:
    return signed_in("Ana Souza")


def test_a_double_click_on_save_writes_once(ana: Page, trial: Trial) -> None:
    go(ana, line(31))
    enter(ana, "What happened", "The visit began half an hour late.")
    ana.get_by_role("button", name="Save", exact=True).dblclick()
    saved(ana)
    written = trial.everything().history(stream="record/01-0012/LOG.1/DV.31")
    assert [(entry.actor.id, entry.act) for entry in written] == [("ana", "record.save"), ("system", "record.compute")]


def _status(trial: Trial, stream: str) -> str | None:
    record = trial.everything().record(stream)
    return record.status if record else None


def test_a_click_right_after_a_save_does_not_reach_the_button_that_came_to_stand_there(
    served: Served, trial: Trial
) -> None:
    where = {"subject": "01-0012", "event": "LOG", "form": "CM", "form_repeat": "78"}
    stream = "record/01-0012/LOG.1/CM.78"
    with socket(served.url, session_of(served.url, "ana", PASSWORD, "coordinator")) as at:
        drawn = at.open("entry", None, **where)
        asked = {drawn.named("Any medication to record"): ("No",)}
        drawn = at.open("entry", asked, **where)
        drawn = at.open("entry", {**asked, drawn.named("Save"): PRESSED}, **where)
        drawn = at.open("entry", {drawn.named("Save and finish"): PRESSED}, **where)
        assert _status(trial, stream) == "INCOMPLETE"
        time.sleep(MOVED)
        at.open("entry", {drawn.named("Save and finish"): PRESSED}, **where)
    assert _status(trial, stream) == "COMPLETE"  # the control: a click that is meant does


def test_what_is_told_to_be_verified_is_whatever_click_came_while_a_mark_before_it_was_written(
    served: Served, trial: Trial
) -> None:
    place, where = Place("01", "01-0012", "V1", 1, "VS"), {"subject": "01-0012", "visit": "V1"}

    def marked() -> int:
        record = trial.everything().record(place)
        return sum(path.startswith("@verified[") for path in record.values) if record else 0

    marks = [marked()]
    with socket(served.url, session_of(served.url, "mo", PASSWORD, "monitor")) as at:
        for number, pause in enumerate((0.012, 0.016, 0.02, 0.024, 0.03, 0.04, 0.06, 2)):  # the last breaks nothing in
            drawn = at.open("review", {at.open("review", None, **where).named("Show"): "everything"}, **where)
            vitals = [row["Form"] for row in drawn.rows if "Form" in row].index("Vital signs, height and weight")
            ticked: Touched = {drawn.named("Show"): "everything", drawn.table("Forms to review"): [vitals]}
            drawn = at.open("review", ticked, **where)
            ticked[drawn.table("Values of Vital signs, height and weight")] = [number]
            drawn = at.open("review", ticked, **where)
            at.socket.send(at.message("review", {**ticked, drawn.named("Verify 1 ticked"): PRESSED}, **where))
            time.sleep(pause)  # into the middle of the run, wherever that is here
            at.socket.send(at.message("review", ticked, **where))
            told = b"1 value verified" in at.quiet()  # the click may have come before it
            marks.append(marked())
            assert marks[-1] > marks[-2] or not told
    assert marks[-1] > marks[0]


def test_the_query_that_was_ticked_stays_open_though_another_is_answered_meanwhile(served: Served) -> None:
    board = "Queries: state, age in days, place, question, whose turn it is, check"
    with (
        socket(served.url, session_of(served.url, "mo", PASSWORD, "monitor")) as mo,
        socket(served.url, session_of(served.url, "ana", PASSWORD, "coordinator")) as ana,
    ):
        drawn, hers = mo.open("queries"), ana.open("queries")
        asked = [(row["Subject"], row["Form"], row["Question"]) for row in drawn.rows]
        known = [(row["Subject"], row["Form"], row["Question"]) for row in hers.rows]
        first = next(one for one in asked if one in known)
        last = len(asked) - 1
        assert asked[last] != first
        ticked: Touched = {drawn.table(board): [last]}
        thread = mo.open("queries", ticked).words.partition("\n**What was said**")
        assert thread[1]
        opened = ana.open("queries", {hers.table(board): [known.index(first)]})
        ana.open("queries", {opened.named("Your words"): "Seen in the source.", opened.named("Answer"): PRESSED})
        after = mo.open("queries", ticked)
        assert after.rows[: len(asked)] != drawn.rows[: len(asked)]
        assert after.words.partition("\n**What was said**")[2] == thread[2]


def test_the_back_button_brings_back_what_was_typed(ana: Page) -> None:
    go(ana, "/entry?subject=01-0011&event=V3A&form=VS")
    enter(ana, "Weight (kg)", "70.7")
    ana.get_by_role("link", name="← Visit record").click()
    expect(ana.get_by_role("heading", name="Visit record")).to_be_visible()
    settled(ana)
    ana.go_back()
    expect(ana.get_by_role("heading", name="Vital signs, height and weight")).to_be_visible()
    settled(ana)
    expect(labelled(ana, "Weight (kg)")).to_have_value("70.7")
    expect(ana.get_by_text("1 answer not saved yet")).to_be_visible()
    press(ana, "Discard changes")


def test_a_pasted_novel_is_told_to_be_too_long_where_it_stands_and_is_not_cut(ana: Page) -> None:
    go(ana, line(33))
    enter(ana, "What happened", NOVEL)
    told = f"the text has {len(NOVEL)} characters, at most 500 are allowed (shorten it)"
    expect(ana.get_by_text(told)).to_be_visible()
    expect(labelled(ana, "What happened")).to_have_value(NOVEL)
    choose(ana, "Importance", "Not important")
    press(ana, "Save")
    expect(ana.get_by_text("Saved, but 1 answer was not taken: see below.")).to_be_visible()
    expect(labelled(ana, "What happened")).to_have_value(NOVEL)
    press(ana, "Discard changes")


def test_an_emoji_and_other_scripts_are_kept_as_they_were_typed(ana: Page, trial: Trial) -> None:
    go(ana, line(34))
    enter(ana, "What happened", SMILE)
    press(ana, "Save")
    saved(ana)
    expect(labelled(ana, "What happened")).to_have_value(SMILE)
    record = trial.everything().record("record/01-0012/LOG.1/DV.34")
    assert record is not None
    assert record.values["DVTERM"] == SMILE


def test_a_date_in_another_language_is_refused_at_its_place_with_a_date_that_would_do(ana: Page) -> None:
    go(ana, line(35))
    enter(ana, "Start", "12. März 2025")
    told = ana.get_by_text("'12. März 2025' is not a date (")
    expect(told).to_be_visible()
    box, words = labelled(ana, "Start"), told.bounding_box()
    at = box.bounding_box()
    assert at is not None
    assert words is not None
    assert 0 < words["y"] - at["y"] < 80  # right below the box
    expect(box).to_have_value("12. März 2025")
    enter(ana, "Start", "12 Mar 2025")
    expect(told).to_be_hidden()
    press(ana, "Discard changes")


def test_what_was_typed_into_a_table_is_there_when_one_comes_back_to_it(ana: Page) -> None:
    go(ana, "/entry?subject=01-0012&event=V3A&form=VS")
    into_cell(ana, "Readings", 0, 4, "131")
    expect(ana.get_by_text("1 answer not saved yet")).to_be_visible()
    ana.get_by_role("link", name="← Visit record").click()
    expect(ana.get_by_role("heading", name="Visit record")).to_be_visible()
    settled(ana)
    ana.get_by_role("link", name="Vital signs, height and weight →").click()
    expect(ana.get_by_role("heading", name="Vital signs, height and weight")).to_be_visible()
    settled(ana)
    expect(ana.get_by_text("1 answer not saved yet")).to_be_visible()
    expect(ana.locator("td[role=gridcell]").get_by_text("131")).to_be_attached()
    press(ana, "Discard changes")
    expect(ana.locator("td[role=gridcell]").get_by_text("131")).not_to_be_attached()
    bring_back(ana, "Bring back 1 discarded answer")
    expect(ana.locator("td[role=gridcell]").get_by_text("131")).to_be_attached()
    press(ana, "Discard changes")
    expect(ana.locator("td[role=gridcell]").get_by_text("131")).not_to_be_attached()
