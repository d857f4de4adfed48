"""The part `session` of study.yaml: what it names must be there, of the type of its part, and stand together."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from trialkit.errors import WrongStudy
from trialkit.study.canonical import study_from_canonical
from trialkit.study.loading import load_study

KET = Path(__file__).parents[2] / "forms" / "ket_trd_301"
BREAKS = {
    "    date: SVDAT\n": ("    date: SVMODE\n", "SVMODE is code"),
    "sets: {SVSTAT: DONE}": ("sets: {SVSTAT: DUN, SVSTAD: DONE}", "DUN is no code of SVSTAT"),
    "holds: [PDHBP,": ("holds: [PDHBB,", "PD has no item PDHBB"),
    "decision: PDGO": ("decision: PDGOO", "PD has no item PDGOO"),
    "start_date: ECSTDAT": ("start_date: ECSTTIM", "ECSTTIM is time"),
    "end_time: ECENTIM": ("end_time: ECENTIN", "EC has no item ECENTIN"),
    "volume: ECVOLT": ("volume: ECVOLTT", "EC has no item ECVOLTT"),
    "shows: [ECVOLPMP,": ("shows: [ECVOLPMQ,", "EC has no item ECVOLPMQ"),
    'rest: "0"': ('rest: "1"', "1 is no code of ECSRATE"),
    "resume: RESUME": ("resume: RESUMED", "RESUMED is no code of ECSACT"),
    "      pause: PAUSE\n": ("", "the steps have no pause"),
    "reason: ECSADJ": ("reason: ECSBY", "ECSBY is person"),
    "time: IMTIM": ("time: IMDAT", "IMDAT is date"),
    "stopped: {rows: [T5,": ("stopped: {rows: [T6,", "GRID has no timepoint T6"),
    "items: [IMCDS]": ("items: [IMCDMAX]", "IMCDMAX does not stand in rows of GRID"),
    "baseline: [IMSBP0,": ("baseline: [IMRHY,", "IMRHY stands in rows of GRID"),
    "P_CADSS_AE, P_CADSS_DIS]": ("P_CADSS_AE, P_CADSS_DIZ]", "there is no parameter P_CADSS_DIZ"),
    "criteria: [DRBPOK,": ("criteria: [DRBPOC,", "DR has no item DRBPOC"),
}  # what is written -> what is written instead, and what the complaint says


def _broken(folder: Path, *changes: tuple[str, str]) -> str:
    shutil.copytree(KET, folder, ignore=shutil.ignore_patterns("stories"))
    text = (folder / "study.yaml").read_text()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "study.yaml").write_text(text)
    with pytest.raises(WrongStudy) as refused:
        load_study(folder)
    return str(refused.value)


def test_every_wrong_name_in_the_session_is_a_complaint_of_its_own(tmp_path: Path) -> None:
    told = _broken(tmp_path / "ket", *((old, new) for old, (new, _) in BREAKS.items()))
    assert [what for _, what in BREAKS.values() if what not in told] == []
    assert (
        len(told.splitlines()) == len(BREAKS) + 2
    )  # IMDAT is no time and stands in no row, too; nor is there an item SVSTAD
    assert "SV has no item SVSTAD" in told
    assert "did you mean PDHBP?" in told


def test_the_forms_of_a_session_stand_in_one_event(tmp_path: Path) -> None:
    criteria = "[DRBPOK, DROBSOK, DRMOOK, DRCDOK, DRGAIT, DRORI, DRNAUS, DRSI, DREDU, DRESC]"
    old = f"form: DR\n    time: DRTIM\n    criteria: {criteria}"
    told = _broken(tmp_path / "ket", (old, "form: EG\n    time: EGTIM\n    criteria: [EGPERF]"))
    assert re.match(r"study\.yaml:\d+:1: no event has all forms of the session", told)
    assert len(told.splitlines()) == 1


def test_readings_that_a_stop_takes_away_need_an_item_that_says_why(tmp_path: Path) -> None:
    told = _broken(tmp_path / "ket", ("    not_done: IMND\n", ""))
    assert re.match(r"study\.yaml:\d+:5: nothing says why a reading was not done", told)


def test_a_study_gives_its_session_back_from_its_canonical_bytes() -> None:
    study = load_study(KET)
    assert study.file.session is not None
    assert study_from_canonical(study.canonical).file.session == study.file.session
