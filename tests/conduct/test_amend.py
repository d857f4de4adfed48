"""Study versions: published per site, shown as entered, with every effect told beforehand (design 3.6)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.ward import Ward, write_study
from tests.ward_study import FORMS, STUDY
from trialkit.conduct import amend
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
