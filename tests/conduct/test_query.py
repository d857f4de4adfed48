"""Queries: asked by checks and people, answered by the site, closed by those who asked or by conforming data."""

from __future__ import annotations

import pytest

from tests.access.staff import acting
from tests.ward import Ward
from trialkit.conduct import query
from trialkit.conduct.reason import Reason
from trialkit.errors import NotFound, OutOfOrder, Refused, WrongValue
from trialkit.store.asked import Asked


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


def _asked_of(ward: Ward, stream: str) -> Asked:
    return next(one for one in ward.trial.everything().asked() if one.query.stream == stream)


@pytest.mark.parametrize("user", ["mo", "dee"])
def test_who_asked_or_a_data_manager_cancels_and_the_reason_stays_with_it(ward: Ward, user: str) -> None:
    stream = _asked(ward)
    query.cancel(ward.trial, getattr(ward, user), stream, "Asked about the wrong subject.")
    stands = _stands(ward, stream)
    assert (stands.status, stands.values["thread[1]"]) == ("CLOSED", "Asked about the wrong subject.")
    assert _asked_of(ward, stream).state == "CANCELLED"
    assert ward.trial.reader(ward.dee).open_queries([ward.place("V1", "VS").subject]) == [], "nothing waits for it"


def test_another_monitor_does_not_cancel_what_mo_asked_and_the_attempt_is_written_down(ward: Ward) -> None:
    stream, kim = _asked(ward), acting("monitor", person=("kim", "Kim Lee"))
    with pytest.raises(Refused, match="did not ask this query") as refused:
        query.cancel(ward.trial, kim, stream, "I do not need it.")
    assert "Mo Haddad, who asked" in refused.value.hint
    with pytest.raises(Refused):
        query.cancel(ward.trial, ward.ana, stream, "I do not like it.")
    tried = [entry.actor.id for entry in ward.trial.everything().entries(act="attempt.refused")]
    assert tried == ["kim", "ana"]
    assert _stands(ward, stream).status == "OPEN"


def test_an_answered_query_and_that_of_a_check_are_not_cancelled(ward: Ward) -> None:
    stream = _asked(ward)
    with pytest.raises(WrongValue):
        query.cancel(ward.trial, ward.mo, stream, " ")
    query.answer(ward.trial, ward.ana, stream, "The chart says 120.")
    with pytest.raises(OutOfOrder, match="the query is answered"):
        query.cancel(ward.trial, ward.mo, stream, "Never mind.")
    ward.save("V1", "VS", {"SYSBP": "250"}, reason=Reason("SOURCE", "the chart of the ward says so"))
    raised = next(one for one in ward.trial.everything().asked() if one.check != "MANUAL" and one.state == "OPEN")
    with pytest.raises(OutOfOrder, match="a check asked this"):
        query.cancel(ward.trial, ward.dee, raised.query.stream, "Never mind.")


def test_a_cancelled_query_stays_cancelled_and_the_same_item_can_be_asked_about_anew(ward: Ward) -> None:
    stream = _asked(ward)
    first = query.cancel(ward.trial, ward.mo, stream, "Asked about the wrong subject.", request="r1")
    assert query.cancel(ward.trial, ward.mo, stream, "Asked about the wrong subject.", request="r1") == first
    for move in (query.answer, query.reask, query.close, query.cancel):
        with pytest.raises(OutOfOrder, match="the query is cancelled"):
            move(ward.trial, ward.ana if move is query.answer else ward.mo, stream, "Once more, please.")
    again = query.ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Is 120 right?")
    assert again.stream != stream


def test_the_turn_is_that_of_the_site_then_of_who_asked_and_then_nobodys(ward: Ward) -> None:
    stream = _asked(ward)
    assert query.next_to_act(_asked_of(ward, stream)) == "site"
    query.answer(ward.trial, ward.ana, stream, "The chart says 120.")
    assert query.next_to_act(_asked_of(ward, stream)) == "monitor"
    query.close(ward.trial, ward.mo, stream, "Seen in the chart.")
    assert query.next_to_act(_asked_of(ward, stream)) == ""
    ward.save("V1", "VS", {"SYSBP": "250"}, reason=Reason("SOURCE", "the chart of the ward says so"))
    raised = next(one for one in ward.trial.everything().asked() if one.check != "MANUAL" and one.state == "OPEN")
    assert raised.asker is None
    query.answer(ward.trial, ward.ana, raised.query.stream, "It was measured twice.")
    assert query.next_to_act(_asked_of(ward, raised.query.stream)) == "datamanager"
