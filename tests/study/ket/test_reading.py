"""The files of the reference study are read without looking anything up; what they say of its numbers is so."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.study.ket.second_computation import FOLDER
from trialkit.study.compiled import CompiledStudy

BESIDE = {"study", "codelists", "tables", "survivors"}
HEAD = re.compile(r"\A# How to read this file(.|\n)*?(?=\n# Names that begin with P_|\noid: )")
SAID = re.compile(r"^ +# (one below |one above |)(P_\w+)\n +(?:low|high): \"(.+)\"$", re.M)
FORMS = sorted(path for path in FOLDER.glob("*.yaml") if path.stem not in BESIDE)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_begins_with_the_value_of_every_number_of_the_protocol_that_it_reads(
    study: CompiledStudy, path: Path
) -> None:
    text = path.read_text(encoding="utf-8")
    remarks = re.findall(r"^ *# ?(.*)$", text, re.M)
    read = set(re.findall(r"\bP_[A-Z0-9_]+", re.sub(r"^ *#.*\n", "", text, flags=re.M)))
    expected = [
        f"{name} = {' '.join(filter(None, (number.value, number.unit)))}: {number.label}"
        for name, number in study.study.file.parameters.items()
        if name in read
    ]
    assert [remark for remark in remarks if re.match(r"P_\w+ = ", remark)] == expected


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_says_first_how_to_read_it_and_every_check_how_severe_it_is(study: CompiledStudy, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    head = HEAD.search(text)
    assert head is not None
    assert head[0] == HEAD.search(FORMS[0].read_text(encoding="utf-8"))[0]  # type: ignore[index]
    assert len(re.findall(r"^    severity: ", text, re.M)) == len(study.study.forms[path.stem.upper()].checks)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_limit_that_repeats_a_number_of_the_protocol_follows_it(study: CompiledStudy, path: Path) -> None:
    numbers = study.study.file.parameters
    for beside, name, written in SAID.findall(path.read_text(encoding="utf-8")):
        off = {"one below ": -1, "one above ": 1, "": 0}[beside]
        assert Decimal(written) == Decimal(numbers[name].value) + off, name


def test_the_windows_of_the_monitoring_rows_are_those_of_the_protocol(study: CompiledStudy) -> None:
    numbers = study.study.file.parameters
    points = study.study.forms["IM"].groups["GRID"].timepoints or {}
    assert {row[0] for row in points} >= set("TEX")
    for row, point in points.items():
        if row[0] in "TEX":
            assert (point.early, point.late) == (int(numbers[f"P_WIN_{row[0]}"].value),) * 2, row


def test_some_limits_do_say_which_number_they_repeat() -> None:
    assert sum(len(SAID.findall(path.read_text(encoding="utf-8"))) for path in FORMS) > 10


def test_the_study_file_says_what_every_code_of_a_form_means(study: CompiledStudy) -> None:
    text = (FOLDER / "study.yaml").read_text(encoding="utf-8")
    told = dict(re.findall(r"^#   ([A-Z]+) +(.+)$", text, re.M))
    assert told == {oid: form.title for oid, form in study.study.forms.items()}
