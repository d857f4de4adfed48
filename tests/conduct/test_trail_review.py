"""The change log is reviewed: a mark says which entries of which selection, and counts for who sees no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.access.staff import acting
from tests.ward import SUBJECT, Ward
from trialkit.access.identity import Identity
from trialkit.conduct import query
from trialkit.conduct.reason import Reason
from trialkit.conduct.trail_review import REVIEW, Reviewed, covering, gaps, mark, reviews, selected
from trialkit.errors import OutOfOrder, Refused, WrongValue
from trialkit.store.log import Wanted

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
ALL = Wanted()
FINE = "Nothing out of the ordinary."


def counted(ward: Ward, who: Identity, wanted: Wanted = ALL) -> list[Reviewed]:
    reader = ward.trial.reader(who)
    return covering(reviews(reader), wanted, reader.sight)


def test_a_mark_says_until_which_entry_who_when_and_what_was_found(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120", "DIABP": "80"})
    last = ward.store.size - 1
    done = mark(ward.trial, ward.ines, ALL, 0, last, "  Two late entries, both explained. ")
    [one] = counted(ward, ward.ines)
    assert (one.first, one.last, one.count) == (0, last, last + 1)
    assert (one.entry.actor.name, one.entry.recorded_at) == ("Ines Duarte", done.recorded_at)
    assert one.comment == "Two late entries, both explained."


def test_since_the_last_review_there_is_only_what_was_written_after_it(ward: Ward) -> None:
    mark(ward.trial, ward.dee, ALL, 0, ward.store.size - 1, FINE)
    ward.save("V1", "VS", {"SYSBP": "120", "DIABP": "80"})
    new = list(selected(ward.trial.reader(ward.dee), replace(ALL, after=counted(ward, ward.dee)[0].last)))
    assert {entry.act for entry in new} == {REVIEW, "record.save", "record.compute"} & {entry.act for entry in new}
    assert {entry.act for entry in new} >= {REVIEW, "record.save"}


def test_a_review_of_a_subject_counts_for_that_subject_and_one_of_everything_for_each(ward: Ward) -> None:
    last = ward.store.size - 1
    mark(ward.trial, ward.ines, Wanted(subject=SUBJECT, acts=("subject.",)), 0, last, FINE)
    assert counted(ward, ward.ines) == []
    assert counted(ward, ward.ines, Wanted(subject=SUBJECT)) == [], "other acts of the subject were not looked at"
    assert len(counted(ward, ward.ines, Wanted(subject=SUBJECT, acts=("subject.",), person="ana"))) == 1
    mark(ward.trial, ward.ines, ALL, 0, last, FINE)
    assert len(counted(ward, ward.ines, Wanted(subject=SUBJECT))) == 1


def test_a_review_without_accounts_counts_for_nobody_who_looks_at_accounts_too(ward: Ward) -> None:
    without = Wanted(but=("person.", "signin."))
    mark(ward.trial, ward.ines, without, 0, ward.store.size - 1, FINE)
    assert counted(ward, ward.ines) == []
    [one] = counted(ward, ward.ines, without)
    assert one.wanted.but == ("person.", "signin.")


def test_what_a_blinded_or_a_site_s_reviewer_marked_counts_for_nobody_who_sees_more(ward: Ward) -> None:
    last = ward.store.size - 1
    mark(ward.trial, ward.dee, ALL, 0, last, FINE)
    whole = acting("datamanager", unblinded=True, person=("dan", "Dan Falk"))
    assert counted(ward, whole) == []
    site = acting("auditor", person=("ida", "Ida Holm"))
    mark(ward.trial, site, ALL, 0, last, FINE)
    assert [one.entry.actor.id for one in counted(ward, site)] == ["ida"]
    assert [one.entry.actor.id for one in counted(ward, ward.ines)] == [], "Dee sees no identifiers, Ida one site"


def test_the_words_of_an_unblinded_reviewer_are_read_by_unblinded_people_alone(ward: Ward) -> None:
    whole = acting("datamanager", unblinded=True, person=("dan", "Dan Falk"))
    mark(ward.trial, whole, ALL, 0, ward.store.size - 1, "The dose of 35.5 mg was typed late.")
    [seen] = reviews(ward.trial.reader(whole))
    assert "35.5" in seen.comment
    [told] = reviews(ward.trial.reader(ward.dee))
    assert told.comment == ""
    assert counted(ward, ward.dee) == [], "its filter is out of sight: nobody blinded knows what it covers"


def test_the_site_does_not_read_what_reviewers_say_of_it(ward: Ward) -> None:
    mark(ward.trial, ward.dee, Wanted(site="01"), 0, ward.store.size - 1, "Many late entries at this site.")
    assert reviews(ward.trial.reader(ward.ana)) == []
    assert reviews(ward.trial.reader(ward.ito)) == []


def test_entries_that_no_review_covers_are_named(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120", "DIABP": "80"})
    for first, last in ((5, 5), (4, 4), (1, 2)):
        mark(ward.trial, ward.ines, ALL, first, last, FINE)
    assert gaps(counted(ward, ward.ines)) == [(0, 0), (3, 3)]
    assert [one.last for one in counted(ward, ward.ines)] == [5, 4, 2]
    mark(ward.trial, ward.ines, ALL, 0, 3, FINE)
    assert gaps(counted(ward, ward.ines)) == []


def test_what_cannot_have_been_reviewed_is_refused(ward: Ward) -> None:
    size = ward.store.size
    for first, last in ((0, size), (-1, 0), (2, 1)):
        with pytest.raises(WrongValue, match="there are no entries"):
            mark(ward.trial, ward.ines, ALL, first, last, FINE)
    with pytest.raises(WrongValue, match="empty"):
        mark(ward.trial, ward.ines, ALL, 0, size - 1, " ")
    with pytest.raises(OutOfOrder, match="no entry"):
        mark(ward.trial, ward.ines, Wanted(subject="01-9999"), 0, size - 1, FINE)
    assert reviews(ward.trial.everything()) == []


def test_the_same_request_marks_once(ward: Ward) -> None:
    last = ward.store.size - 1
    first = mark(ward.trial, ward.ines, ALL, 0, last, FINE, request="r1")
    assert mark(ward.trial, ward.ines, ALL, 0, last, FINE, request="r1") == first
    assert len(reviews(ward.trial.reader(ward.ines))) == 1


@pytest.mark.parametrize("role", ["coordinator", "investigator", "sponsor", "medicalmonitor", "administrator"])
def test_who_does_not_review_the_log_is_refused_and_the_attempt_is_written_down(ward: Ward, role: str) -> None:
    with pytest.raises(Refused):
        mark(ward.trial, acting(role), ALL, 0, ward.store.size - 1, FINE)
    [tried] = ward.trial.everything().entries(act="attempt.refused")
    assert tried.actor.role == role


def test_a_monitor_of_one_site_marks_that_site_and_no_other(ward: Ward) -> None:
    last = ward.store.size - 1
    mark(ward.trial, ward.mo, Wanted(site="01"), 0, last, FINE)
    with pytest.raises(Refused):
        mark(ward.trial, ward.mo, Wanted(site="02"), 0, last, FINE)


def test_a_later_change_is_not_reviewed_by_an_earlier_mark(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120", "DIABP": "80"})
    mark(ward.trial, ward.ines, ALL, 0, ward.store.size - 1, FINE)
    query.ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Is this the first reading?")
    ward.save("V1", "VS", {"SYSBP": "121"}, reason=Reason("SOURCE", "the chart of the ward says otherwise"))
    [one] = counted(ward, ward.ines)
    acts = [entry.act for entry in selected(ward.trial.reader(ward.ines), replace(ALL, after=one.last))]
    assert {"record.correct", "query.open", REVIEW} <= set(acts)
