"""Queries: asked by checks and people, answered by the site, closed by those who asked or by conforming data."""

from __future__ import annotations

import pytest

from tests.ward import Ward
from trialkit.conduct import query
from trialkit.errors import NotFound, OutOfOrder, Refused, WrongValue


def _asked(ward: Ward) -> str:
    ward.save("V1", "VS", {"SYSBP": "120", "DIABP": "80"})
    return query.ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Source shows 128. Please check.").stream


def _stands(ward: Ward, stream: str):  # type: ignore[no-untyped-def]
    record = ward.trial.everything().record(stream)
    assert record is not None
    return record


def test_a_monitor_asks_the_coordinator_answers_and_the_monitor_closes(ward: Ward) -> None:
    stream = _asked(ward)
    query.answer(ward.trial, ward.ana, stream, "The chart says 120, see page 4.")
    assert _stands(ward, stream).status == "ANSWERED"
    query.close(ward.trial, ward.mo, stream, "Seen in the chart.")
    stands = _stands(ward, stream)
    assert stands.status == "CLOSED"
    assert stands.values["thread[1]"] == "The chart says 120, see page 4."
    assert stands.values["thread[2]"] == "Seen in the chart."


def test_an_answer_that_does_not_settle_it_opens_the_query_again(ward: Ward) -> None:
    stream = _asked(ward)
    query.answer(ward.trial, ward.ana, stream, "I do not remember.")
    query.reask(ward.trial, ward.mo, stream, "Please look at page 4.")
    assert _stands(ward, stream).status == "OPEN"


def test_who_may_not_ask_or_close_is_refused(ward: Ward) -> None:
    stream = _asked(ward)
    with pytest.raises(Refused):
        query.close(ward.trial, ward.ana, stream, "I close my own question.")
    with pytest.raises(Refused):
        query.ask(ward.trial, ward.ana, ward.place("V1", "VS"), "SYSBP", "May I?")


def test_a_closed_query_is_not_answered_and_an_empty_answer_is_none(ward: Ward) -> None:
    stream = _asked(ward)
    with pytest.raises(WrongValue):
        query.answer(ward.trial, ward.ana, stream, " ... ")
    query.close(ward.trial, ward.mo, stream, "Settled.")
    with pytest.raises(OutOfOrder):
        query.answer(ward.trial, ward.ana, stream, "Too late?")


def test_a_query_stands_on_something_that_was_saved(ward: Ward) -> None:
    with pytest.raises(NotFound):
        query.ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Where is it?")
    with pytest.raises(NotFound):
        query.answer(ward.trial, ward.ana, "query/none", "There is no such query.")


def test_a_repeated_answer_is_written_once(ward: Ward) -> None:
    stream = _asked(ward)
    first = query.answer(ward.trial, ward.ana, stream, "Checked, 120.", request="a-1")
    assert query.answer(ward.trial, ward.ana, stream, "Checked, 120.", request="a-1").seq == first.seq


def test_a_query_that_a_person_closed_stays_closed_until_the_data_it_reads_move(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "160.0"})
    stream = next(ward.trial.everything().queries(status="OPEN")).stream
    query.close(ward.trial, ward.mo, stream, "Weighed twice, it is so.")
    ward.save("V1", "VS", {"SYSBP": "120"})
    assert ward.queries() == []
