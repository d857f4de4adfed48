"""A query that a colleague moves while somebody writes about it: no word goes under another question, none is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.browser.conftest import Served
from tests.browser.line import PRESSED, Drawn, Line, session_of
from tests.browser.line import line as socket
from trialkit.access.identity import Identity
from trialkit.cli.demo import PASSWORD
from trialkit.conduct import query
from trialkit.conduct.capture import save_form
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place

BOARD = "Queries: state, age in days, place, question, whose turn it is, check"
LATE = {"DVTERM": "A scale late.", "DVDECOD": "PROCEDURE MISSED", "DVCAT": "NOT IMPORTANT", "DVSTDAT": "2025-03-03"}
WORDS = "Yes, as the source says."
UNSENT = "Somebody else moved this query before you sent your words."


@pytest.fixture
def at(served: Served) -> Iterator[Line]:
    """Ana's line to her screens."""
    with socket(served.url, session_of(served.url, "ana", PASSWORD, "coordinator")) as line:
        yield line


def _asked(trial: Trial, people: Callable[[str], Identity], number: int, text: str) -> str:
    place = Place("01", "01-0012", "LOG", 1, "DV", number)
    save_form(trial, people("ana"), place, LATE, based_on=0)
    query.ask(trial, people("dee"), place, "DVTERM", text)
    return next(one.stream for one in trial.everything().queries(subject="01-0012") if one.values["text"] == text)


def _opened(at: Line, text: str) -> Drawn:
    drawn = at.open("queries", None, subject="01-0012")
    row = next(n for n, row in enumerate(drawn.rows) if row.get("Question") == text)
    return at.open("queries", {drawn.table(BOARD): [row]}, subject="01-0012")


def _answer(at: Line, drawn: Drawn) -> Drawn:
    touched = {drawn.named("Your words"): WORDS, drawn.named("Answer"): PRESSED}
    return at.open("queries", touched, subject="01-0012")


def test_an_answer_to_a_question_is_none_to_another_that_was_asked_meanwhile(
    at: Line, trial: Trial, people: Callable[[str], Identity]
) -> None:
    stream = _asked(trial, people, 71, "Was the scale late?")
    drawn = _opened(at, "Was the scale late?")
    query.close(trial, people("dee"), stream, "It was.")
    query.reask(trial, people("dee"), stream, "Was the rater another one?")
    drawn = _answer(at, drawn)
    stands = trial.everything().record(stream)
    assert stands is not None
    assert stands.status == "OPEN"
    assert WORDS not in stands.values.values()
    assert "Somebody else moved this query in the meantime" in drawn.text
    drawn = _answer(at, _opened(at, "Was the scale late?"))  # the control: what was read is answered
    stands = trial.everything().record(stream)
    assert stands is not None
    assert stands.status == "ANSWERED"
    assert UNSENT not in drawn.text


def test_words_for_a_query_that_a_colleague_closed_are_told_until_they_are_read(
    at: Line, trial: Trial, people: Callable[[str], Identity]
) -> None:
    stream = _asked(trial, people, 72, "Which scale was late?")
    drawn = _opened(at, "Which scale was late?")
    query.close(trial, people("dee"), stream, "Seen in the source.")
    assert WORDS in _answer(at, drawn).text
    drawn = at.open("queries", None, subject="01-0012")
    assert UNSENT in drawn.text
    assert WORDS in drawn.text
    at.open("queries", {drawn.named("I have read it"): PRESSED}, subject="01-0012")
    assert UNSENT not in at.open("queries", None, subject="01-0012").text


def test_words_that_were_typed_and_left_for_another_query_are_nobody_elses_doing(
    at: Line, trial: Trial, people: Callable[[str], Identity]
) -> None:
    _asked(trial, people, 73, "When was the scale late?")
    drawn = _opened(at, "When was the scale late?")
    drawn = at.open("queries", {drawn.named("Your words"): WORDS, drawn.table(BOARD): []}, subject="01-0012")
    assert UNSENT not in drawn.text
