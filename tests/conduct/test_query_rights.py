"""Who asks about what: queries bind to the form, its classes and the study's roles; their names hold no free text."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.access.staff import acting
from tests.fixtures_store import Made
from tests.ward import SUBJECT, Clock, Ward, write_study
from tests.ward_study import FORMS, STUDY
from trialkit.access.identity import system
from trialkit.conduct import query
from trialkit.errors import NotFound, OutOfOrder, Refused, WrongValue

ROLES = """\
roles:
  rater:
    title: Rater
    sites: all
  coordinator:
    title: Coordinator
    sees: [open, identifier]
  monitor:
    title: Monitor
  datamanager:
    title: Data manager
  pharmacist:
    title: Pharmacist
    sees: [open, identifier, unblinded]
parameters:
"""


@pytest.fixture
def hiding(make_store: Callable[..., Made], tmp_path: Path) -> Ward:
    """A ward whose study hides adverse events from raters and knows no investigators."""
    clock = Clock()
    made = make_store(study_oid="WARD-1", clock=clock)
    hidden = FORMS["ae"].replace("repeating: yes", "repeating: yes\nhidden_from: [rater]")
    study = STUDY.replace("parameters:\n", ROLES)
    ward = Ward.open(made.store, clock, write_study(tmp_path / "ward", study=study, ae=hidden))
    ward.save("LOG", "AE", {"AETERM": "Headache"})
    return ward


def _asked(ward: Ward, item: str = "AETERM") -> str:
    return query.ask(ward.trial, ward.mo, ward.place("LOG", "AE"), item, "Which kind of headache?").stream


def test_p11_09_a_form_that_is_hidden_from_a_role_is_hidden_in_every_reader(hiding: Ward) -> None:
    stream = _asked(hiding)
    ravi = hiding.trial.reader(acting("rater"))
    assert ravi.record(hiding.place("LOG", "AE")) is None
    assert [record.place.form for record in ravi.records()] == []
    assert list(ravi.queries()) == []
    assert ravi.record(stream) is None
    assert hiding.trial.reader(hiding.ana).record(stream) is not None


def test_p11_09_a_query_of_a_hidden_form_is_not_there_to_be_answered(hiding: Ward) -> None:
    stream = _asked(hiding)
    with pytest.raises(NotFound):
        query.answer(hiding.trial, acting("rater"), stream, "because of the lights")


def test_p11_09_a_role_that_the_study_leaves_out_reads_and_answers_nothing(hiding: Ward) -> None:
    stream = _asked(hiding)
    record = hiding.trial.reader(hiding.ito).record(hiding.place("LOG", "AE"))
    assert record is None or record.values == {}
    with pytest.raises((NotFound, Refused)):
        query.answer(hiding.trial, hiding.ito, stream, "because of the lights")


def test_p11_09_the_blinded_neither_ask_nor_answer_about_an_unblinded_item(ward: Ward) -> None:
    ward.save("V2", "DOSE", {"DOSEMG": "40.0"}, who=system())
    for item in ("DOSEMG", "MGKG"):
        with pytest.raises(Refused, match="values of this kind"):
            query.ask(ward.trial, ward.mo, ward.place("V2", "DOSE"), item, "Is this the dose of the plan?")
    seer = acting("monitor", unblinded=True, person=("max", "Max Unger"))
    stream = query.ask(ward.trial, seer, ward.place("V2", "DOSE"), "DOSEMG", "Is this the dose of the plan?").stream
    with pytest.raises(Refused, match="values of this kind"):
        query.answer(ward.trial, ward.ana, stream, "I cannot know.")
    query.answer(ward.trial, ward.uma, stream, "It is as prepared.")
    query.close(ward.trial, seer, stream, "Seen in the pharmacy log.")
    assert "plan" not in str(ward.trial.reader(ward.mo).record(stream))


def test_only_items_of_the_form_are_asked_about_because_their_name_stays_for_ever(ward: Ward) -> None:
    ward.save("V2", "VS", {"SYSBP": "120", "WEIGHT": "80.0", "HEIGHT": "180.0"})
    ward.save("V2", "GRID", {"READING[ADHOC.1].RSYS": "120"})
    size = ward.store.size
    for form, item in (
        ("VS", "John Smith/1970"), ("VS", "SYSBP/John"), ("VS", "z" * 100_000), ("VS", "@status"), ("VS", "X[1].SYSBP"),
        ("GRID", "READING[John Smith].RSYS"), ("GRID", "READING[ADHOC.2].RSYS"), ("GRID", "RSYS"), ("VS", "SY\x00SBP"),
    ):  # fmt: skip
        with pytest.raises(WrongValue, match="no item"):
            query.ask(ward.trial, ward.mo, ward.place("V2", form), item, "Who is this?")
    assert ward.store.size == size
    for form, item in (
        ("VS", "SYSBP"), ("VS", "BMI"), ("VS", "-"), ("GRID", "READING[T5].RSYS"), ("GRID", "READING[ADHOC.1].RSYS"),
    ):  # fmt: skip
        stream = query.ask(ward.trial, ward.mo, ward.place("V2", form), item, "Is this right?").stream
        assert stream.endswith(f"/MANUAL/{item}/1")


def test_a_question_stands_where_its_record_stands_whatever_site_was_typed(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    place = ward.place("V1", "VS")
    moved = type(place)("02", *(getattr(place, name) for name in ("subject", "event", "event_repeat", "form")))
    stream = query.ask(ward.trial, acting("datamanager"), moved, "SYSBP", "Which cuff was used?").stream
    record = ward.trial.everything().record(stream)
    assert record is not None
    assert record.place.site == "01"


def test_questions_are_numbered_item_by_item_and_none_is_lost_when_many_ask_at_once(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120", "DIABP": "80"})
    place = ward.place("V1", "VS")
    start, failed = threading.Barrier(6), list[BaseException]()

    def ask(number: int) -> None:
        start.wait()
        try:
            query.ask(ward.trial, ward.mo, place, "SYSBP", f"Which cuff was used the {number}th time?")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert query.ask(ward.trial, ward.mo, place, "DIABP", "Which cuff?").stream.endswith("/MANUAL/DIABP/1")
    assert ward.trial.everything().count_queries(query.queries_of(place, "MANUAL", "SYSBP")) == 6


def test_a_repeated_question_is_asked_once_and_a_new_one_needs_a_request_of_its_own(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120", "DIABP": "80"})
    place = ward.place("V1", "VS")
    first = query.ask(ward.trial, ward.mo, place, "SYSBP", "Which cuff was used?", request="q-1")
    again = query.ask(ward.trial, ward.mo, place, "SYSBP", "Which cuff was used?", request="q-1")
    assert again == first
    with pytest.raises(OutOfOrder, match="already used for another act"):
        query.ask(ward.trial, ward.mo, place, "DIABP", "Which cuff was used?", request="q-1")
    with pytest.raises(OutOfOrder, match="already used for another act"):
        query.answer(ward.trial, ward.ana, first.stream, "The large one.", request="q-1")


def test_what_is_no_query_is_not_moved_as_one(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    size = ward.store.size
    for stream in ("site/01", f"subject/{SUBJECT}", ward.place("V1", "VS").record, "person/ana", "query/\x00"):
        for act in (query.close, query.reask):
            with pytest.raises(NotFound):
                act(ward.trial, ward.dee, stream, "This is settled.")
    assert ward.store.size == size


def test_the_queries_of_an_item_are_counted_with_the_closed_ones_now_and_then(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    place = ward.place("V1", "VS")
    prefix = query.queries_of(place, "MANUAL", "SYSBP")
    query.close(ward.trial, ward.mo, query.ask(ward.trial, ward.mo, place, "SYSBP", "Which cuff?").stream, "Seen it.")
    then = ward.store.size
    query.ask(ward.trial, ward.mo, place, "SYSBP", "Which arm?")
    query.ask(ward.trial, ward.mo, place, "-", "Who measured?")
    assert ward.trial.everything().count_queries(prefix) == 2
    assert ward.store.read(ward.trial.everything().sight, then).count_queries(prefix) == 1
    away = acting("coordinator", sites=frozenset({"02"}))
    assert ward.trial.reader(away).count_queries(prefix) == 0


def test_one_look_at_a_subject_brings_its_queries_but_not_the_closed_ones(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    asked = [
        query.ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", f"Which cuff the {n}th time?").stream
        for n in range(3)
    ]
    query.answer(ward.trial, ward.ana, asked[0], "The large one.")
    then = ward.store.size
    query.close(ward.trial, ward.mo, asked[1], "This is settled.")
    everything = ward.trial.everything()
    for as_of, left in ((None, [asked[0], asked[2]]), (then, asked)):
        found, _ = ward.store.read(everything.sight, as_of).together([f"subject/{SUBJECT}"], SUBJECT)
        assert sorted(found) == sorted([*left, f"subject/{SUBJECT}"])
