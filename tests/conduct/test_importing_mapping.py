"""A mapping is checked like a study: every fault at once, each with its place and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conduct.importing_texts import GRID, LOG, VITALS, vital, write
from tests.ward import write_study
from trialkit.conduct.importing_mapping import read_mapping
from trialkit.conduct.importing_rows import fill
from trialkit.conduct.importing_rules import fit
from trialkit.conduct.importing_table import table_of
from trialkit.errors import WrongFile
from trialkit.study.loading import load_study
from trialkit.study.model import Study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return load_study(write_study(tmp_path_factory.mktemp("ward")))


def complaints(tmp_path: Path, study: Study, text: str) -> str:
    mapping, _ = write(tmp_path, text, vital())
    with pytest.raises(WrongFile) as caught:
        fit(*read_mapping(mapping), study)
    return str(caught.value)


def test_the_mappings_of_these_tests_fit_the_ward(tmp_path: Path, study: Study) -> None:
    for text in (VITALS, GRID, LOG):
        mapping, _ = write(tmp_path, text)
        said, source = read_mapping(mapping)
        fit(said, source, study)
        assert said.form in study.forms


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("form: VS", "form: VT", "mapping.yaml:2:7: the study has no form VT (there are VS,"),
        ("reason: SOURCE", "reason: SOURCES", "the study has no change reason SOURCES (did you mean SOURCE?)"),
        ("to: SYSBP", "to: SYSPB", "the study has no item in this form called SYSPB (did you mean SYSBP?)"),
        ("to: SYSBP", "to: MAIN.SYSBP", "MAIN.SYSBP is not where the item stands (write SYSBP)"),
        ("to: SYSBP", "to: BMI", "BMI is computed and takes no values"),
        ("SCREENING: V1", "SCREENING: V9", "the study has no event V9"),
        ("SCREENING: V1", "SCREENING: LOG", "form VS does not stand in LOG (it stands in V1, V2)"),
        ("SCREENING: V1", "SCREENING: V1.x", "'x' is no repeat of an event (write EVENT.2 for the second)"),
        ("NOT DONE: ND", "NOT DONE: NDX", "the study has no missing reason for this item NDX"),
        ('"yes": Y', '"yes": YES', "the study has no code YES"),
        ("column: DIA", "empty: NOPE\n  column: DIA", "NOPE is no missing reason of this item"),
        ("column: DIA", "value: '80'\n  column: DIA", "exactly one of column and value is needed"),
        ("pattern: ([0-9]{2})-", "pattern: ([0-9]{2}-", "the pattern cannot be read"),
        ("NOTE: remarks", "SYS: remarks", "column SYS is ignored and used"),
        ("NOTE: remarks of the courier", "NOTE:", "NOTE is empty"),
        ("enrol: yes", "enroll: yes", "enroll is not a key here (did you mean enrol?)"),
        ("enrol: yes", "enrol: true", "is neither yes nor no"),
        ("enrol: yes", "explain:\n  L1: none", "the study has no check L1 (did you mean L01?)"),
        ("enrol: yes", "delimiter: pipe", "'pipe' is no delimiter"),
        ("items:", "ittems:", "items"),
        ("title: Vital", "title: &a Vital", "an anchor stands here"),
        ("title: Vital", "title: Vital\ntitle: Vital", "title stands here twice"),
    ],
)
def test_each_fault_of_a_mapping_is_told(tmp_path: Path, study: Study, old: str, new: str, complaint: str) -> None:
    assert VITALS.count(old) >= 1
    assert complaint in complaints(tmp_path, study, VITALS.replace(old, new, 1))


def test_all_faults_are_told_at_once_each_with_its_line(tmp_path: Path, study: Study) -> None:
    text = VITALS.replace("to: SYSBP", "to: SYSPB").replace("V2", "V7").replace("reason: SOURCE", "reason: WHY")
    lines = complaints(tmp_path, study, text).splitlines()
    assert [line.split(":")[1] for line in lines] == ["4", "16", "23"]


def test_a_repeating_form_needs_a_number_and_a_grid_a_row(tmp_path: Path, study: Study) -> None:
    log = LOG.replace("  form_repeat:\n    column: N\n    integer: yes\n", "")
    assert "nothing says which (add form_repeat:" in complaints(tmp_path, study, log)
    grid = GRID[: GRID.index("  row:")] + GRID[GRID.index("items:") :]
    assert "is in rows, and nothing says which (add row:)" in complaints(tmp_path, study, grid)
    once = VITALS.replace("place:\n", "place:\n  form_repeat:\n    column: N\n")
    assert "form VS stands once in an event" in complaints(tmp_path, study, once)


def test_columns_must_agree_with_each_other_where_the_mapping_says_so(tmp_path: Path) -> None:
    text = LOG.replace(
        "items:\n", 'agree:\n- column: SER\n  by: START\n  table:\n    "2026": N\n    "": ""\nitems:\n', 1
    ).replace("- to: AESER\n  column: SER\n", "")
    mapping, _ = write(tmp_path, text)
    table = table_of("a.csv", b"SUBJ,N,TERM,START,SER\n01-0001,1,X,2026,N\n01-0001,2,X,2026,Y\n01-0001,3,X,2025,N\n")
    faults = [row.fault for row in fill(read_mapping(mapping)[0], table)]
    assert faults == ["", "SER is 'Y' where START is '2026'", "SER is 'N' where START is '2025'"]


def test_a_unit_is_expected_beside_a_value_only(tmp_path: Path) -> None:
    text = LOG.replace("- to: AESER\n  column: SER\n", "").replace(
        "  column: TERM\n", "  column: TERM\n  expect:\n    SER: kg\n"
    )
    mapping, _ = write(tmp_path, text)
    table = table_of("a.csv", b"SUBJ,N,TERM,START,SER\n01-0001,1,X,2026,kg\n01-0001,2,X,2026,lb\n01-0001,3,,2026,\n")
    assert [bool(row.fault) for row in fill(read_mapping(mapping)[0], table)] == [False, True, False]
