"""A wrong CSV gets a sentence that says where, never a traceback; what is only wrong in a row stays a row."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialkit.conduct.importing_mapping import CsvMapping
from trialkit.conduct.importing_rows import by_subject, fill
from trialkit.conduct.importing_table import LARGEST_FILE, LONGEST_CELL, columns_fit, read_table, table_of
from trialkit.errors import TrialkitError, WrongFile

GOOD = b"A,B\n1,2\n"


def told(data: bytes, separator: str = ",") -> str:
    with pytest.raises(WrongFile) as caught:
        table_of("data.csv", data, separator)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "data.csv is empty"),
        (b"\xef\xbb\xbf \r\n ", "data.csv is empty"),
        (b"A,B\n1,\xe9\n", "is not UTF-8: byte 7 (line 2) is 0xe9"),
        (b"A,B\n1,2\n3,\xf0\x9f", "is not UTF-8: byte 11 (line 3) is 0xf0"),
        ("A,B\n1,2\n".encode("utf-16"), "is UTF-16"),
        (b"A,B\n1,\x002\n", "holds a NUL at byte 7 (line 2)"),
        (b"A,B\r1,2\r", "ends its lines with CR alone"),
        (b'A,B\n1,"2\n3,4\n', "row starting in line 2: a quote is opened and not closed"),
        (b'A,B\n1,"2"3\n', "row starting in line 2: the quotes do not fit"),
        (b"A,,B\n1,2,3\n", "column 2 has no name"),
        (b"A,B,A\n1,2,3\n", "two columns are called A"),
        (b"A;B\n1;2\n", "seems to be separated by semicolons"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_place(data: bytes, part: str) -> None:
    assert part in told(data)


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    for path, part in ((tmp_path / "none.csv", "is no file"), (tmp_path, "is no file"), (large, "is larger than")):
        with pytest.raises(WrongFile, match=part):
            read_table(path)


def test_a_byte_order_mark_and_windows_line_ends_and_blank_lines_are_no_fault() -> None:
    table = table_of("data.csv", b"\xef\xbb\xbfA,B\r\n1,2\r\n\r\n3,4")
    assert (table.columns, [row.cells for row in table.rows]) == (("A", "B"), [["1", "2"], ["3", "4"]])


def test_rows_are_numbered_and_know_the_line_on_which_they_start() -> None:
    table = table_of("data.csv", b'A,B\n1,"two\nlines"\n3,4\n')
    assert [(row.number, row.line) for row in table.rows] == [(1, 2), (2, 4)]


def test_a_ragged_row_and_a_ten_megabyte_cell_are_faults_of_their_rows_alone() -> None:
    data = b"A,B\n1,2\n1\n1,2,3\n1," + b"x" * 10_485_760 + b"\n5,6\n"
    table = table_of("data.csv", data)
    assert [row.fault for row in table.rows] == [
        "", "the row has 1 cells, the header 2", "the row has 3 cells, the header 2",
        "the cell in B has 10,485,760 characters", "",
    ]  # fmt: skip
    assert str(LONGEST_CELL)[:3] in table.rows[3].hint


def test_the_hash_is_that_of_the_bytes_as_they_lie_on_the_disk() -> None:
    for data in (GOOD, b"\xef\xbb\xbf" + GOOD):
        assert table_of("a", data).sha256 == hashlib.sha256(data).hexdigest()


def test_columns_and_mapping_must_be_the_same_set() -> None:
    columns_fit(table_of("a", GOOD), ["A", "B", "B"])
    with pytest.raises(WrongFile, match="column B is not in the mapping"):
        columns_fit(table_of("a", GOOD), ["A"])
    with pytest.raises(WrongFile, match="there is no column SYSBP"):
        columns_fit(table_of("a", GOOD), ["A", "B", "SYSBP"])


MAPPING = CsvMapping.model_validate(
    {
        "title": "Anything", "form": "F", "expect": {"C": ""},
        "place": {
            "site": {"value": "01"}, "subject": {"column": "A", "pattern": "(.).*"}, "event": {"value": "V1"},
            "form_repeat": {"column": "B", "integer": "yes"},
        },
        "items": [{"to": "X", "column": "A", "cut": "time"}, {"to": "Y", "column": "B", "when": {"A": "1"}}],
    }
)  # fmt: skip
BYTES = st.one_of(
    st.binary(max_size=200),
    st.text(alphabet="ABC,;\t\n\r\"'=\0\ufeff01é\u2028", max_size=200).map(
        lambda text: text.encode("utf-8", "replace")
    ),
    st.lists(st.lists(st.text(max_size=8), max_size=4), max_size=6).map(
        lambda rows: ("A,B,C\n" + "\n".join(",".join(row) for row in rows)).encode("utf-8", "replace")
    ),
)


@given(BYTES)
def test_any_bytes_give_a_table_or_a_typed_refusal(data: bytes) -> None:
    with suppress(TrialkitError):
        table = table_of("any.csv", data)
        columns_fit(table, ["A", "B", "C"])
        filled = fill(MAPPING, table)
        assert len(filled) == len(table.rows)
        assert all(row.fault or row.place for row in filled)
        by_subject(filled)
