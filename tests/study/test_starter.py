"""`trialkit study new`: a small study that is sound, proves all of itself, and says what each part is for."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from trialkit.cli.study import app
from trialkit.errors import WrongFile, WrongStudy
from trialkit.export.declared import load_deliverables
from trialkit.study.building import compile_study
from trialkit.study.mutation import mutate, noticed
from trialkit.study.starter import new_study
from trialkit.study.trials import try_cases, unproven


def test_a_new_study_has_visits_consent_a_log_a_grid_and_checks(tmp_path: Path) -> None:
    study, files = new_study(tmp_path / "first", "FIRST-1", "My first study")
    assert (study.file.oid, study.file.title, study.file.version) == ("FIRST-1", "My first study", "0.1")
    assert [oid for oid, event in study.file.events.items() if event.kind == "scheduled"] == ["V1", "V2"]
    assert study.file.consent is not None
    assert study.forms["AE"].repeating
    assert study.forms["VS"].groups["READINGS"].timepoints
    assert sum(len(form.checks) for form in study.forms.values()) == 4
    assert {"coordinator", "investigator", "monitor", "datamanager", "administrator"} == set(study.file.roles)
    assert all(path.is_relative_to(tmp_path / "first") for path in files)


def test_every_case_of_a_new_study_goes_well_and_every_mutant_is_noticed(tmp_path: Path) -> None:
    study = compile_study(new_study(tmp_path / "first", "FIRST-1", "My first study")[0])
    assert [result for result in try_cases(study) if not result.good] == []
    assert unproven(study) == []
    good, total, percent = noticed(mutate(study, study.checks.values()))
    assert (good == total, percent) == (True, 100.0)
    assert total > 10


def test_a_new_study_declares_what_is_handed_over(tmp_path: Path) -> None:
    study, _ = new_study(tmp_path / "first", "FIRST-1", "My first study")
    assert [one.name for one in load_deliverables(tmp_path / "first" / "exports", study)] == ["casebook", "forms"]


def test_every_file_of_a_new_study_begins_with_what_it_is_for(tmp_path: Path) -> None:
    _, files = new_study(tmp_path / "first", "FIRST-1", "My first study")
    assert [path.name for path in files if not path.read_text(encoding="utf-8").startswith("# ")] == []


@pytest.mark.parametrize("title", ['A "first" study: #1', "Étude première", "yes", "1.10"])
def test_id_and_title_stay_what_was_typed(tmp_path: Path, title: str) -> None:
    study, _ = new_study(tmp_path / "first", "NO", title)
    assert (study.file.oid, study.file.title) == ("NO", title)


def test_nothing_that_stands_in_a_folder_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    new_study(tmp_path / "first", "FIRST-1", "My first study")
    (tmp_path / "first" / "study.yaml").write_text("mine")
    with pytest.raises(WrongFile, match="first is not empty"):
        new_study(tmp_path / "first", "FIRST-2", "Another")
    with pytest.raises(WrongFile, match=r"study\.yaml is not empty"):
        new_study(tmp_path / "first" / "study.yaml", "FIRST-2", "Another")
    assert (tmp_path / "first" / "study.yaml").read_text() == "mine"


def test_a_title_that_is_none_is_complained_of_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WrongStudy, match="title: ' ' is empty"):
        new_study(tmp_path / "first", "FIRST-1", " ")
    assert not (tmp_path / "first").exists()


def test_the_verb_names_the_files_and_the_next_step(tmp_path: Path) -> None:
    folder = tmp_path / "first"
    result = CliRunner().invoke(app, ["new", str(folder), "--oid", "FIRST-1", "--title", "My first study"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert str(folder / "exports" / "casebook.yaml") in lines
    assert lines[-1] == f"FIRST-1: a study with 4 forms. Go on with: trialkit study check {folder}"
    result = CliRunner().invoke(app, ["new", str(tmp_path / "other"), "--oid", "X", "--title", ""])
    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        1,
        "study.yaml:5:8: title is empty (write something, or leave the key out if it may be absent)",
    )
