"""Study versions: published per site, shown as entered, with every effect told beforehand (design 3.6)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.ward import Ward, write_study
from tests.ward_study import FORMS, STUDY
from trialkit.conduct import amend
from trialkit.conduct.capture import save_form
from trialkit.errors import OutOfOrder, Refused
from trialkit.study.loading import load_study
from trialkit.study.model import Study

NEW_ITEM = """\
      PULSE:
        label: Pulse
        type: integer
        unit: beats/min
"""


def _amended(tmp_path: Path, **forms: str) -> Study:
    return load_study(write_study(tmp_path / "amended", study=STUDY.replace("version: '1'", "version: '2'"), **forms))


def _with_pulse(tmp_path: Path) -> Study:
    retired = FORMS["vs"].replace(
        "        label: Any complaint\n", "        label: Any complaint\n        retired: yes\n"
    )
    return _amended(tmp_path, vs=retired.replace("      SICK:\n", NEW_ITEM + "      SICK:\n"))


def test_a_record_stays_in_the_version_it_was_entered_in_and_new_ones_use_the_new_one(
    ward: Ward, tmp_path: Path
) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    new = _with_pulse(tmp_path)
    amend.publish(ward.trial, ward.dee, new, "01")
    assert "PULSE" in ward.save("V1", "VS", {"PULSE": "70"}).refused
    assert not ward.save("V2", "VS", {"PULSE": "70"}).refused
    record = ward.trial.everything().record(ward.place("V2", "VS"))
    assert record is not None
    assert record.study == new.hash


def test_a_version_published_for_later_is_not_yet_in_force(ward: Ward, tmp_path: Path) -> None:
    later = ward.clock.moment + dt.timedelta(days=1)
    amend.publish(ward.trial, ward.dee, _with_pulse(tmp_path), "01", later)
    assert "PULSE" in ward.save("V1", "VS", {"PULSE": "70"}).refused
    ward.clock.moment = later + dt.timedelta(minutes=1)
    assert not ward.save("V2", "VS", {"PULSE": "70"}).refused


def test_what_was_answered_in_another_version_is_no_answer_to_a_question_that_is_asked_otherwise(
    ward: Ward, tmp_path: Path
) -> None:
    place, seen = ward.place("V1", "VS"), ward.study.hash
    new = _amended(tmp_path, vs=FORMS["vs"].replace("label: Systolic blood pressure", "label: Systolic, lying"))
    amend.publish(ward.trial, ward.dee, new, "01")
    with pytest.raises(OutOfOrder, match="came into force here while this form was open") as refused:
        save_form(ward.trial, ward.ana, place, {"SYSBP": "128"}, based_on=0, study=seen)
    assert refused.value.facts["study"] == new.hash
    with pytest.raises(OutOfOrder):  # nobody has seen the whole form that would be finished
        save_form(ward.trial, ward.ana, place, {"DIABP": "80"}, based_on=0, submit=True, study=seen)
    assert ward.trial.everything().record(place) is None
    assert save_form(ward.trial, ward.ana, place, {"DIABP": "80"}, based_on=0, study=seen).version == 1


def test_what_was_read_at_five_minutes_is_no_reading_at_eight(ward: Ward, tmp_path: Path) -> None:
    place, seen = ward.place("V2", "GRID"), ward.study.hash
    eight = FORMS["grid"].replace("5 minutes", "8 minutes").replace("minute: '5'", "minute: '8'")
    amend.publish(ward.trial, ward.dee, _amended(tmp_path, grid=eight), "01")
    with pytest.raises(OutOfOrder):
        save_form(ward.trial, ward.ana, place, {"READING[T5].RSYS": "128"}, based_on=0, study=seen)
    assert not save_form(ward.trial, ward.ana, place, {"READING[PRE].RSYS": "128"}, based_on=0, study=seen).refused


def test_a_version_that_asks_alike_in_this_form_hinders_no_save(ward: Ward, tmp_path: Path) -> None:
    amend.publish(ward.trial, ward.dee, _amended(tmp_path), "01")
    place = ward.place("V1", "VS")
    save_form(ward.trial, ward.ana, place, {"SYSBP": "128"}, based_on=0, submit=True, study=ward.study.hash)
    record = ward.trial.everything().record(place)
    assert record is not None
    assert record.study == ward.trial.study_at("01").hash


def test_the_dry_run_names_each_effect_by_subject_and_item(ward: Ward, tmp_path: Path) -> None:
    ward.save("V1", "VS", {"SYSBP": "120", "SICK": "N"})
    changes, effects = amend.dry_run(ward.trial, ward.dee, _with_pulse(tmp_path), "01")
    assert {(effect.kind, effect.item) for effect in effects} == {("orphaned", "SICK"), ("required", "PULSE")}
    assert any("PULSE" in change.place for change in changes)


def test_a_published_item_never_changes_its_type_and_never_disappears(ward: Ward, tmp_path: Path) -> None:
    words = "        label: Systolic blood pressure\n        type: "
    other = _amended(tmp_path, vs=FORMS["vs"].replace(words + "integer", words + "decimal"))
    with pytest.raises(OutOfOrder, match="SYSBP"):
        amend.publish(ward.trial, ward.dee, other, "01")


def test_only_data_management_publishes_and_the_same_version_only_once(ward: Ward) -> None:
    with pytest.raises(Refused):
        amend.publish(ward.trial, ward.ana, ward.study, "01")
    with pytest.raises(OutOfOrder, match="already"):
        amend.publish(ward.trial, ward.dee, ward.study, "01")
