"""Patterns in the change log: each is found where it is, and not where it is not; masked acts make none."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.access.staff import acting
from tests.conduct.pharmacy import PHARMACY, SOURCE, MakeWard, dosed, give
from tests.ward import START, Ward
from tests.ward_study import FORMS
from trialkit.access.identity import Identity
from trialkit.conduct.patterns import AGAIN, BURST, LATE_DAYS, WITHIN, Pattern, patterns
from trialkit.conduct.query import ask
from trialkit.conduct.reason import Reason
from trialkit.conduct.review import Shown, review, verify
from trialkit.store.log import Wanted


def _found(ward: Ward, kind: str, who: Identity | None = None) -> list[Pattern]:
    look = ward.trial.reader(who or ward.ines).look(Wanted(acts=("record.", "query.open"), most=500))
    return [one for one in patterns(ward.trial, look.entries) if one.kind == kind]


@pytest.mark.parametrize(("days", "late"), [(LATE_DAYS, 0), (LATE_DAYS + 1, 1)])
def test_a_form_entered_more_than_five_days_after_its_day_is_late(make_ward: MakeWard, days: int, late: int) -> None:
    dated = FORMS["vs"].replace("title: Vital signs\n", "title: Vital signs\ndated_by: VSDAT\n", 1)
    ward = make_ward(vs=dated)
    day = (START - dt.timedelta(days=days)).date().isoformat()
    ward.save("V1", "VS", {"VSDAT": day, "SYSBP": "120"})
    found = _found(ward, "late")
    assert len(found) == late
    for one in found:
        assert one.words == f"Vital signs of {day} was entered {days} days later."
        assert (one.person, one.place.form) == ("Ana Souza", "VS")


def test_a_value_that_was_asked_about_and_then_changed_is_told_with_both_entries(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "128", "DIABP": "80"})
    ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Does the chart say 128?")
    ward.save("V1", "VS", {"DIABP": "81"}, reason=SOURCE)
    assert _found(ward, "query") == []  # another value than the one asked about
    ward.save("V1", "VS", {"SYSBP": "126"}, reason=SOURCE)
    [one] = _found(ward, "query")
    assert [entry.act for entry in one.entries] == ["record.correct", "query.open"]
    assert one.words == "Systolic blood pressure was changed after it was asked about."


def test_a_mark_that_fell_by_a_change_is_told(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "128", "DIABP": "80"})
    place = ward.place("V1", "VS")
    verify(ward.trial, ward.mo, [Shown(place, ward.version(place), ("SYSBP",))])
    ward.save("V1", "VS", {"DIABP": "81"}, reason=SOURCE)
    assert _found(ward, "verified") == []
    review(ward.trial, ward.dee, [Shown(place, ward.version(place))])
    ward.save("V1", "VS", {"SYSBP": "126"}, reason=SOURCE)
    [one] = _found(ward, "verified")
    assert one.words == "2 marks of verification or review fell."


def test_ten_saves_by_one_person_within_a_minute_are_a_burst(ward: Ward) -> None:
    for number in range(1, BURST):
        ward.save("LOG", "AE", {"AETERM": "Headache"}, repeat=number)
    assert _found(ward, "burst") == []
    ward.clock.moment += WITHIN  # the tenth comes a minute later: none of the nine counts with it
    ward.save("LOG", "AE", {"AETERM": "Headache"}, repeat=BURST)
    assert _found(ward, "burst") == []
    for number in range(BURST + 1, 2 * BURST):
        ward.save("LOG", "AE", {"AETERM": "Headache"}, repeat=number)
    [one] = _found(ward, "burst")
    assert len(one.entries) == BURST
    assert one.words == "10 forms were saved within a minute."


def test_the_same_reason_again_and_again_is_told_once_with_every_entry(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    for number in range(1, AGAIN):
        ward.save("V1", "VS", {"SYSBP": str(120 + number)}, reason=SOURCE)
    ward.save("V1", "VS", {"SYSBP": "119"}, reason=Reason("SOURCE", "read from the paper of the other nurse"))
    assert _found(ward, "reason") == []
    ward.save("V1", "VS", {"SYSBP": "118"}, reason=Reason("SOURCE", SOURCE.text.upper()))
    [one] = _found(ward, "reason")
    assert len(one.entries) == AGAIN
    assert "5 times" in one.words


def test_a_clock_that_stepped_back_is_told(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    assert _found(ward, "clock") == []
    ward.clock.moment += dt.timedelta(seconds=90)
    ward.save("V1", "VS", {"DIABP": "80"})
    ward.clock.moment -= dt.timedelta(seconds=60)
    ward.save("V1", "VS", {"WEIGHT": "80.0"})
    told = {one.words for one in _found(ward, "clock")}
    assert any(words.startswith(("The clock stood 60.0 s", "The clock stood 59.9 s")) for words in told)


def test_what_the_system_worked_out_is_nobodys_pattern(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "80.0", "HEIGHT": "170.0"})
    place = ward.place("V1", "VS")
    verify(ward.trial, ward.mo, [Shown(place, ward.version(place), ("BMI",))])
    ward.save("V1", "VS", {"WEIGHT": "81.0"}, reason=SOURCE)
    assert {one.person for kind in ("verified", "query", "late") for one in _found(ward, kind)} <= {"Ana Souza"}


def test_changes_of_masked_values_are_patterns_for_those_alone_who_may_see_them(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    for number in range(AGAIN):
        give(ward, f"6{number + 1}.5", reason=SOURCE)
    assert len(_found(ward, "reason", ward.uma)) == 1  # the control
    assert len(_found(ward, "query", ward.uma)) >= 1  # D01 asked about it first
    for blinded in (ward.ana, ward.mo, ward.ines, ward.dee):
        assert [_found(ward, kind, blinded) for kind in ("reason", "query", "burst", "verified")] == [[], [], [], []]


def test_a_mark_on_a_masked_value_that_fell_is_told_to_nobody_blinded(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    place, mona = ward.place("V2", "DOSE"), acting("monitor", unblinded=True, person=("mona", "Mona Ek"))
    verify(ward.trial, mona, [Shown(place, ward.version(place), ("DOSEMG",))])
    give(ward, "61.5", reason=SOURCE)
    assert len(_found(ward, "verified", ward.uma)) == 1  # the control
    for blinded in (ward.ana, ward.mo, ward.ines, ward.dee):
        assert _found(ward, "verified", blinded) == []
