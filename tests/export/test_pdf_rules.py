"""Each rule of the PDF check finds the file that breaks it (regulatory 10): the controls of PDF-01 to PDF-17."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from tests.export.ketamine import plan, stopped_infusion
from trialkit.errors import WrongFile
from trialkit.export.pdf.casebook import write_casebook
from trialkit.export.pdf.check import check_pdf

Spoil = Callable[[pikepdf.Pdf], None]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = stopped_infusion().source()
    path = tmp_path_factory.mktemp("pdf") / "casebook-01-01-0001.pdf"
    write_casebook(source, path, next(iter(source.subjects())), plan())
    return path


def spoiled(good: Path, folder: Path, spoil: Spoil, name: str = "a.pdf", **how: Any) -> set[str]:
    """The rules that a copy breaks after `spoil`; it is linearised again, as only that would else be found."""
    path = folder / name
    with pikepdf.open(good) as pdf:
        spoil(pdf)
        pdf.save(path, **{"linearize": True, **how})
    return {complaint.rule for complaint in check_pdf(path)}


def nothing(pdf: pikepdf.Pdf) -> None:
    pass


def replaced(before: bytes, after: bytes, page: int = 1) -> Spoil:
    def spoil(pdf: pikepdf.Pdf) -> None:
        content = pdf.pages[page].Contents
        assert before in content.read_bytes()
        content.write(content.read_bytes().replace(before, after))

    return spoil


def foreign_font(pdf: pikepdf.Pdf) -> None:
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    pdf.pages[0].resources.Font["/F9"] = pdf.make_indirect(font)


def note(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=[60, 60, 70, 70])])


def script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Thing = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS="app.alert(1)"))


def drive(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Thing = pdf.make_indirect(Dictionary(S=Name.URI, URI="file:///C:/study/a.pdf"))


def fit(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Names.Dests.Names[1] = Array([pdf.pages[0].obj, Name.Fit])


def zoomed(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Names.Dests.Names[1] = Array([pdf.pages[0].obj, Name.XYZ, 0, 700, 2])


def no_outline(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Outlines
    pdf.Root.PageMode = Name.UseNone


def lost_link(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].obj.Annots[0].Dest = pikepdf.String("nowhere")


def closed_panel(pdf: pikepdf.Pdf) -> None:
    pdf.Root.PageMode = Name.UseNone


def opening(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Array([pdf.pages[0].obj, Name.Fit])


def a4(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].mediabox = Array([0, 0, 595, 842])


def turned(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Rotate = 90


def untitled(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Title"] = "untitled"


def fewer(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[7]


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        ("PDF-03", note),
        ("PDF-03", script),
        ("PDF-04", foreign_font),
        ("PDF-05", replaced(b" 9 Tf", b" 8 Tf")),
        ("PDF-05", replaced(b"0 0 0.75 rg", b"0.8 0 0 rg")),
        ("PDF-06", a4),
        ("PDF-06", replaced(b"1 0 0 1 54.00 ", b"1 0 0 1 40.00 ")),
        ("PDF-06", replaced(b"1 0 0 1 54.00 30.00", b"1 0 0 1 54.00 20.00")),
        ("PDF-07", turned),
        ("PDF-09", no_outline),
        ("PDF-09", lost_link),
        ("PDF-10", fit),
        ("PDF-10", zoomed),
        ("PDF-11", closed_panel),
        ("PDF-11", opening),
        ("PDF-12", fewer),
        ("PDF-14", drive),
        ("PDF-17", untitled),
    ],
)
def test_a_file_that_breaks_a_rule_is_found(good: Path, tmp_path: Path, rule: str, spoil: Spoil) -> None:
    assert spoiled(good, tmp_path, spoil) >= {rule}


def test_a_file_saved_again_without_a_fault_has_none(good: Path, tmp_path: Path) -> None:
    assert spoiled(good, tmp_path, nothing) == set()


def test_pdf_01_an_older_version_is_found(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(good.read_bytes().replace(b"%PDF-1.7", b"%PDF-1.3", 1))
    assert {c.rule for c in check_pdf(path)} >= {"PDF-01"}


def test_pdf_02_an_encrypted_file_is_found(good: Path, tmp_path: Path) -> None:
    locked = pikepdf.Encryption(owner="a", user="")
    assert spoiled(good, tmp_path, nothing, encryption=locked) >= {"PDF-02"}
    assert spoiled(good, tmp_path, nothing, encryption=pikepdf.Encryption(owner="a", user="b")) == {"PDF-02"}


def test_pdf_13_a_file_that_is_not_linearised_is_found(good: Path, tmp_path: Path) -> None:
    assert spoiled(good, tmp_path, nothing, linearize=False) == {"PDF-13"}


@pytest.mark.parametrize("name", ["Casebook.pdf", "case book.pdf", "a" * 61 + ".pdf", "-a.pdf"])
def test_pdf_15_a_name_that_regulators_refuse_is_found(good: Path, tmp_path: Path, name: str) -> None:
    assert spoiled(good, tmp_path, nothing, name) == {"PDF-15"}


def test_what_is_no_pdf_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 and no more")
    with pytest.raises(WrongFile, match=r"a\.pdf cannot be read as a PDF"):
        check_pdf(tmp_path / "a.pdf")
