"""A form without tables is drawn in parts: what comes over the line for an answer, and what must not get lost by it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from apps.form.parts import MOMENT, OF_A_PAGE
from tests.browser.conftest import Served
from tests.browser.line import PRESSED, Drawn, Line, session_of
from tests.browser.line import line as socket
from trialkit.cli.demo import PASSWORD
from trialkit.conduct.trial import Trial

DOSE = {"subject": "02-0012", "event": "V3", "form": "EC"}
DOSE_OF_HERS = {"subject": "01-0012", "event": "V3", "form": "EC"}
OTHERS = {"Kit scanned", "End date", "Completion", "Infusion nurse"}
EARLY, REASON = ("Stopped early",), "Reason not complete"


def _deviation(number: int) -> dict[str, str]:
    """A new line of the log of deviations, for each test its own."""
    return {"subject": "01-0012", "event": "LOG", "form": "DV", "form_repeat": str(number)}


@pytest.fixture
def tui(served: Served) -> Iterator[Line]:
    with socket(served.url, session_of(served.url, "tui", PASSWORD, "nurse")) as at:
        yield at
        drawn = at.open("entry", **DOSE)
        if "Discard changes" in drawn.labels:
            at.open("entry", {drawn.named("Discard changes"): PRESSED}, **DOSE)


@pytest.fixture
def ana(served: Served) -> Iterator[Line]:
    with socket(served.url, session_of(served.url, "ana", PASSWORD, "coordinator")) as at:
        yield at


def _open(at: Line, where: dict[str, str]) -> Drawn:
    """The form, looked at for so long that it is surely drawn."""
    drawn = at.open("entry", **where)
    time.sleep(OF_A_PAGE)
    return drawn


def test_an_answer_brings_its_own_question_and_the_buttons_and_no_other(tui: Line) -> None:
    whole = _open(tui, DOSE)
    assert whole.labels >= OTHERS | {"Pump", "Save"}  # the control: the page draws them all
    drawn = tui.open("entry", {whole.named("Pump"): "PUMP 71"}, whole.part("Pump"), **DOSE)
    assert drawn.labels >= {"Pump", "Save", "Discard changes"}
    assert not drawn.labels & OTHERS
    assert "1 answer not saved yet" in drawn.words
    assert len(drawn.elements) < len(whole.elements) / 4


def test_an_answer_brings_what_follows_from_it_and_takes_it_away_again(tui: Line) -> None:
    whole = _open(tui, DOSE)
    assert REASON not in whole.labels
    part = whole.part("Completion")
    drawn = tui.open("entry", {whole.named("Completion"): EARLY}, part, **DOSE)
    assert REASON in drawn.labels
    drawn = tui.open("entry", {whole.named("Completion"): ("Completed",)}, part, **DOSE)
    assert REASON not in drawn.labels
    assert "All changes saved" in drawn.words


def test_what_an_answer_changed_is_drawn_again_with_the_next_where_that_follows_at_once(tui: Line) -> None:
    whole = _open(tui, DOSE)
    tui.open("entry", {whole.named("Completion"): EARLY}, whole.part("Completion"), **DOSE)
    at_once = tui.open("entry", {whole.named("Pump"): "PUMP 72"}, whole.part("Pump"), **DOSE)
    assert REASON in at_once.labels
    time.sleep(MOMENT)
    later = tui.open("entry", {whole.named("Pump"): "PUMP 73"}, whole.part("Pump"), **DOSE)
    assert REASON not in later.labels  # the control: it is drawn, and nothing changed it
    assert "Pump" in later.labels


def test_an_answer_right_after_the_page_was_drawn_has_all_of_it_drawn_again(tui: Line) -> None:
    whole = tui.open("entry", **DOSE)
    drawn = tui.open("entry", {whole.named("Pump"): "PUMP 74"}, whole.part("Pump"), **DOSE)
    assert drawn.labels >= OTHERS | {"Pump", "Save"}


def test_a_page_that_is_asked_for_together_with_an_answer_is_drawn(tui: Line) -> None:
    whole = _open(tui, DOSE)
    tui.socket.send(tui.message("entry", {whole.named("Pump"): "PUMP 75"}, whole.part("Pump"), **DOSE))
    drawn = tui.open("entry", {whole.named("Pump"): "PUMP 75"}, **DOSE)
    assert drawn.labels >= OTHERS | {"Pump", "Save"}
    assert "1 answer not saved yet" in drawn.words


def test_a_click_on_save_that_comes_together_with_an_answer_is_done(ana: Line, trial: Trial) -> None:
    where = _deviation(36)
    whole = _open(ana, where)
    typed = {whole.named("What happened"): "The pump was changed."}
    ana.socket.send(ana.message("entry", typed, whole.part("What happened"), **where))
    ana.socket.send(ana.message("entry", {**typed, whole.named("Save"): PRESSED}, whole.part("Save"), **where))
    for _ in range(4):  # the ends of what was asked for, one after the other
        if "Saved as version" in ana.drawn(of_a_part=True).text:
            break
    record = trial.everything().record("record/01-0012/LOG.1/DV.36")
    assert record is not None
    assert record.values["DVTERM"] == "The pump was changed."


def test_a_save_brings_what_it_changed_and_says_so_without_the_page(ana: Line) -> None:
    where = _deviation(37)
    whole = _open(ana, where)
    typed = {whole.named("What happened"): "The scale was not levelled."}
    drawn = ana.open("entry", typed, whole.part("What happened"), **where)
    drawn = ana.open("entry", {**typed, drawn.named("Save"): PRESSED}, drawn.part("Save"), **where)
    assert "Saved as version" in drawn.words
    assert "incomplete · version" in drawn.words  # at the head, too
    assert "Save and finish" in drawn.labels
    assert "Importance" not in drawn.labels
    assert drawn.pages == ()


def test_who_finishes_a_form_with_answers_missing_is_told_where_they_pressed_that_these_are_asked_for(
    ana: Line,
) -> None:
    where = _deviation(38)
    whole = _open(ana, where)
    typed = {whole.named("What happened"): "The clock of the pump was slow."}
    drawn = ana.open("entry", typed, whole.part("What happened"), **where)
    drawn = ana.open(
        "entry", {**typed, drawn.named("Save and finish"): PRESSED}, drawn.part("Save and finish"), **where
    )
    assert "Saved as version" in drawn.words
    assert re.search(r"\d+ queries were opened on this form\.", drawn.words)


def test_who_only_reads_a_form_and_has_no_buttons_opens_what_there_is_to_say_about_an_answer(served: Served) -> None:
    with socket(served.url, session_of(served.url, "dee", PASSWORD, "datamanager")) as at:
        whole = _open(at, DOSE)
        assert "Save" not in whole.labels
        pump = next(path for path in whole.signs if path.endswith("PUMP"))
        drawn = at.open("entry", whole.pressed(pump), whole.part("About"), **DOSE)
        assert "**History**" in drawn.words


def test_only_a_sign_that_is_on_the_form_opens_what_there_is_to_say(ana: Line) -> None:
    whole = _open(ana, DOSE_OF_HERS)
    listed = ana.open("entry", whole.pressed(whole.signs[0]), whole.part("About"), **DOSE_OF_HERS)
    assert "**History**" in listed.words  # the control
    for forged in (
        "ECDOSE",
        "@verified[EC]",
        "NO_SUCH",
        "../V1.1/VS.1",
        "",
        "<b>x</b>",
        "x" * 9_999,
    ):  # ECDOSE is masked
        drawn = ana.open("entry", whole.pressed(forged), whole.part("About"), **DOSE_OF_HERS)
        assert "**History**" not in drawn.words
        assert "This went wrong" not in drawn.words
        assert not drawn.failures
