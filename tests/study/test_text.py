"""YAML is read as text, and what makes YAML dangerous is refused with a place, never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.study.small import FILES, write_small
from trialkit.errors import WrongStudy
from trialkit.study import load_study
from trialkit.study.model import Form
from trialkit.study.text import parse, read
from trialkit.study.validation import validated


def _told(folder: Path) -> str:
    with pytest.raises(WrongStudy) as wrong:
        load_study(folder)
    return str(wrong.value)


def test_every_scalar_stays_the_text_that_was_typed() -> None:
    source = parse("a.yaml", "site: 012\nversion: 1.10\ncountry: NO\nanswer: Yes\ntime: 12:30\nnull: null\ntilde: ~\n")
    assert source.root is not None
    assert source.root.plain() == {
        "site": "012", "version": "1.10", "country": "NO", "answer": "Yes", "time": "12:30", "null": "null",
        "tilde": "~",
    }  # fmt: skip


def test_a_yaml_bomb_is_refused_and_not_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    source = parse("bomb.yaml", "\n".join(lines))
    assert source.complaints
    assert all("anchor" in c.what or "alias" in c.what for c in source.complaints)


def test_a_billion_brackets_are_refused() -> None:
    for text in ("[" * 50_000, "a: " + "{b: " * 50_000, "- " * 50_000):
        source = parse("deep.yaml", text)
        assert source.complaints


def test_a_file_over_a_megabyte_is_refused_unread(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    (folder / "big.yaml").write_text("a: " + "x" * 1_000_001)
    assert "big.yaml:1:1: the file is larger than 1,000,000 bytes" in _told(folder)


def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text(FILES["sv.yaml"])
    folder = write_small(tmp_path / "study", {"sv.yaml": None})
    (folder / "sv.yaml").symlink_to(secret)
    assert "sv.yaml:1:1: the file is a link that leaves the folder" in _told(folder)


def test_bytes_that_are_no_utf_8_are_refused_at_their_place(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    (folder / "vs.yaml").write_bytes(FILES["vs.yaml"].encode().replace(b"Weight", b"Gewicht \xfc", 1))
    assert "vs.yaml:22:24: the file is not UTF-8 (save it as UTF-8)" in _told(folder)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\ufffe", "\x85", "\u2028"])
def test_control_characters_are_refused_at_their_place(character: str) -> None:
    (complaint,) = parse("a.yaml", f"a: b\nc: d{character}\n").complaints
    assert (complaint.line, complaint.column) == (2, 5)


def test_an_empty_file_and_a_missing_file_are_complaints(tmp_path: Path) -> None:
    assert "ae.yaml:1:1: the file is empty" in _told(write_small(tmp_path / "a", {"ae.yaml": ""}))
    assert "study.yaml:1:1: the file cannot be read" in _told(write_small(tmp_path / "b", {"study.yaml": None}))
    assert "there is no such folder" in _told(tmp_path / "c")


def test_a_file_with_the_other_ending_is_not_passed_over(tmp_path: Path) -> None:
    folder = write_small(tmp_path)
    (folder / "pe.yml").write_text("oid: PE\n")
    assert "pe.yml:1:1: the file ends in .yml (rename it to pe.yaml)" in _told(folder)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    unix = load_study(write_small(tmp_path / "a"))
    windows = write_small(tmp_path / "b")
    for name, text in FILES.items():
        (windows / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load_study(windows).hash == unix.hash


def test_comments_on_lines_of_their_own_and_hashes_in_quotes_are_welcome() -> None:
    text = "# a comment\na: 'b # c'\n  # another\nd: e#f\ng: |\n  text # with hash\n"
    source = parse("a.yaml", text)
    assert not source.complaints
    assert source.root is not None
    assert source.root.plain() == {"a": "b # c", "d": "e#f", "g": "text # with hash\n"}


@given(st.text(max_size=200))
def test_no_text_brings_down_the_reader(text: str) -> None:
    source = parse("any.yaml", text.encode("utf-8", "replace").decode())
    assert source.root is not None or source.complaints
    validated(source, Form)


@given(st.data())
def test_no_damage_to_a_form_brings_down_the_reader(data: st.DataObject) -> None:
    text = FILES["ec.yaml"]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    source = parse(
        "ec.yaml",
        text[:start] + data.draw(st.text(st.sampled_from("a: -\n[]{}&*!|>'\"#%@`,?\t"), max_size=6)) + text[end:],
    )
    form = validated(source, Form)
    assert form is not None or source.complaints


def test_an_unclosed_bracket_is_told_at_the_end_of_the_file() -> None:
    (complaint,) = parse("a.yaml", "a:\n  b: [1, 2\n").complaints
    assert complaint.line <= 3
    assert "bracket" in complaint.what


def test_a_file_that_is_a_folder_is_a_complaint(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").mkdir()
    assert "cannot be read" in read(tmp_path / "x.yaml", tmp_path).complaints[0].what
