"""What people say in their own words is kept as typed, or refused with the cause."""

from __future__ import annotations

import pytest

from tests.ward import Ward
from trialkit.conduct import erase, query
from trialkit.conduct.words import MOST, line, said
from trialkit.errors import WrongValue

UNSTORABLE = ["why \x00 not", "why \ud800 not", "why \x07 not", "x" * (MOST + 1)]


def test_a_remark_is_kept_without_the_blanks_around_it() -> None:
    assert said("  Which cuff was used?\nSecond line.  ") == "Which cuff was used?\nSecond line."
    assert len(said("x" * MOST)) == MOST


@pytest.mark.parametrize("text", [*UNSTORABLE, "", " ... ", "\u200b", "?!"])
def test_what_says_nothing_or_cannot_be_stored_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(WrongValue) as refused:
        said(text)
    assert refused.value.hint


@pytest.mark.parametrize("text", UNSTORABLE)
def test_no_question_answer_or_justification_is_stored_that_cannot_be_exported(ward: Ward, text: str) -> None:
    saved = ward.save("V1", "VS", {"SYSBP": "120"})
    asked = query.ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Which cuff was used?")
    size = ward.store.size
    for act in (
        lambda: query.ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", text),
        lambda: query.answer(ward.trial, ward.ana, asked.stream, text),
        lambda: erase.redact(ward.trial, ward.dee, saved.receipts[0].seq, [0], text),
    ):
        with pytest.raises(WrongValue):
            act()
    assert ward.store.size == size


def test_a_name_stands_on_one_line() -> None:
    assert line("  Clinic \n North ", "name") == "Clinic North"
    for wrong in ("", " ", "x" * 201, "Clinic \x00"):
        with pytest.raises(WrongValue, match="no name that can be printed"):
            line(wrong, "name")
