"""Deliverables as text: what the reference study declares loads, and each fault is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.export.ketamine import ketamine
from trialkit.errors import WrongStudy
from trialkit.export.declared import load_deliverables

CASEBOOK = """\
kind: casebook
title: Subject casebook
timelines:
- title: The infusion
  start: EC.ECSTTIM
  facts:
  - EC.ECVOLT
  rows:
  - group: EC.STEPS
    time: ECSTIM
  columns:
  - title: Step
    group: EC.STEPS
    items:
    - ECSACT
"""


def complaints(folder: Path, text: str, name: str = "a.yaml") -> list[str]:
    (folder / name).write_text(text)
    with pytest.raises(WrongStudy) as refused:
        load_deliverables(folder, ketamine())
    return [str(complaint) for complaint in refused.value.complaints]


def test_a_folder_of_deliverables_loads_by_name(tmp_path: Path) -> None:
    (tmp_path / "casebook.yaml").write_text(CASEBOOK)
    (tmp_path / "all.yaml").write_text("kind: csv-forms\ntitle: Tables\nforms:\n- AE\n")
    found = load_deliverables(tmp_path, ketamine())
    assert [(one.name, one.what.kind, one.what.blinding) for one in found] == [
        ("all", "csv-forms", "blinded"),
        ("casebook", "casebook", "blinded"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: csv-form\ntitle: T\n", "a.yaml:1:7: 'csv-form' is no kind of deliverable"),
        ("title: T\n", "is no kind of deliverable"),
        ("kind: csv-items\n", "title"),
        ("kind: csv-items\ntitle: T\nprofil: machine\n", "a.yaml:3:1:"),
        ("kind: csv-items\ntitle: T\nforms:\n- AX\n", "a.yaml:4:3: there is no form AX"),
        (CASEBOOK.replace("ECSTTIM", "ECSTTIN"), "a.yaml:5:10: there is no item EC.ECSTTIN"),
        (CASEBOOK.replace("- EC.ECVOLT", "- EC.NONE"), "a.yaml:7:5: there is no item EC.NONE"),
        (CASEBOOK.replace("group: EC.STEPS\n    time", "group: EC.STEP\n    time"), "there is no group EC.STEP"),
        (CASEBOOK.replace("- ECSACT", "- ECSACX"), "there is no item ECSACX in EC.STEPS"),
        ("kind: csv-items\nkind: csv-items\ntitle: T\n", "a.yaml:2:1:"),
    ],
)
def test_a_fault_is_told_with_file_line_and_column(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in complaint for complaint in complaints(tmp_path, text))


def test_an_empty_folder_and_a_name_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongStudy, match="no deliverable is declared here"):
        load_deliverables(tmp_path, ketamine())
    assert "is no name of a deliverable" in complaints(tmp_path, "kind: csv-items\ntitle: T\n", "Two Words.yaml")[0]
