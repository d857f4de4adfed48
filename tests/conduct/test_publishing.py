"""When a study version comes into force: never in the past, never before one that is scheduled already."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest

from tests.ward import Ward, write_study
from tests.ward_study import STUDY
from trialkit.conduct import amend
from trialkit.errors import OutOfOrder, WrongValue
from trialkit.study.loading import load_study
from trialkit.study.model import Study


def _version(folder: Path, number: int) -> Study:
    return load_study(write_study(folder / str(number), study=STUDY.replace("version: '1'", f"version: '{number}'")))


def test_a_version_does_not_come_into_force_in_the_past(ward: Ward, tmp_path: Path) -> None:
    with pytest.raises(OutOfOrder, match="is past"):
        amend.publish(ward.trial, ward.dee, _version(tmp_path, 2), "01", dt.datetime(2020, 6, 1, tzinfo=dt.UTC))
    with pytest.raises(WrongValue, match="no time zone"):
        amend.publish(ward.trial, ward.dee, _version(tmp_path, 2), "01", dt.datetime(2030, 6, 1))
    assert ward.trial.study_at("01").study.file.version == "1"


def test_a_moment_that_has_just_gone_by_means_now(ward: Ward, tmp_path: Path) -> None:
    amend.publish(ward.trial, ward.dee, _version(tmp_path, 2), "01", ward.clock.moment - dt.timedelta(minutes=2))
    published = ward.trial.everything().record("study/01")
    assert published is not None
    assert published.values["version[2].from"] >= published.values["version[1].from"]  # type: ignore[operator]
    assert ward.trial.study_at("01").study.file.version == "2"


def test_no_version_is_put_in_force_before_one_that_is_scheduled(ward: Ward, tmp_path: Path) -> None:
    june = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    amend.publish(ward.trial, ward.dee, _version(tmp_path, 2), "01", june)
    for effective in (None, june - dt.timedelta(days=1)):
        with pytest.raises(OutOfOrder, match="scheduled from 2026-06-01") as refused:
            amend.publish(ward.trial, ward.dee, _version(tmp_path, 3), "01", effective)
        assert "from the same moment on or later" in refused.value.hint
    amend.publish(ward.trial, ward.dee, _version(tmp_path, 3), "01", june)
    ward.clock.moment = june + dt.timedelta(minutes=1)
    assert ward.trial.study_at("01").study.file.version == "3"


def test_of_two_who_publish_at_once_one_is_told_so(ward: Ward, tmp_path: Path) -> None:
    versions = [_version(tmp_path, number) for number in (2, 3)]
    start, done, refused = threading.Barrier(2), list[str](), list[BaseException]()
    append, ready = ward.store.append, threading.Barrier(2)

    def together(drafts, *, request=None):  # type: ignore[no-untyped-def]
        if drafts[0].act == "study.publish":
            ready.wait()  # both have read the same version by now
        return append(drafts, request=request)

    ward.store.append = together  # type: ignore[method-assign]

    def publish(study: Study) -> None:
        start.wait()
        try:
            done.append(amend.publish(ward.trial, ward.dee, study, "01").stream)
        except BaseException as error:
            refused.append(error)

    threads = [threading.Thread(target=publish, args=(study,)) for study in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == ["study/01"]
    assert [type(error) for error in refused] == [OutOfOrder]


def test_a_reader_is_bound_by_the_version_in_force_at_its_site(ward: Ward, tmp_path: Path) -> None:
    latest = ward.trial.latest({"01"})
    assert latest is not None
    assert latest.study.file.version == "1"
    amend.publish(ward.trial, ward.dee, _version(tmp_path, 2), "01", dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
    for sites, version in (({"01"}, "1"), (None, "1"), ({"02"}, None)):
        found = ward.trial.latest(sites)
        assert (found.study.file.version if found else None) == version
