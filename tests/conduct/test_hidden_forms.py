"""Checks between forms tell nobody of a form that is hidden from them, and all what is theirs to settle (0019)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conduct.hidden_forms import BLINDED, HIDDEN, WEIGHT, given, told
from tests.conduct.pharmacy import SOURCE, MakeWard
from tests.ward import SUBJECT, write_study
from trialkit.conduct import amend, query
from trialkit.conduct.cause import cause
from trialkit.conduct.preview import preview
from trialkit.conduct.query_in_sitting import move_in
from trialkit.conduct.sitting import Sitting
from trialkit.errors import Blocked, NotFound
from trialkit.store.log import Wanted
from trialkit.study.loading import load_study

OF_VITAL_SIGNS = ["D07", "E04"]


def test_a_query_of_a_check_that_reads_a_hidden_form_is_in_no_list_count_or_log_of_who_has_no_part_in_it(
    make_ward: MakeWard,
) -> None:
    ward = given(make_ward)
    assert told(ward, "coordinator") == [*OF_VITAL_SIGNS, "W01"]  # the control
    assert told(ward, "pharmacist") == ["K09"]
    log = ward.trial.reader(ward.uma).look(Wanted(most=500)).entries
    assert not {"D07", "E04"} & {part for one in log for part in one.stream.split("/")}


def test_who_enters_a_form_is_told_that_its_check_fired_and_neither_the_rule_nor_a_hidden_value(
    make_ward: MakeWard,
) -> None:
    ward = given(make_ward)
    [stream] = [one for one, _, _ in ward.trial.reader(ward.uma).open_queries([SUBJECT])]
    asked = ward.trial.reader(ward.uma).record(stream)
    assert asked is not None
    assert asked.values["text"] == "The criteria of a higher dose are not met."
    why = cause(ward.trial, ward.uma, asked)
    assert (why.rule, why.when) == ("", "")
    assert [read.path for read in why.reads] == ["KITNO"]
    query.answer(ward.trial, ward.uma, stream, "The lower dose was made ready.")


def test_what_a_nurse_settles_is_told_to_all_who_see_as_much_and_closed_by_the_data_manager(
    make_ward: MakeWard,
) -> None:
    ward = given(make_ward)
    ward.save("V2", "KIT", {"KITNO": "K2"}, who=ward.uma, reason=SOURCE)
    for role in BLINDED:
        assert told(ward, role) == [*OF_VITAL_SIGNS, "P13", "W01"]
    assert told(ward, "pharmacist") == ["K09", "P13"]
    [asked] = [one.query for one in ward.trial.reader(ward.mo).asked(subject=SUBJECT) if one.check == "P13"]
    why = cause(ward.trial, ward.mo, asked)
    assert (why.title, why.rule, [read.path for read in why.reads]) == ("Right kit", "", ["DOSEKIT"])
    assert "KITNO" in cause(ward.trial, ward.uma, asked).rule  # the control: Uma sees both forms
    query.answer(ward.trial, ward.ana, asked.stream, "The label was read again.")
    query.close(ward.trial, ward.dee, asked.stream, "Settled with the pharmacy.")


def test_a_query_that_is_not_told_is_moved_by_nobody_it_is_kept_from_and_closes_itself(make_ward: MakeWard) -> None:
    ward = given(make_ward)
    [stream] = [one.query.stream for one in ward.trial.reader(ward.dee).asked(subject=SUBJECT) if one.check == "D07"]
    with pytest.raises(NotFound):
        query.answer(ward.trial, ward.uma, stream, "I should not know of it.")
    sitting = Sitting(ward.trial, ward.uma, SUBJECT)
    with pytest.raises(NotFound):
        move_in(sitting, "query.answer", sitting.queries()[stream], "I should not know of it.", {"kind": "screen"})
    ward.save("V2", "VS", {"SYSBP": "120"}, reason=SOURCE)
    assert ward.queries() == ["E04", "K09", "W01"]


def test_a_preview_and_what_a_save_gives_back_tell_no_finding_of_a_hidden_form(make_ward: MakeWard) -> None:
    ward = given(make_ward)
    place = ward.place("V2", "DOSE")
    typed = {"DOSEDTM": "2026-03-02T07:31"}
    assert [one.check for one in preview(ward.trial, ward.ito, place, typed).findings] == ["D07", "E04"]  # the control
    assert preview(ward.trial, ward.uma, place, typed).findings == ()
    saved = ward.save("V2", "KIT", {"KITNO": "K3"}, who=ward.uma, reason=SOURCE)
    assert {one.check for one in saved.findings} == {"P13"}
    saved = ward.save("V2", "VS", {"WEIGHT": "152.5"}, reason=SOURCE)
    assert {one.place.form for one in saved.findings} == {"VS", "DOSE"}  # and not KIT, which Ana does not see


def test_a_hard_check_stops_who_may_not_read_its_words_and_tells_no_value(make_ward: MakeWard) -> None:
    ward = given(make_ward)
    with pytest.raises(Blocked, match=r"K10: .*a form that you do not see") as blocked:
        ward.save("V2", "KIT", {"KITNO": "K666"}, who=ward.uma, reason=SOURCE)
    assert WEIGHT not in str(blocked.value.facts)
    with pytest.raises(Blocked, match="P13: Wrong kit, K7 was not prepared"):
        ward.save("V2", "DOSE", {"DOSEKIT": "K7"}, who=ward.ito, reason=SOURCE)


def test_an_explanation_is_shown_to_whom_its_check_is_told(make_ward: MakeWard) -> None:
    why = {"P13": "No other kit was in the room.", "D08": "The pressure of the morning was wrong."}
    ward = given(make_ward, "K2", why)
    for who, seen in ((ward.ana, {"P13", "D08"}), (ward.uma, {"P13"})):
        reader = ward.trial.reader(who)
        record = reader.record(ward.place("V2", "DOSE"))
        assert record is not None
        assert {check for check in why if f"@explanation[{check}]" in record.values} == seen
        log = [one.change.item for entry in reader.entries(subject=SUBJECT) for one in entry.changes]
        assert {check for check in why if f"@explanation[{check}]" in log} == seen


def test_versions_before_the_one_in_force_keep_their_checks_from_the_same_people(
    make_ward: MakeWard, tmp_path: Path
) -> None:
    ward = given(make_ward)
    second = {
        "dose": HIDDEN["dose"].partition("  D07:")[0], "study": HIDDEN["study"].replace("version: '1'", "version: '2'")
    }  # fmt: skip
    amend.publish(ward.trial, ward.dee, load_study(write_study(tmp_path / "second", **HIDDEN | second)), "01")
    latest = ward.trial.latest()
    assert latest is not None
    assert "D07" not in latest.checks
    assert told(ward, "pharmacist") == ["K09"]
    assert "D07" in told(ward, "coordinator")
