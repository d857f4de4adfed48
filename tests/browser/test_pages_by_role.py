"""Pages and acts by role at the served screens: who may, finds the act and does it; who may not, does not find it.

What a role has is said here by hand, page by page, and read from nowhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.browser import beside
from tests.browser.conftest import Served
from tests.browser.line import PRESSED, Drawn, Line, Touched, line, session_of
from tests.browser.secrets import EYES, Eyes
from trialkit.cli.demo import PASSWORD

# role: pages by their addresses, in the order of the menu; home is the one without
PAGES = {
    "coordinator": "subjects infusion queries safety study log exports entry subject",
    "nurse": "subjects infusion queries safety study log entry subject",
    "physician": "subjects infusion queries safety study log entry subject",
    "investigator": "subjects infusion queries sign safety study log exports entry subject",
    "rater": "subjects queries study log entry subject",
    "pharmacist": "subjects infusion queries study log exports entry subject",
    "monitor": "subjects infusion queries review safety study log exports entry subject",
    "datamanager": "subjects infusion queries review safety study log exports people entry subject",
    "medicalmonitor": "subjects infusion queries review safety study log exports entry subject",
    "sponsor": "subjects infusion queries safety study log exports people entry subject",
    "auditor": "subjects infusion queries safety study log exports people entry subject",
    "administrator": "log people",
    "subject": "questionnaire",
}
SUBJECT = "01-0012"


@contextmanager
def seen_by(served: Served, user: str) -> Iterator[Line]:
    role = next((eyes.role for eyes in EYES if eyes.user == user), "subject")
    with line(served.url, session_of(served.url, user, PASSWORD, role)) as one:
        yield one


@pytest.mark.parametrize("eyes", [eyes for eyes in EYES if eyes.role in PAGES], ids=lambda eyes: eyes.user)
def test_the_menu_holds_the_pages_of_the_role_and_no_others(served: Served, eyes: Eyes) -> None:
    with seen_by(served, eyes.user) as at:
        mine = at.open("").pages
        assert mine == ("", *PAGES[eyes.role].split())
        for page in {page for pages in PAGES.values() for page in pages.split()} - set(mine):
            assert at.open(page).not_found, page


def _ticked(drawn: Drawn, row: int = 0) -> Touched:
    return {next(one.dataframe.id for one in drawn.elements if one.WhichOneof("type") == "dataframe"): [row]}


def enrol(at: Line) -> Drawn:
    asked = {at.open("subjects").named("Enrol a subject"): PRESSED}
    drawn = at.open("subjects", asked)
    asked |= {drawn.named("Subject number"): "01-0777"}
    drawn = at.open("subjects", asked)
    asked |= {drawn.named("Enrol 01-0777 at site 01"): True}
    drawn = at.open("subjects", asked)
    return at.open("subjects", {**asked, drawn.named("Enrol"): PRESSED})


def save(at: Line) -> Drawn:
    where = {"subject": SUBJECT, "event": "LOG", "form": "CM", "form_repeat": "77"}
    drawn = at.open("entry", None, **where)
    asked = {drawn.named("Any medication to record"): ("No",)}
    drawn = at.open("entry", asked, **where)
    return at.open("entry", {**asked, drawn.named("Save"): PRESSED}, **where)


def ask(at: Line) -> Drawn:
    """A query, in the dialog of an item of a form."""
    where = {"subject": SUBJECT, "event": "V1", "form": "DM"}
    drawn = at.open("entry", None, **where)
    sign = next(iter(drawn.signs))
    drawn = at.open("entry", drawn.pressed(sign), **where)
    words = {drawn.named("Ask about this answer"): "Is this what the chart says?"}
    return at.open("entry", {**drawn.pressed(sign), **words, drawn.named("Open a query"): PRESSED}, **where)


def answer(at: Line) -> Drawn:
    drawn = at.open("queries")
    row = next(n for n, row in enumerate(drawn.rows) if row["Subject"] == "01-0013")
    ticked = _ticked(drawn, row)
    drawn = at.open("queries", ticked)
    words = {drawn.named("Your words"): "It stands so in the chart."}
    return at.open("queries", {**ticked, **words, drawn.named("Answer"): PRESSED})


def freeze(at: Line) -> Drawn:
    where = {"subject": SUBJECT}
    ticked = _ticked(at.open("review", None, **where))
    drawn = at.open("review", ticked, **where)
    return at.open("review", {**ticked, drawn.named("Freeze 1 form"): PRESSED}, **where)


def start(at: Line) -> Drawn:
    """The first tap of an infusion: whoever may is told of the protocol's own rule, not of a right."""
    where = {"subject": "01-0013", "event": "V3"}
    drawn = at.open("infusion", None, **where)
    drawn = at.open("infusion", {drawn.named("Start 75 mL/h"): PRESSED}, **where)
    assert "Infusion without a prior GO decision." in drawn.words
    return drawn


def put_before(at: Line) -> Drawn:
    """The text to sign and the way to the door: the signature itself is not given here."""
    where = {"subject": SUBJECT}
    ticked = _ticked(at.open("sign", None, **where))
    drawn = at.open("sign", ticked, **where)
    meaning = next(one.radio for one in drawn.elements if one.WhichOneof("type") == "radio")
    drawn = at.open("sign", {**ticked, meaning.id: meaning.options[0]}, **where)
    next(one for one in drawn.elements if one.WhichOneof("type") == "link_button"
         and one.link_button.url.startswith("/sign/"))  # fmt: skip
    return drawn


def answer_for_oneself(at: Line) -> Drawn:
    """A questionnaire that waits for a participant of this tablet's site."""
    where = {"subject": "02-0012", "event": "V6", "event_repeat": "1", "form": "SX", "form_repeat": "1"}
    drawn = at.open("questionnaire", None, **where)
    typed = {drawn.named("How intense was the experience? 0 not at all, 100 the most intense imaginable."): "40"}
    drawn = at.open("questionnaire", {**typed, drawn.named("Hand in"): PRESSED}, **where)
    return at.open("questionnaire", {**typed, drawn.named("Hand in as it is"): PRESSED}, **where)


def verify(at: Line) -> Drawn:
    drawn = at.open("log")
    view = {drawn.named("View"): ("Verify",)}
    drawn = at.open("log", view)
    drawn = at.open("log", {**view, drawn.named("Verify now"): PRESSED})
    assert "Looking at every entry" in drawn.text or "Intact" in drawn.text
    return drawn


def mark_reviewed(at: Line) -> Drawn:
    drawn = at.open("log")
    words = {drawn.named("What you found"): "Nothing out of the ordinary."}
    return at.open("log", {**words, drawn.named("Mark as reviewed"): PRESSED})


def export(at: Line) -> Drawn:
    drawn = at.open("exports", None, only="data-dictionary")
    return at.open("exports", {drawn.named("Make the export"): PRESSED}, only="data-dictionary")


def add(at: Line) -> Drawn:
    drawn = at.open("people")
    typed = {drawn.named("User id"): "kimlee", drawn.named("Printed name"): "Kim Lee",
             drawn.named("Organisation"): "Clinic North"}  # fmt: skip
    return at.open("people", {**typed, drawn.named("Add"): PRESSED})


@dataclass(frozen=True)
class Deed:
    """An act on a page: who does it, the act in the ledger (none: nothing is written), who does not find it."""

    do: Callable[[Line], Drawn]
    page: str
    act: str
    by: str
    never: str


DEEDS = (
    Deed(enrol, "subjects", "subject.enrol", "ana", "noor ravi uma mo dee sol ines epoharbour"),
    Deed(save, "entry", "record.save", "noor", "ravi uma mo dee mia sol ines adi"),
    Deed(ask, "entry", "query.open", "mo", "ana noor ito ravi uma sol ines"),
    Deed(answer, "queries", "query.answer", "ana", "mo dee mia sol ines lea"),
    Deed(answer_for_oneself, "questionnaire", "record.save", "epoharbour", "eponorth ana lea sami mo dee adi"),
    Deed(freeze, "review", "record.freeze", "mo", "mia ana ito sol ines adi"),
    Deed(start, "infusion", "", "noor", "uma mo dee mia sol ines ravi adi"),
    Deed(put_before, "sign", "", "ito", "ana noor mo dee sol ines adi"),
    Deed(verify, "log", "", "dee", "ana noor ravi uma"),
    Deed(mark_reviewed, "log", "ledger.review", "ines", "ana noor ito ravi uma mia sol adi"),
    Deed(export, "exports", "export.create", "ana", "noor ravi adi"),
    Deed(add, "people", "person.add", "adi", "dee sol ines ana mo"),
)


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: f"{deed.do.__name__} by {deed.by}")
def test_who_may_not_does_not_find_it_and_who_may_does_it(served: Served, deed: Deed) -> None:
    for user in deed.never.split():
        before = beside.size(served.folder)
        with seen_by(served, user) as at, pytest.raises((KeyError, StopIteration)):
            deed.do(at)
        assert {act for act, who in beside.acts(served.folder, before) if who == user} <= {
            "signin.accept",
            "attempt.refused",
        }, user
    before = beside.size(served.folder)
    with seen_by(served, deed.by) as at:
        drawn = deed.do(at)
        assert not drawn.failures
        until = time.monotonic() + 60  # an export is made beside the screens
        while deed.act and (deed.act, deed.by) not in beside.acts(served.folder, before):
            assert time.monotonic() < until, f"{deed.by} did not do it: {drawn.words}"
            time.sleep(0.1)


def test_every_page_with_an_act_has_one_here() -> None:
    """Home, the subject's page and the safety page lead elsewhere; alerts are queries, and answered as such."""
    every = {page for pages in PAGES.values() for page in pages.split()}
    assert {deed.page for deed in DEEDS} == every - {"subject", "safety", "study"}
