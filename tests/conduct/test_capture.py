"""Data entry below the screen: what is taken, what is refused, what follows from it."""

from __future__ import annotations

import pytest

from tests.ward import SUBJECT, Ward
from trialkit.conduct.capture import Act, inactivate, save_in
from trialkit.conduct.reason import Reason
from trialkit.conduct.sitting import Sitting
from trialkit.errors import Blocked, NotFound, OutOfOrder, ReasonNeeded, Refused, StaleRecord, WrongValue
from trialkit.ledger.entry import Place
from trialkit.values import Missing

SOURCE = Reason("SOURCE", "the chart says otherwise")
VITALS = {"VSDAT": "2026-03-02", "SYSBP": "120", "DIABP": "80", "WEIGHT": "82.0"}


def test_a_first_save_makes_one_entry_that_holds_every_item_with_who_when_and_where(ward: Ward) -> None:
    """P11-05."""
    saved = ward.save("V1", "VS", VITALS)
    assert len(saved.receipts) == 1
    entry = list(ward.trial.everything().history(stream=ward.place("V1", "VS").record))[-1]
    assert (entry.actor.id, entry.actor.role, entry.act) == ("ana", "coordinator", "record.save")
    assert {s.change.item: s.change.new for s in entry.changes} == VITALS | {"@status": "INCOMPLETE"}
    assert entry.recorded_at.startswith("2026-03-02T08:00")


def test_decimals_keep_the_digits_that_were_typed(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "82.0"})
    assert ward.values("V1", "VS")["WEIGHT"] == "82.0"


def test_a_correction_without_a_reason_is_refused_and_nothing_is_written(ward: Ward) -> None:
    ward.save("V1", "VS", VITALS)
    before = ward.store.size
    for reason in (None, Reason("SOURCE", "corrected"), Reason("OTHER", ""), Reason("NOSUCH", "a good text")):
        with pytest.raises(ReasonNeeded):
            ward.save("V1", "VS", {"SYSBP": "128"}, reason=reason)
    assert ward.store.size == before
    assert ward.values("V1", "VS")["SYSBP"] == "120"


def test_a_correction_keeps_the_old_value_beside_the_new_one_with_its_reason(ward: Ward) -> None:
    """P11-06."""
    ward.save("V1", "VS", VITALS)
    ward.save("V1", "VS", {"SYSBP": "128"}, reason=SOURCE)
    entry = list(ward.trial.everything().history(stream=ward.place("V1", "VS").record))[-1]
    changes = {s.change.item: (s.change.old, s.change.new) for s in entry.changes}
    assert changes == {"SYSBP": ("120", "128"), "@reason": (None, "the chart says otherwise")}
    assert entry.reason == "SOURCE"
    assert entry.act == "record.correct"


def test_answering_what_was_left_open_needs_no_reason(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    assert not ward.save("V1", "VS", {"DIABP": "80"}).unchanged


def test_clearing_a_value_is_a_change_with_a_reason_and_the_old_value_stays_in_the_ledger(ward: Ward) -> None:
    ward.save("V1", "VS", VITALS)
    ward.save("V1", "VS", {"WEIGHT": ""}, reason=SOURCE)
    assert "WEIGHT" not in ward.values("V1", "VS")


def test_a_missing_value_says_why_and_only_with_a_reason_of_the_study(ward: Ward) -> None:
    saved = ward.save("V1", "VS", {"WEIGHT": Missing("ND"), "SYSBP": Missing("LAZY")})
    assert ward.values("V1", "VS")["WEIGHT"] == {"m": "ND"}
    assert "LAZY" in saved.refused["SYSBP"].sentence


@pytest.mark.parametrize(
    ("item", "typed", "says"),
    [
        ("SYSBP", "twelve", "whole number"),
        ("SYSBP", "600", "not possible"),
        ("VSDAT", "2030-01-01", "future"),
        ("WEIGHT", "82.55", "digit"),
        ("NOSUCH", "1", "no item"),
        ("BMI", "20", "computed"),
    ],
)
def test_a_wrong_value_is_refused_with_the_reason_and_the_rest_of_the_form_is_kept(
    ward: Ward, item: str, typed: str, says: str
) -> None:
    saved = ward.save("V1", "VS", {"DIABP": "80", item: typed})
    assert says in str(saved.refused[item])
    assert ward.values("V1", "VS")["DIABP"] == "80"
    assert item not in ward.values("V1", "VS")


def test_a_form_with_an_answer_that_cannot_be_read_is_not_finished_and_asks_for_nothing_missing(ward: Ward) -> None:
    saved = ward.save("V1", "VS", {"DIABP": "80", "VSDAT": "in spring"}, submit=True)
    assert set(saved.refused) == {"VSDAT"}
    assert ward.values("V1", "VS")["@status"] == "INCOMPLETE"
    assert list(ward.trial.everything().queries(subject=SUBJECT)) == []
    ward.save("V1", "VS", {"VSDAT": "2026-03-01"}, submit=True)
    assert ward.values("V1", "VS")["@status"] == "TO COMPLETE"


def test_an_answer_to_a_question_that_is_not_asked_is_refused_with_the_condition(ward: Ward) -> None:
    saved = ward.save("V1", "VS", {"SICK": "N", "SICKTXT": "cough"})
    assert "SICK == 'Y'" in saved.refused["SICKTXT"].hint
    assert ward.values("V1", "VS")["SICK"] == "N"


def test_all_or_nothing_writes_nothing_when_one_value_is_wrong(ward: Ward) -> None:
    with pytest.raises(WrongValue, match="SYSBP"):
        ward.save("V1", "VS", {"DIABP": "80", "SYSBP": "x"}, whole=True)
    assert ward.values("V1", "VS") == {}


def test_a_computed_item_is_an_act_of_the_system_that_names_what_it_read(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "82.0", "HEIGHT": "175.0"})
    assert ward.values("V1", "VS")["BMI"] == "26.8"
    entry = list(ward.trial.everything().history(stream=ward.place("V1", "VS").record))[-1]
    assert (entry.actor.id, entry.act) == ("system", "record.compute")
    assert entry.origin["kind"] == "calculation"
    assert list(entry.origin["reads"]) == [f"{SUBJECT}/V1.1/VS.1"]  # type: ignore[call-overload]


def test_a_computed_item_in_another_form_follows_what_it_reads(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    ward.save("V2", "VS", {"WEIGHT": "80.0"})
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-02T07:30", "DOSEMG": "40.0"}, who=_everybody(ward))
    assert ward.values("V2", "DOSE")["MGKG"] == "0.50"
    ward.save("V2", "VS", {"WEIGHT": "50.0"}, reason=SOURCE)
    assert ward.values("V2", "DOSE")["MGKG"] == "0.80"


def test_what_counts_from_the_first_dose_follows_it(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    ward.save("V1", "VS", {"VSDAT": "2026-02-23"})
    assert "VSDY" not in ward.values("V1", "VS")
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-02T07:30"})
    assert ward.values("V1", "VS")["VSDY"] == "-7"
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-01T07:30"}, reason=SOURCE)
    assert ward.values("V1", "VS")["VSDY"] == "-6"


def _everybody(ward: Ward):  # type: ignore[no-untyped-def]
    from trialkit.access.identity import system

    return system()


def test_a_hard_check_blocks_the_save_and_gives_back_all_that_was_typed(ward: Ward) -> None:
    typed = {"SYSBP": "100", "DIABP": "100", "WEIGHT": "80.0"}
    with pytest.raises(Blocked, match="not below") as blocked:
        ward.save("V1", "VS", typed)
    assert blocked.value.facts["values"] == typed
    assert ward.values("V1", "VS") == {}


def test_a_dose_before_consent_is_refused(ward: Ward) -> None:
    """P11-08."""
    with pytest.raises(Blocked, match="consent"):
        ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-02T07:30"})
    assert ward.values("V2", "DOSE") == {}


def test_a_dose_that_did_happen_before_consent_is_taken_with_an_explanation_and_raises_a_deviation(ward: Ward) -> None:
    ward.save(
        "V2",
        "DOSE",
        {"DOSEDTM": "2026-03-02T07:30"},
        explanations={"C02": "Infusion began before the form was signed."},
    )
    assert ward.values("V2", "DOSE")["DOSEDTM"] == "2026-03-02T07:30"
    line = ward.values("LOG", "DV")
    assert line["DVRULE"] == "C02"
    assert "Infusion began" in str(line["DVTERM"])


def test_a_soft_range_opens_a_query_that_closes_itself_when_the_value_conforms(ward: Ward) -> None:
    ward.save("V1", "VS", VITALS | {"SYSBP": "150"})
    assert ward.queries() == ["G02"]
    ward.save("V1", "VS", {"SYSBP": "130"}, reason=SOURCE)
    assert ward.queries() == []
    assert ward.queries("CLOSED") == ["G02"]


def test_a_check_fires_once_however_often_the_form_is_saved(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "160.0"})
    ward.save("V1", "VS", {"WEIGHT": "170.0"}, reason=SOURCE)
    assert ward.queries() == ["W01"]


def test_required_answers_are_asked_for_once_the_form_is_declared_finished(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    assert ward.queries() == []
    ward.save("V1", "VS", {"DIABP": "80"}, submit=True)
    assert ward.queries() == ["G03", "G03"]
    assert ward.values("V1", "VS")["@status"] == "TO COMPLETE"
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "WEIGHT": "80.0"})
    assert ward.values("V1", "VS")["@status"] == "COMPLETE"
    assert ward.queries() == []


def test_a_check_across_forms_runs_when_either_side_changes(ward: Ward) -> None:
    ward.save("LOG", "AE", {"AETERM": "Headache", "AESTDAT": "2026-01", "AESER": "N"})
    assert ward.queries() == []
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-15"})
    assert ward.queries() == ["A14"]
    ward.save("LOG", "IC", {"ICDAT": "2026-01-01"}, reason=SOURCE)
    assert ward.queries() == []


def test_grid_rows_are_checked_row_by_row_and_summed_up(ward: Ward) -> None:
    ward.save("V2", "GRID", {"READING[PRE].RSYS": "120", "READING[T5].RSYS": "175", "READING[ADHOC.1].RSYS": "130"})
    assert ward.values("V2", "GRID")["RMAX"] == "175"
    assert ward.queries() == ["G02", "T03"]


def test_a_row_that_the_grid_does_not_have_is_refused(ward: Ward) -> None:
    saved = ward.save("V2", "GRID", {"READING[T7].RSYS": "120", "READING[ADHOC].RSYS": "1", "SUMMARY[1].RMAX": "3"})
    assert set(saved.refused) == {"READING[T7].RSYS", "READING[ADHOC].RSYS", "SUMMARY[1].RMAX"}


def test_codes_are_kept_as_codes_in_the_order_of_their_list(ward: Ward) -> None:
    ward.save("V2", "GRID", {"READING[T5].RSYM": ["HEADACHE", "NAUSEA"]})
    assert ward.values("V2", "GRID")["READING[T5].RSYM"] == ["NAUSEA", "HEADACHE"]


def test_a_save_on_an_old_version_gives_both_versions_back(ward: Ward) -> None:
    ward.save("V1", "VS", VITALS)
    with pytest.raises(StaleRecord) as stale:
        ward.save("V1", "VS", {"SYSBP": "111"}, based_on=0, reason=SOURCE)
    assert stale.value.facts["mine"] == {"SYSBP": "111"}
    assert stale.value.facts["theirs"]["SYSBP"] == "120"  # type: ignore[index]


def test_a_repeated_request_writes_once(ward: Ward) -> None:
    first = ward.save("V1", "VS", VITALS, request="r-1", based_on=0)
    size = ward.store.size
    again = ward.save("V1", "VS", VITALS, request="r-1", based_on=0)
    assert [r.seq for r in again.receipts] == [r.seq for r in first.receipts]
    assert ward.store.size == size


def test_saving_what_already_stands_writes_nothing(ward: Ward) -> None:
    ward.save("V1", "VS", VITALS)
    size = ward.store.size
    assert ward.save("V1", "VS", VITALS).unchanged
    assert ward.store.size == size


def test_a_struck_log_line_stays_and_counts_nowhere(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-15"})
    ward.save("LOG", "AE", {"AETERM": "Headache", "AESTDAT": "2026-01", "AESER": "N"})
    assert ward.queries() == ["A14"]
    place = ward.place("LOG", "AE")
    inactivate(
        ward.trial, ward.ana, place, reason=Reason("OTHER", "entered twice, see line 2"), based_on=ward.version(place)
    )
    values = ward.values("LOG", "AE")
    assert values["@inactive"] == "Y"
    assert values["AETERM"] == "Headache"


def test_a_struck_row_no_longer_counts_in_a_total(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-15"})
    ward.save("V2", "DOSE", {"STEPS[1].STEPVOL": "20.0", "STEPS[2].STEPVOL": "30.0"})
    assert ward.values("V2", "DOSE")["TOTAL"] == "50.0"
    place = ward.place("V2", "DOSE")
    inactivate(ward.trial, ward.ana, place, reason=SOURCE, based_on=ward.version(place), row="STEPS[2]")
    assert ward.values("V2", "DOSE")["TOTAL"] == "20.0"


def test_somebody_without_the_right_is_refused_and_the_attempt_is_an_entry(ward: Ward) -> None:
    """P11-09."""
    with pytest.raises(Refused):
        ward.save("V1", "VS", VITALS, who=ward.mo)
    last = list(ward.trial.everything().entries())[-1]
    assert (last.act, last.actor.id) == ("attempt.refused", "mo")
    assert ward.values("V1", "VS") == {}


def test_what_was_refused_of_a_subject_that_is_not_enrolled_yet_does_not_make_the_enrolment_stale(ward: Ward) -> None:
    sitting = Sitting(ward.trial, ward.ana, "01-0077", "01", enrol=True)
    vitals = Place("01", "01-0077", "V1", 1, "VS", 1)
    sitting.who = ward.mo
    with pytest.raises(Refused):
        save_in(sitting, vitals, {"SYSBP": "120"}, 0, Act())
    sitting.who = ward.ana
    save_in(sitting, vitals, {"SYSBP": "120"}, 0, Act())
    sitting.commit()
    assert ward.trial.everything().record(vitals) is not None


def test_blinded_people_may_not_write_what_they_may_not_see(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-15"})
    with pytest.raises(Refused):
        ward.save("V2", "DOSE", {"DOSEMG": "40.0"})


def test_forms_and_subjects_that_do_not_exist_are_named(ward: Ward) -> None:
    with pytest.raises(NotFound, match="does not belong"):
        ward.save("V1", "DOSE", {"DOSEDTM": "2026-03-01T10:00"})
    with pytest.raises(OutOfOrder, match="stands once"):
        ward.save("V1", "VS", VITALS, repeat=2)
