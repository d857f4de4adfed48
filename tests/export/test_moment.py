"""As of when: a time or a number of entries names one state of the trial, with the study version of then."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.ward import Ward, write_study
from tests.ward_study import STUDY
from trialkit.conduct import amend
from trialkit.conduct.reason import Reason
from trialkit.errors import NotFound, WrongValue
from trialkit.export.moment import moment
from trialkit.study.loading import load_study

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


def test_a_time_and_a_number_of_entries_name_the_same_moment(ward: Ward) -> None:
    before = ward.save("V1", "VS", {"SYSBP": "120", "DIABP": "80"}).receipts[-1]
    ward.clock.moment += dt.timedelta(days=1)
    ward.save("V1", "VS", {"SYSBP": "121"}, reason=Reason("SOURCE", "the chart of the ward says otherwise"))
    by_number = moment(ward.store, entries=before.seq + 1)
    assert moment(ward.store, at=by_number.at) == by_number
    assert by_number.as_of == before.seq + 1
    assert moment(ward.store).as_of == ward.store.size > by_number.as_of


def test_the_study_of_the_moment_is_the_one_that_was_published_by_then(ward: Ward, tmp_path: Path) -> None:
    then = ward.store.size
    newer = load_study(write_study(tmp_path / "second", study=STUDY.replace("version: '1'", "version: '2'", 1)))
    amend.publish(ward.trial, ward.dee, newer, "01")
    assert moment(ward.store).study.file.version == "2"
    assert moment(ward.store, entries=then).study.file.version == "1"


def test_a_moment_at_which_nothing_stood_is_refused_with_the_first_that_there_is(ward: Ward) -> None:
    with pytest.raises(WrongValue, match="the first entry is of 2026-03-02"):
        moment(ward.store, at="2020-01-01T00:00:00.000000Z")
    for entries in (0, ward.store.size + 1):
        with pytest.raises(WrongValue, match="the ledger has"):
            moment(ward.store, entries=entries)
    with pytest.raises(NotFound, match="no study version"):
        moment(ward.store, entries=1)
