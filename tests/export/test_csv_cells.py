from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialkit.export.csv_cells import Sheet, guard, unguard

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", "\0x", "'quoted", "+", "-"]
)
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert guard(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "-5.2", "+3", "12", "2026-01-12", "Ana", " =1", "1e5"])
def test_numbers_and_ordinary_words_stay_as_they_are(cell: str) -> None:
    assert guard(cell) == cell


@pytest.mark.parametrize("cell", ["-5.2\n=1", "-1e5", "+1 2", "-٣"])
def test_what_only_begins_like_a_number_is_no_number(cell: str) -> None:
    assert guard(cell) == "'" + cell


@given(st.text())
def test_unguard_takes_back_exactly_what_guard_did(cell: str) -> None:
    assert unguard(guard(cell)) == cell


@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=5))
def test_every_text_comes_back_out_of_a_sheet(rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for profile in ("spreadsheet", "machine"):
            path = Path(folder) / f"{profile}.csv"
            with Sheet(path, ["A", "B", "C"], profile) as sheet:
                for row in rows:
                    sheet.row(list(row))
            with path.open(encoding="utf-8", newline="") as file:
                read = list(csv.reader(file))[1:]
            found = [[unguard(cell) for cell in row] if profile == "spreadsheet" else row for row in read]
            assert found == rows


def test_lines_end_with_a_newline_alone_and_text_is_utf_8(tmp_path: Path) -> None:
    with Sheet(tmp_path / "a.csv", ["A", "B"], "machine") as sheet:
        sheet.row(["Müller", "a,b"])
    assert (tmp_path / "a.csv").read_bytes() == 'A,B\nMüller,"a,b"\n'.encode()
