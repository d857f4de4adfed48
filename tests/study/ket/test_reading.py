"""The files of the reference study are read without looking anything up; what they say of its numbers is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.study.ket.second_computation import FOLDER
from trialkit.study.compiled import CompiledStudy

BESIDE = {"study", "codelists", "tables", "survivors"}
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
    assert text.startswith("# How to read this file")
    assert len(re.findall(r"^    severity: ", text, re.M)) == len(study.study.forms[path.stem.upper()].checks)
